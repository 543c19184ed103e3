"""Document embeddings: pooled, recurrent or convolutional over words, or the last states of character models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ....errors import CheckpointError
from ....wording import quote
from ..plain import need, take_known
from ..sizes.weights import Weights
from .stack import Vetted, vet_words
from .words import vet_character_model

_MOST_MODELS = 32
_DROPOUTS = {"dropout": (float, int), "locked_dropout": (float, int), "word_dropout": (float, int)}


def vet_pool(saved: Mapping[str, Any], weights: Weights, tokenizer: str | Path | None) -> dict[str, Any]:
    """The parameters of `DocumentPoolEmbeddings`."""
    vetted = take_known(saved, {"fine_tune_mode": str, "pooling": str}, {"__cls__", "embeddings"})
    stack, length = _vet_stack(saved, weights, tokenizer)
    mode = vetted.get("fine_tune_mode", "none")
    if vetted.get("pooling", "mean") not in ("max", "mean", "min") or mode not in ("linear", "none", "nonlinear"):
        raise CheckpointError(
            f"Expected a way of pooling that Flair knows, got {quote(vetted.get('pooling'))} and {quote(mode)}."
        )
    if mode != "none" and length is not None:
        weights.expect_linear("embedding_flex", length, length, bias=False)
    return {**vetted, "__cls__": "DocumentPoolEmbeddings", "embeddings": stack}


def vet_rnn(saved: Mapping[str, Any], weights: Weights, tokenizer: str | Path | None) -> dict[str, Any]:
    """The parameters of `DocumentRNNEmbeddings`."""
    kinds = {
        **_DROPOUTS,
        "bidirectional": bool,
        "fine_tune": bool,
        "hidden_size": int,
        "reproject_words": bool,
        "reproject_words_dimension": (int, type(None)),
        "rnn_layers": int,
        "rnn_type": str,
    }
    vetted = take_known(saved, kinds, {"__cls__", "embeddings"})
    need(vetted, *kinds.keys() - {"reproject_words_dimension"})
    vetted.setdefault("reproject_words_dimension", None)
    stack, length = _vet_stack(saved, weights, tokenizer)
    reprojected = _reprojected(vetted, length)
    if reprojected is not None:
        weights.expect_linear("word_reprojection_map", length, reprojected)
    weights.expect_recurrent(
        "rnn",
        reprojected,
        vetted["hidden_size"],
        vetted["rnn_layers"],
        lstm=vetted["rnn_type"] == "LSTM",
        bidirectional=vetted["bidirectional"],
    )
    return {**vetted, "__cls__": "DocumentRNNEmbeddings", "embeddings": stack}


def vet_cnn(saved: Mapping[str, Any], weights: Weights, tokenizer: str | Path | None) -> dict[str, Any]:
    """The parameters of `DocumentCNNEmbeddings`."""
    kinds = {
        **_DROPOUTS,
        "fine_tune": bool,
        "kernels": (list, tuple),
        "reproject_words": bool,
        "reproject_words_dimension": (int, type(None)),
    }
    vetted = take_known(saved, kinds, {"__cls__", "embeddings"})
    need(vetted, "kernels", "reproject_words")
    stack, length = _vet_stack(saved, weights, tokenizer)
    reprojected = _reprojected(vetted, length)
    if vetted["reproject_words"] and reprojected is not None:
        weights.expect_linear("word_reprojection_map", length, reprojected)
    for index, kernel in enumerate(vetted["kernels"]):
        if not isinstance(kernel, (list, tuple)) or [type(part) for part in kernel] != [int, int]:
            raise CheckpointError(f"Expected the number and the size of kernels, got {quote(kernel)}.")
        weights.expect(f"convs.{index}.weight", kernel[0], reprojected, kernel[1])
    return {**vetted, "__cls__": "DocumentCNNEmbeddings", "embeddings": stack}


def vet_character_models(saved: Mapping[str, Any], weights: Weights, _: str | Path | None) -> dict[str, Any]:
    """The parameters of `DocumentLMEmbeddings`."""
    take_known(saved, {}, {"__cls__", "flair_embeddings"})
    models = saved.get("flair_embeddings")
    if not isinstance(models, list) or not 1 <= len(models) <= _MOST_MODELS:
        raise CheckpointError(f"Expected a list of character language models, at most {_MOST_MODELS}.")
    vetted = []
    for index, model in enumerate(models):
        if not isinstance(model, Mapping) or model.get("__cls__") != "FlairEmbeddings":
            raise CheckpointError(f"Expected the parameters of FlairEmbeddings, got {type(model).__name__}.")
        parameters, _length = vet_character_model(model, weights.under(f"lm_embedding_{index}"))
        vetted.append({**parameters, "__cls__": "FlairEmbeddings"})
    return {"__cls__": "DocumentLMEmbeddings", "flair_embeddings": vetted}


def _vet_stack(saved: Mapping[str, Any], weights: Weights, tokenizer: str | Path | None) -> Vetted:
    stack = saved.get("embeddings")
    if not isinstance(stack, Mapping) or stack.get("__cls__") != "StackedEmbeddings":
        raise CheckpointError("Expected a stack of token embeddings under 'embeddings'. The file is damaged.")
    return vet_words(stack, weights.under("embeddings"), tokenizer)


def _reprojected(vetted: Mapping[str, Any], length: int | None) -> int | None:
    """The length of a word's vector as the network reads it, after reprojection; None if only the network knows it."""
    given = vetted.get("reproject_words_dimension")
    return given if vetted["reproject_words"] and given is not None else length
