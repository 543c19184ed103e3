"""Tokens, words and their places in the text."""

from collections.abc import Sequence
from dataclasses import dataclass

from flair.data import Sentence
from langdetect import DetectorFactory

from .errors import AttributionError, EmptyTextError

# Flair tells XLM the language of a text, and otherwise guesses another one for the same text now and then.
DetectorFactory.seed = 0


@dataclass(frozen=True, slots=True)
class Token:
    """What the encoder sees: a subword, or a special token that stands for no text.

    `start` and `end` are character offsets: `text[start:end]` is what a reader sees. A special token
    has an empty span. `word` indexes the words of the explanation, None for special tokens.
    """

    text: str
    start: int
    end: int
    special: bool = False
    word: int | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text, in characters: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """What a network is given to read, and where it stands in the text that a reader sees.

    Attributes:
        text: the text as given.
        sentence: its words, as Flair takes them in.
        spans: where each word of the sentence stands in the text.
        held: words of the sentence that stand nowhere in the text, such as a label or a separator.
    """

    text: str
    sentence: Sentence
    spans: tuple[Span, ...]
    held: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Word:
    """What people read: a Flair token, with the sum of its tokens' attributions, in logits."""

    text: str
    start: int
    end: int
    attribution: float


def read_passage(text: str) -> Passage:
    """A text as Flair reads it where it is all that the network is given; errors are those of `read_sentence`."""
    return Passage(text, *read_sentence(text))


def read_sentence(text: str) -> tuple[Sentence, tuple[Span, ...]]:
    """Split a text into words just as Flair does before it predicts, and place each in the untouched text.

    Flair drops zero-width characters and repairs Windows-1252 leftovers before it splits; the spans
    lead back to the text as it was given.

    Raises:
        EmptyTextError: no word in the text.
        AttributionError: the text cannot be encoded (a lone surrogate).
    """
    check_encodable(text)
    if not text.strip():
        raise EmptyTextError("The text is empty. Paste at least one word.")
    sentence = Sentence(text)
    if len(sentence) == 0:
        raise EmptyTextError("The text holds only invisible characters. Paste at least one word.")
    origin = _original_positions(text)
    return sentence, tuple(
        Span(origin[token.start_position], origin[token.end_position - 1] + 1) for token in sentence.tokens
    )


def delete_words(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A text without what stands at some places, each with the blank before it, or after it where the text begins."""
    kept, place = [], 0
    for start, end in sorted(spans):
        kept.append(text[place:start].removesuffix(" "))
        place = end + (start == 0 and text[end : end + 1] == " ")
    kept.append(text[place:])
    return "".join(kept)


def check_encodable(text: str, name: str = "text") -> None:
    """Check that a text, or what `name` says it is, holds whole characters alone.

    Raises:
        AttributionError: a lone surrogate.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise AttributionError(
            f"The {name} holds half a character (a lone surrogate) at position {error.start}. Remove it and try again."
        ) from error


def _original_positions(text: str) -> Sequence[int]:
    """For each character that Flair keeps, its place in the text as given."""
    if Sentence._handle_problem_characters(text) == text:
        return range(len(text))
    return [place for place, character in enumerate(text) if Sentence._handle_problem_characters(character)]
