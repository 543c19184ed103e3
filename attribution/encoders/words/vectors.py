"""What a document network reads of each word: the vectors of a stack of token embeddings, and which of them move.

The vectors of static, byte-pair, one-hot, character and language-model embeddings move themselves, one token per word.
Of a transformer in the stack, its own word embeddings move, one token per subword: in a mixed stack a word has both.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import torch
from flair.data import Sentence
from flair.embeddings import (
    FlairEmbeddings,
    StackedEmbeddings,
    TokenEmbeddings,
    TransformerWordEmbeddings,
)
from torch import Tensor

from ...errors import AttributionError, UnsupportedModelError
from ...supported.releases import TODAY, Release
from ...texts.passages import Passage
from ...texts.tokens import Token
from ..base import EncodedText, as_kind, baselines_from
from ..transformers.words import TransformerWords
from .kinds import find_kind


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
        notes = (find_kind(leaf).note for leaf in self._leaves)
        return tuple(dict.fromkeys(note for note in notes if note))

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
            "Baseline pad": "; ".join(dict.fromkeys(find_kind(leaf).pad for leaf in self._leaves)),
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
        """Which words [W, D] have, in all embeddings, the vector of a word that is not in the table."""
        absent = self._absent_vector
        if absent is None:
            return [False] * len(embedded)
        return [bool(one) for one in torch.isclose(embedded, absent).all(dim=-1)]

    @cached_property
    def _absent_vector(self) -> Tensor | None:
        """[D], the vector of an unknown word; None if one of the embeddings can read any word, as from its letters."""
        if any(find_kind(leaf).find_unknown(leaf) is None for leaf in self.leaves):
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
            offered = [find_kind(leaf).make_baselines(leaf) for leaf in self.leaves]
            return {
                name: torch.cat([vectors[name] for vectors in offered])
                for name in offered[0]
                if all(name in vectors for vectors in offered)
            }


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
    """Merge parts that read the same text: tokens in the order of the text, vectors as long as the longest."""
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
        parts=tuple(_bare(part) for part in parts),
        rows=tuple(rows),
    )


def _bare(part: EncodedText) -> EncodedText:
    """A part without its vectors, which are among those of the whole; of `embedded` the width is left, [1, 0, E]."""
    return replace(part, embedded=part.embedded.new_empty(1, 0, part.embedded.shape[-1]), baselines={})


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
