"""Tricks of sizes that are only claimed: small files that ask for all memory, or for more than a lifetime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tests.attribution.opening.hostile.workshop import Workshop, trick


def config(shop: Workshop, **settings: Any) -> Path:
    state = shop.state()
    state["document_embeddings"]["config_state_dict"].update(settings)
    return shop.write(state)


@trick(r"claims|network")
def a_million_layers(shop: Workshop) -> Path:
    return config(shop, num_hidden_layers=10**6)


@trick(r"claims|network")
def a_giant_vocabulary(shop: Workshop) -> Path:
    return config(shop, vocab_size=2**33)


@trick(r"claims|network")
def a_giant_width(shop: Workshop) -> Path:
    return config(shop, hidden_size=2**20, intermediate_size=2**20)


@trick(r"claims")
def a_thousand_million_labels_of_the_encoder(shop: Workshop) -> Path:
    state = shop.state()
    state["document_embeddings"]["config_state_dict"] |= {"num_labels": 10**9, "id2label": None}
    return shop.write(state)


@trick(r"claims")
def an_encoder_of_experts(shop: Workshop) -> Path:
    return config(shop, model_type="mixtral", num_local_experts=10**6, num_hidden_layers=2)


@trick(r"claims")
def positions_that_are_computed_one_by_one(shop: Workshop) -> Path:
    return config(
        shop, model_type="distilbert", sinusoidal_pos_embds=True, max_position_embeddings=10**6, dim=2**12, n_layers=2
    )


@trick(r"claims")
def attention_that_is_described_a_thousand_million_times(shop: Workshop) -> Path:
    return config(shop, model_type="gpt_neo", attention_types=[[["global"], 10**9]], num_layers=2)


@trick("over and over")
def lists_that_double_forty_times(shop: Workshop) -> Path:
    nested: list[Any] = []
    for _ in range(40):
        nested = [nested, nested]
    return config(shop, task_specific_params={"x": nested})


@trick(r"under 'layers', got text of")
def a_layer_ten_million_times(shop: Workshop) -> Path:
    state = shop.state()
    state["document_embeddings"].update(layers=",".join(["-1"] * 10_000_000), layer_mean=True)
    return shop.write(state)


@trick(r"claims")
def a_table_of_words_that_is_not_there(shop: Workshop) -> Path:
    state = shop.words()
    state["document_embeddings"]["embeddings"]["embeddings"][0]["embedding_length"] = 10**9
    return shop.write(state)


@trick(r"claims")
def a_recurrent_network_that_is_not_there(shop: Workshop) -> Path:
    state = shop.words()
    state["document_embeddings"].update(hidden_size=2**17, rnn_layers=64)
    return shop.write(state)


@trick(r"only claimed")
def a_thousand_million_labels(shop: Workshop) -> Path:
    state = shop.state()
    state["label_dictionary"].idx2item = Zeros(10**9)
    return shop.write(state)


class Zeros:
    """Unpickles as bytes of a size that is only claimed."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __reduce__(self) -> Any:
        return bytearray, (self.size,)


@trick(r"contain NaN")
def weights_that_are_no_numbers(shop: Workshop) -> Path:
    state = shop.state()
    state["state_dict"]["decoder.bias"] = torch.full_like(state["state_dict"]["decoder.bias"], float("nan"))
    return shop.write(state)
