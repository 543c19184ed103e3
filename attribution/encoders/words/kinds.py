"""Kinds of token embeddings: where a word's vector comes from, and what stands for a word that is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flair
import torch
from flair.embeddings import TokenEmbeddings
from torch import Tensor

from ...lazy import import_by_name
from ...supported.embeddings import TOKEN_EMBEDDINGS

_MEAN_CHUNK = 8192
"""Vectors of a table that are finished at a time, for the mean of all: a table may hold a million."""


@dataclass(frozen=True, slots=True)
class Table:
    """The table behind embeddings.

    Attributes:
        rows: [N, K], the vectors of all words.
        finish: turns vectors of the table into vectors of words.
        absent: [K], what a word gets that is not in the table; None for zeros.
    """

    rows: Tensor
    finish: Callable[[Tensor], Tensor]
    absent: Tensor | None = None


def _no_table(_: Any) -> None:
    return None


@dataclass(frozen=True, slots=True)
class TokenKind:
    """What is to be known of a class of token embeddings.

    Attributes:
        table: from embeddings of the class to their table; None where a word's vector is computed.
        pad: what the baseline `pad` is, for readers.
        spells: whether a word that is not in the table is read from its letters, so that no word is unknown.
        note: a sentence that a reader of attributions should know.
    """

    table: Callable[[Any], Table | None] = _no_table
    pad: str = "a vector of zeros"
    spells: bool = False
    note: str | None = None

    def find_unknown(self, leaf: TokenEmbeddings) -> Tensor | None:
        """[K], what every unknown word gets; None where no word is unknown, or what it gets is not in the table."""
        table = None if self.spells else self.table(leaf)
        return None if table is None else table.absent

    def make_baselines(self, leaf: TokenEmbeddings) -> dict[str, Tensor]:
        """Name -> [D]: `zero` and `pad` always, and `mean` where words are looked up in a table."""
        zero = torch.zeros(leaf.embedding_length, device=flair.device)
        table = self.table(leaf)
        if table is None:
            return {"zero": zero, "pad": zero}
        chunks = [table.finish(chunk).sum(dim=0) for chunk in table.rows.split(_MEAN_CHUNK)]
        vectors = {"zero": zero, "mean": torch.stack(chunks).sum(dim=0) / max(1, len(table.rows))}
        vectors["pad"] = zero if table.absent is None else table.finish(table.absent[None])[0]
        return {name: vector.to(flair.device) for name, vector in vectors.items()}


def find_kind(leaf: TokenEmbeddings) -> TokenKind:
    """The kind of some embeddings, by their class or the first of its bases that is known; an empty one else."""
    for base in type(leaf).__mro__:
        if base.__name__ in TOKEN_EMBEDDINGS and base.__module__.startswith("flair."):
            kind: TokenKind = import_by_name("attribution.encoders", TOKEN_EMBEDDINGS[base.__name__].reading)
            return kind
    return TokenKind()


def _unchanged(vectors: Tensor) -> Tensor:
    return vectors


def _twice(vectors: Tensor) -> Tensor:
    """A word of one byte pair, which is both its first and its last."""
    return torch.cat([vectors, vectors], dim=-1)


def _find_static_table(leaf: Any) -> Table:
    table = leaf.embedding.weight
    return Table(table[:-1], leaf.layer_norm or _unchanged, table[-1])


def _find_one_hot_table(leaf: Any) -> Table:
    table = leaf.embedding_layer.weight
    return Table(table, leaf.layer_norm or _unchanged, table[0] if leaf.vocab_dictionary.add_unk else None)


_UNKNOWN = "what an unknown word gets"

BYTE_PAIRS = TokenKind(
    table=lambda leaf: Table(leaf.embedding.weight[:-1], _twice, leaf.embedding.weight[-1]),
    pad="what a word without byte pairs gets",
    spells=True,
)
CHARACTERS = TokenKind(
    note="Flair's character embeddings mix up words that occur more than once in a text: in all places but the last "
    "such a word gets the vector of another. The model predicts with these vectors, and so they are what is explained.",
)
CONTEXTUAL = TokenKind(
    note="A character language model gives each word a vector that has already taken in the words before it (or, read "
    "backwards, after it), so what a word is credited with is partly its neighbours'.",
)
HASHES = TokenKind(table=lambda leaf: Table(leaf.embedding_layer.weight, _unchanged))
ONE_HOT = TokenKind(table=_find_one_hot_table, pad=_UNKNOWN)
STATIC = TokenKind(table=_find_static_table, pad=_UNKNOWN)
TRANSFORMER = TokenKind(pad="the padding token of the transformer")
