"""The interface between a classifier and the methods that explain it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..errors import EmptyTextError
from ..texts.passages import Passage, read_passage
from ..texts.tokens import Span, Token


@dataclass(frozen=True, slots=True, eq=False)
class EncodedText:
    """A text as the network takes it in.

    Attributes:
        text: the text as given.
        tokens: T tokens, special ones included, each with its characters.
        spans: where each word that is read stands in the text; `Token.word` indexes it.
        embedded: [1, T, E], what the network reads of each token.
        baselines: name -> [1, T, E]; the uninformative inputs that this encoder offers. Special tokens stay.
        unread: the stretches of the text that the network does not read, in their order.

    An encoder's own class adds what its network needs beside and no path moves: ids, masks, lengths.
    """

    text: str
    tokens: tuple[Token, ...]
    spans: tuple[Span, ...]
    embedded: Tensor
    baselines: Mapping[str, Tensor]
    unread: tuple[Span, ...] = ()


E = TypeVar("E", bound=EncodedText)


class Network(Protocol):
    """What an encoder wraps: Flair's document embeddings, and the decoder that makes logits of their vector."""

    @property
    def embeddings(self) -> Any: ...  # noqa: D102

    @property
    def decoder(self) -> Callable[[Tensor], Tensor]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class NetworkParts:
    """A network put together from its two parts, where Flair has no one object that holds both."""

    embeddings: Any
    decoder: Callable[[Tensor], Tensor]


class Encoder(Protocol):
    """Everything that Flair does around a network, behind two functions.

    Attributes:
        differentiable: whether `logits` has a gradient.
        interchangeable: whether the vector of any token may stand in the place of any other token, so that one text
            can be the baseline of another.
        notes: sentences that a reader of its attributions should know.
    """

    differentiable: bool = True
    interchangeable: bool = False

    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, E] -> [B, C]: the network's answer to B versions of one encoded text."""
        ...

    def describe(self) -> Mapping[str, object]:
        """Facts for a reader: name -> value."""
        ...


@runtime_checkable
class JointEncoder(Protocol):
    """An encoder that may run several texts in one pass, each with its own mask and answered as if it were alone."""

    def joins(self, encoded: EncodedText) -> bool:
        """Whether a text can share a pass with others."""
        ...

    def logits_together(self, embedded: Tensor, encoded: Sequence[EncodedText]) -> Tensor:
        """[R, L, E] -> [R, C]: the answer to one version of each of R texts, those shorter than L followed by zeros."""
        ...


@runtime_checkable
class TextEncoder(Encoder, Protocol):
    """An encoder of networks that are given one text."""

    def encode(self, text: str) -> EncodedText:
        """Split, tokenize and embed one text."""
        ...


class DocumentEncoder(TextEncoder):
    """An encoder of Flair's document embeddings, which are given sentences: a text alone, or more than the text."""

    def encode(self, text: str) -> EncodedText:
        """Split, tokenize and embed one text."""
        return self.encode_passage(read_passage(text))

    @abstractmethod
    def encode_passage(self, passage: Passage) -> EncodedText:
        """Tokenize and embed a sentence; all of its words move, also those that stand nowhere in the text."""


def as_kind(encoded: EncodedText, kind: type[E]) -> E:
    """The same text, known to be of the class that its encoder made.

    Raises:
        TypeError: it is of another class, so another encoder's.
    """
    if not isinstance(encoded, kind):
        raise TypeError(f"Expected {kind.__name__}, got {type(encoded).__name__}.")
    return encoded


def find_unread(tokens: Sequence[Token], text: str) -> tuple[Span, ...]:
    """What is left of a text that is cut off behind the last of its tokens."""
    return (Span(max(token.end for token in tokens), len(text)),)


def hold_words(encoded: EncodedText, held: frozenset[int]) -> EncodedText:
    """Turn words that are not in the text into special tokens: they have no characters, and do not move.

    Raises:
        EmptyTextError: no word of the text is left.
    """
    kept = [word for word in range(len(encoded.spans)) if word not in held]
    numbers = {word: number for number, word in enumerate(kept)}
    tokens = tuple(
        replace(token, word=numbers[token.word])
        if token.word is not None and token.word in numbers
        else Token(token.text, 0, 0, special=True)
        for token in encoded.tokens
    )
    if all(token.special for token in tokens):
        raise EmptyTextError("The text holds nothing that this model reads. Paste at least one word.")
    special = torch.tensor([token.special for token in tokens], device=encoded.embedded.device)[None, :, None]
    return replace(
        encoded,
        tokens=tokens,
        spans=tuple(encoded.spans[word] for word in kept),
        baselines={
            name: torch.where(special, encoded.embedded, baseline) for name, baseline in encoded.baselines.items()
        },
    )


def join_rows(rows: Sequence[Tensor], fill: float) -> Tensor:
    """Rows [1, T] of several lengths as [R, L]; the shorter ones are padded with `fill`."""
    return pad_sequence([row[0] for row in rows], batch_first=True, padding_value=fill)


def baselines_from(vectors: Mapping[str, Tensor], embedded: Tensor, tokens: tuple[Token, ...]) -> dict[str, Tensor]:
    """Each vector [E] in the place of every token that is not special: name -> [1, T, E]."""
    special = torch.tensor([token.special for token in tokens], device=embedded.device)[None, :, None]
    return {name: torch.where(special, embedded, vector) for name, vector in vectors.items()}
