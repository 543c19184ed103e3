"""Token embeddings as a stack of parts, and which classes are refused by name.

`words` has the schema of each class that is opened; `attribution.supported.embeddings` says which function that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ....errors import CheckpointError, UnsafeCheckpointError, UnsupportedModelError
from ....lazy import import_by_name
from ....supported.embeddings import TOKEN_EMBEDDINGS
from ....wording import quote
from ..plain import take_known
from ..sizes.weights import Weights

Given = Path | str | None
"""A tokenizer that was given along with the file."""

Vetted = tuple[dict[str, Any], int | None]
"""Parameters that can be passed to Flair, and the length of a word's vector: None if only the network knows it."""

_DEPTH = 4
_LONGEST_NAME = 64
_MOST_PARTS = 32

_PROGRAMS = "a program of its own (TorchScript or ONNX), and nothing in a file is run here"
_REFUSED: dict[str, tuple[type[CheckpointError | UnsupportedModelError], str]] = {
    "FastTextEmbeddings": (UnsafeCheckpointError, "a pickled gensim model, which Flair would run"),
    "MuseCrosslingualEmbeddings": (UnsafeCheckpointError, "vectors that Flair would download"),
    "PooledFlairEmbeddings": (
        UnsupportedModelError,
        "a memory of the texts that it has read before, which is not in the file",
    ),
    "TransformerJitDocumentEmbeddings": (UnsafeCheckpointError, _PROGRAMS),
    "TransformerJitEmbeddings": (UnsafeCheckpointError, _PROGRAMS),
    "TransformerJitWordEmbeddings": (UnsafeCheckpointError, _PROGRAMS),
    "TransformerOnnxDocumentEmbeddings": (UnsafeCheckpointError, _PROGRAMS),
    "TransformerOnnxEmbeddings": (UnsafeCheckpointError, _PROGRAMS),
    "TransformerOnnxWordEmbeddings": (UnsafeCheckpointError, _PROGRAMS),
}


def vet_words(saved: Any, weights: Weights, tokenizer: Given, depth: int = 0) -> Vetted:
    """The parameters of token embeddings of any known class.

    Raises:
        UnsafeCheckpointError: something that would be downloaded, read from the local disk or run.
        UnsupportedModelError: a class that is not explained here.
        CheckpointError: parameters that are malformed or claim sizes that the weights do not have.
    """
    if not isinstance(saved, Mapping):
        raise CheckpointError(f"Expected the parameters of token embeddings, got {type(saved).__name__}.")
    kind = read_class(saved)
    if kind == "StackedEmbeddings":
        return _vet_stack(saved, weights, tokenizer, depth)
    if kind not in TOKEN_EMBEDDINGS:
        known = ", ".join(sorted([*TOKEN_EMBEDDINGS, "StackedEmbeddings"]))
        raise UnsupportedModelError(f"The classifier reads its words through {kind}. Whylight explains {known}.")
    vetted, length = import_by_name(__package__, TOKEN_EMBEDDINGS[kind].vetting)(saved, weights, tokenizer)
    return {**vetted, "__cls__": kind}, length


def read_class(saved: Mapping[str, Any]) -> str:
    """The name of a class of embeddings.

    Raises:
        UnsafeCheckpointError: the class is known to download, read from the disk or run something.
        UnsupportedModelError: the class is known, and the file lacks what it needs.
        CheckpointError: there is no name.
    """
    kind = saved.get("__cls__")
    if not isinstance(kind, str) or len(kind) > _LONGEST_NAME:
        raise CheckpointError(f"Expected the name of a class of embeddings, got {quote(kind)}.")
    if kind in _REFUSED:
        error, reason = _REFUSED[kind]
        raise error(f"The classifier reads its text through {kind}: {reason}.")
    return kind


def _vet_stack(saved: Mapping[str, Any], weights: Weights, tokenizer: Given, depth: int) -> Vetted:
    take_known(saved, {}, {"__cls__", "embeddings"})
    if depth == 0:
        _check_count(saved)
    parts = saved.get("embeddings")
    if not isinstance(parts, list) or not parts or depth >= _DEPTH:
        raise CheckpointError("Expected a list of token embeddings in the stack.")
    vetted = [
        vet_words(part, weights.under(f"list_embedding_{index}"), tokenizer, depth + 1)
        for index, part in enumerate(parts)
    ]
    lengths = [length for _, length in vetted]
    known = [length for length in lengths if length is not None]
    total = sum(known) if len(known) == len(lengths) else None
    return {"__cls__": "StackedEmbeddings", "embeddings": [parameters for parameters, _ in vetted]}, total


def _check_count(saved: Mapping[str, Any]) -> None:
    todo: list[Any] = [saved]
    for count in range(_MOST_PARTS):
        if not todo:
            return
        part = todo.pop()
        inner = part.get("embeddings") if isinstance(part, Mapping) else None
        todo += inner[: _MOST_PARTS - count] if isinstance(inner, list) else []
    raise CheckpointError(f"Expected at most {_MOST_PARTS} embeddings in the stack.")
