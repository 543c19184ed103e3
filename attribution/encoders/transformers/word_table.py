"""The table of word embeddings of a transformer, and the baselines that come from it."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from ...errors import UnsupportedModelError

_CHUNK = 1024  # larger chunks would bypass the allocator's pool, and cost fresh pages each time


def find_word_table(network: nn.Module) -> nn.Embedding:
    """The module with which a transformer looks up its word embeddings.

    Raises:
        UnsupportedModelError: there is none.
    """
    try:
        lookup = cast(Any, network).get_input_embeddings()
    except (AttributeError, NotImplementedError):
        lookup = None
    if not isinstance(lookup, nn.Embedding):
        raise UnsupportedModelError(
            f"The encoder {type(network).__name__} has no table of word embeddings, so its words cannot be told apart."
        )
    return lookup


def uninformative_vectors(lookup: nn.Embedding, tokenizer: PreTrainedTokenizerBase) -> dict[str, Tensor]:
    """Name of a baseline -> [E]. One whose token the tokenizer does not have is not offered.

    Without a padding token, the end-of-text token is used in its place, as is usual for GPT-2.
    """
    device, count = lookup.weight.device, lookup.num_embeddings
    pad = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    with torch.no_grad():
        vectors = {
            name: lookup(torch.tensor([[index]], device=device))[0, 0]
            for name, index in (("pad", pad), ("mask", tokenizer.mask_token_id))
            if index is not None
        }
        chunks = [
            lookup(torch.arange(start, min(start + _CHUNK, count), device=device)[None])[0].sum(0)
            for start in range(0, count, _CHUNK)
        ]
        mean = torch.stack(chunks).sum(0) / count
    return {**vectors, "zero": torch.zeros_like(mean), "mean": mean}
