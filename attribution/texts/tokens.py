"""Tokens, words and their places in the text."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import AttributionError


@dataclass(frozen=True, slots=True)
class Token:
    """What the encoder sees: a subword, or a special token that stands for no text.

    `start` and `end` are character offsets: `text[start:end]` is what a reader sees. A special token
    has an empty span. `word` indexes the words of the explanation, None for special tokens. `unknown` tells that the
    model has no entry for it: all such tokens are the same to the model.
    """

    text: str
    start: int
    end: int
    special: bool = False
    word: int | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text, in characters: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """What people read: a Flair token, with the sum of its tokens' attributions, in logits."""

    text: str
    start: int
    end: int
    attribution: float


def delete_words(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A text without `spans`, each removed with the blank before it, or after it at the beginning of the text."""
    return "".join(text[kept.start : kept.end] for kept in find_kept(text, spans))


def find_kept(text: str, spans: Sequence[tuple[int, int]]) -> list[Span]:
    """The stretches of a text that `delete_words` leaves, some of them empty."""
    kept, place = [], 0
    for start, end in sorted(spans):
        kept.append(Span(place, max(place, start - text[place:start].endswith(" "))))
        place = end + (start == 0 and text[end : end + 1] == " ")
    return [*kept, Span(place, len(text))]


def check_encodable(text: str, name: str = "text") -> None:
    """Check that a text, called `name` in the error, holds only whole characters.

    Raises:
        AttributionError: a lone surrogate.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise AttributionError(
            f"The {name} holds half a character (a lone surrogate) at position {error.start}. Remove it and try again."
        ) from error
