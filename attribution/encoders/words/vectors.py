"""What a document network reads of each word: the vectors of a stack of token embeddings, and which of them move.

The vectors of static, byte-pair, one-hot, character and language-model embeddings move themselves, one token a word.
A transformer in the stack moves its own word embeddings, one token a subword: in a stack with others a word has both.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import flair
import torch
from flair.data import Sentence
from flair.embeddings import (
    BytePairEmbeddings,
    CharacterEmbeddings,
    FlairEmbeddings,
    OneHotEmbeddings,
    StackedEmbeddings,
    TokenEmbeddings,
    TransformerWordEmbeddings,
    WordEmbeddings,
)
from flair.embeddings.token import HashEmbeddings
from torch import Tensor

from ...errors import AttributionError, UnsupportedModelError
from ...releases import TODAY, Release
from ...texts.passages import Passage
from ...texts.tokens import Token
from ..base import EncodedText, as_kind, baselines_from
from ..transformers.words import TransformerWords

_MEAN_CHUNK = 8192
_CONTEXTUAL = (
    "A character language model gives each word a vector that has already taken in the words before it (or, read "
    "backwards, after it), so what a word is credited with is partly its neighbours'."
)
_REPEATED = (
    "Flair's character embeddings mix up words that occur more than once in a text: in all places but the last such a "
    "word gets the vector of another. The model predicts with these vectors, and so they are what is explained."
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EncodedStack(EncodedText):
    """A text as several sources read it; `rows`, [T of the part] each, are the places of a part's tokens among all."""

    parts: tuple[EncodedText, ...]
    rows: tuple[Tensor, ...]


class WordVectors:
    """The words of a text as `[B, W, D]`, a function of the vectors that move, `[B, T, E]`.

    The vectors of a word stand in the order of the embeddings' names, as in Flair's `DataPoint.get_each_embedding`.
    """

    def __init__(self, stack: StackedEmbeddings, release: Release = TODAY) -> None:
        self._leaves = sorted(_leaves(stack), key=lambda leaf: leaf.name)
        if len({leaf.name for leaf in self._leaves}) < len(self._leaves):
            raise UnsupportedModelError("Two embeddings of the classifier share a name, and Flair would mix them up.")
        static = [leaf for leaf in self._leaves if not isinstance(leaf, TransformerWordEmbeddings)]
        self._sources: list[_Source] = [StaticWords(static)] if static else []
        self._sources += [
            TransformerWords(leaf, release) for leaf in self._leaves if isinstance(leaf, TransformerWordEmbeddings)
        ]

    @property
    def static(self) -> bool:
        """Whether the vectors that move are the words' own."""
        return all(isinstance(source, StaticWords) for source in self._sources)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader of an explanation should know."""
        notes = {FlairEmbeddings: _CONTEXTUAL, CharacterEmbeddings: _REPEATED}
        return tuple(note for kind, note in notes.items() if any(isinstance(leaf, kind) for leaf in self._leaves))

    def encode_passage(self, passage: Passage) -> EncodedText:
        """Embed the words of one text.

        Raises:
            EmptyTextError: nothing in the text that the embeddings read.
            AttributionError: a word that the embeddings cannot read.
        """
        parts = [source.encode_passage(passage) for source in self._sources]
        return parts[0] if len(parts) == 1 else _merge(parts)

    def read(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, E] -> [B, W, D]: the vectors of the words, as the document network takes them in."""
        if len(self._sources) == 1:
            return self._sources[0].read(embedded, encoded)
        vectors: dict[str, Tensor] = {}
        merged = as_kind(encoded, EncodedStack)
        for source, part, rows in zip(self._sources, merged.parts, merged.rows, strict=True):
            read = source.read(embedded[:, rows, : part.embedded.shape[-1]], part)
            lengths = [leaf.embedding_length for leaf in source.leaves]
            names = [leaf.name for leaf in source.leaves]
            vectors.update(zip(names, read.split(lengths, dim=-1), strict=True))
        return torch.cat([vectors[leaf.name] for leaf in self._leaves], dim=-1)

    def describe(self) -> dict[str, object]:
        """Facts for a reader: what gives the words their vectors, and what the baseline `pad` is."""
        facts: dict[str, object] = {
            "Words are read by": ", ".join(f"{_kind(leaf)} ({leaf.embedding_length})" for leaf in self._leaves),
            "Baseline pad": "; ".join(dict.fromkeys(_pad_in_words(leaf) for leaf in self._leaves)),
        }
        for source in self._sources:
            facts.update(source.describe())
        return facts


class _Source(Protocol):
    """Embeddings that share the tokens that move."""

    @property
    def leaves(self) -> Sequence[TokenEmbeddings]: ...

    def encode_passage(self, passage: Passage) -> EncodedText: ...

    def read(self, embedded: Tensor, encoded: EncodedText) -> Tensor: ...

    def describe(self) -> Mapping[str, object]: ...


class StaticWords:
    """Embeddings whose vectors move themselves: one token a word."""

    def __init__(self, leaves: Sequence[TokenEmbeddings]) -> None:
        self.leaves = leaves

    def encode_passage(self, passage: Passage) -> EncodedText:
        """Embed each word with Flair's own look-ups."""
        sentence, spans = passage.sentence, passage.spans
        embedded = self._embed(sentence)[None]
        tokens = tuple(
            Token(token.text, span.start, span.end, word=index, unknown=unknown)
            for index, (token, span, unknown) in enumerate(
                zip(sentence.tokens, spans, self._find_unknown(embedded[0]), strict=True)
            )
        )
        return EncodedText(
            passage.text, tokens, spans, embedded, baselines_from(self._baseline_vectors, embedded, tokens)
        )

    def read(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, W, D], unchanged: the tokens are the words."""
        return embedded

    def describe(self) -> dict[str, object]:
        """Nothing beside the list of embeddings."""
        return {}

    def _find_unknown(self, embedded: Tensor) -> list[bool]:
        """Which words [W, D] have in all embeddings what these give to a word that is not in their table."""
        absent = self._absent_vector
        if absent is None:
            return [False] * len(embedded)
        return [bool(one) for one in torch.isclose(embedded, absent).all(dim=-1)]

    @cached_property
    def _absent_vector(self) -> Tensor | None:
        """[D]; None where one of the embeddings reads any word, as from its letters."""
        tables = [_table_of(leaf) for leaf in self.leaves if not isinstance(leaf, BytePairEmbeddings)]
        if len(tables) < len(self.leaves) or any(table is None or table.absent is None for table in tables):
            return None
        return self._baseline_vectors["pad"]

    def _embed(self, sentence: Sentence) -> Tensor:
        """[W, D]."""
        try:
            with torch.no_grad():
                for leaf in self.leaves:
                    leaf.embed([sentence])
                vectors = [
                    torch.cat([token.get_embedding([leaf.name]) for leaf in self.leaves]) for token in sentence.tokens
                ]
                return torch.stack(vectors).detach()  # a model that was fine-tuned computes gradients all the same
        except IndexError as error:  # a dictionary without an entry for what it does not know
            raise AttributionError(
                "The text holds a word or a character that this model's dictionary does not know, and it has no entry "
                "for unknown ones: Flair cannot read it either."
            ) from error

    @cached_property
    def _baseline_vectors(self) -> dict[str, Tensor]:
        """Name -> [D]: the baselines that all of the embeddings offer."""
        with torch.no_grad():
            offered = [_baselines_of(leaf) for leaf in self.leaves]
            return {
                name: torch.cat([vectors[name] for vectors in offered])
                for name in offered[0]
                if all(name in vectors for vectors in offered)
            }


@dataclass(frozen=True, slots=True)
class _Table:
    """The table behind embeddings.

    Attributes:
        rows: [N, K], the vectors of all words.
        finish: from vectors of the table to vectors of words.
        absent: [K], what a word gets that is not in the table; None for zeros.
    """

    rows: Tensor
    finish: Callable[[Tensor], Tensor]
    absent: Tensor | None = None


def _baselines_of(leaf: TokenEmbeddings) -> dict[str, Tensor]:
    """Name -> [D]: `zero` and `pad` always, and `mean` where words are looked up in a table."""
    zero = torch.zeros(leaf.embedding_length, device=flair.device)
    table = _table_of(leaf)
    if table is None:
        return {"zero": zero, "pad": zero}
    chunks = [table.finish(chunk).sum(dim=0) for chunk in table.rows.split(_MEAN_CHUNK)]
    vectors = {"zero": zero, "mean": torch.stack(chunks).sum(dim=0) / max(1, len(table.rows))}
    vectors["pad"] = zero if table.absent is None else table.finish(table.absent[None])[0]
    return {name: vector.to(flair.device) for name, vector in vectors.items()}


def _table_of(leaf: TokenEmbeddings) -> _Table | None:
    if isinstance(leaf, WordEmbeddings):
        table = leaf.embedding.weight
        return _Table(table[:-1], leaf.layer_norm or _unchanged, table[-1])
    if isinstance(leaf, BytePairEmbeddings):
        table = leaf.embedding.weight
        return _Table(table[:-1], _twice, table[-1])
    if isinstance(leaf, OneHotEmbeddings):
        table = leaf.embedding_layer.weight
        absent = table[0] if leaf.vocab_dictionary.add_unk else None
        return _Table(table, leaf.layer_norm or _unchanged, absent)
    if isinstance(leaf, HashEmbeddings):
        return _Table(leaf.embedding_layer.weight, _unchanged)
    return None


def _unchanged(vectors: Tensor) -> Tensor:
    return vectors


def _twice(vectors: Tensor) -> Tensor:
    """A word of one byte pair, which is both its first and its last."""
    return torch.cat([vectors, vectors], dim=-1)


def _pad_in_words(leaf: TokenEmbeddings) -> str:
    """What the baseline `pad` is for these embeddings."""
    if isinstance(leaf, TransformerWordEmbeddings):
        return "the padding token of the transformer"
    if isinstance(leaf, BytePairEmbeddings):
        return "what a word without byte pairs gets"
    if isinstance(leaf, (WordEmbeddings, OneHotEmbeddings)):
        return "what an unknown word gets"
    return "a vector of zeros"


def _leaves(stack: StackedEmbeddings) -> Iterator[TokenEmbeddings]:
    """The embeddings of a stack; a stack may hold stacks."""
    for embeddings in stack.embeddings:
        if isinstance(embeddings, StackedEmbeddings):
            yield from _leaves(embeddings)
        else:
            yield embeddings


def _kind(leaf: TokenEmbeddings) -> str:
    if isinstance(leaf, FlairEmbeddings):
        return f"{type(leaf).__name__} {'forward' if leaf.is_forward_lm else 'backward'}"
    return type(leaf).__name__


def _merge(parts: Sequence[EncodedText]) -> EncodedStack:
    """Parts that read the same text as one: tokens in the order of the text, vectors as long as the longest."""
    order = sorted(
        ((*_place(part, row), index, row) for index, part in enumerate(parts) for row in range(len(part.tokens))),
    )
    places = {(index, row): place for place, (*_, index, row) in enumerate(order)}
    rows = [
        torch.tensor([places[index, row] for row in range(len(part.tokens))], device=part.embedded.device)
        for index, part in enumerate(parts)
    ]
    names = [name for name in parts[0].baselines if all(name in part.baselines for part in parts)]
    cuts = [part.unread for part in parts]
    tokens = [parts[index].tokens[row] for *_, index, row in order]
    known = {token.word for token in tokens if not token.unknown}
    return EncodedStack(
        text=parts[0].text,
        tokens=tuple(replace(token, unknown=token.unknown and token.word not in known) for token in tokens),
        spans=max((part.spans for part in parts), key=len),
        embedded=_lay_out([part.embedded for part in parts], rows),
        baselines={name: _lay_out([part.baselines[name] for part in parts], rows) for name in names},
        unread=max(cuts, key=lambda cut: cut[0].start) if all(cuts) else (),
        parts=tuple(parts),
        rows=tuple(rows),
    )


def _place(part: EncodedText, row: int) -> tuple[int, int]:
    """Where a token stands among those of other parts: special ones before or after all words, whole words first."""
    word = part.tokens[row].word
    if word is not None:
        return word, part.tokens[row].start
    first = next((place for place, token in enumerate(part.tokens) if token.word is not None), len(part.tokens))
    return (-1, 0) if row < first else (sys.maxsize, 0)


def _lay_out(vectors: Sequence[Tensor], rows: Sequence[Tensor]) -> Tensor:
    """[1, T, E] of all parts; what is shorter than E is followed by zeros."""
    total, width = sum(part.shape[1] for part in vectors), max(part.shape[2] for part in vectors)
    whole = vectors[0].new_zeros(1, total, width)
    for part, own in zip(vectors, rows, strict=True):
        whole[:, own, : part.shape[2]] = part
    return whole
