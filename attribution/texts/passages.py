"""What a network is given to read: a text in Flair's words, two texts in one sentence, or a label before a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

from flair.data import Sentence
from langdetect import DetectorFactory

from ..errors import EmptyTextError
from .tokens import Span, check_encodable

# Flair tells XLM the language of a text; without a seed, its guess for the same text would vary now and then.
DetectorFactory.seed = 0

_Places = list[Span | None]

BETWEEN = "\n\n"
"""What stands between two texts where they are shown as one."""


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


def place_inside(text: str, span: Span, length: int, start: int, end: int) -> Span:
    """Where characters `start` to `end` stand in the text of a word that is `length` characters long for Flair.

    Flair may have dropped invisible characters of the word, whose place in the text is `span`.
    """
    if span.end - span.start == length:
        return Span(span.start + start, span.start + end)
    kept = _places_in_word(text[span.start : span.end])
    if len(kept) != length:
        return span
    first = kept[min(start, length - 1)]
    return Span(span.start + first, span.start + (kept[end - 1] + 1 if end > start else first))


@lru_cache(maxsize=64)
def _places_in_word(word: str) -> Sequence[int]:
    return _original_positions(word)


def read_pair(first: str, second: str) -> tuple[Passage, Passage]:
    """Two texts, placed in the one text that a reader sees: both with a blank line between.

    Raises:
        EmptyTextError: no word in one of them.
    """
    text = f"{first}{BETWEEN}{second}"
    read = []
    for name, part, offset in (("first", first, 0), ("second", second, len(first) + len(BETWEEN))):
        try:
            passage = read_passage(part)
        except EmptyTextError as error:
            raise EmptyTextError(f"The {name} of the two texts is empty. Paste at least one word into each.") from error
        spans = tuple(Span(span.start + offset, span.end + offset) for span in passage.spans)
        read.append(replace(passage, text=text, spans=spans))
    return read[0], read[1]


def join_passages(
    text: str,
    parts: Sequence[str | Passage],
    *,
    glue: str = " ",
    as_they_stand: bool = False,
    split_again: bool = False,
) -> Passage:
    """What Flair makes of several parts by writing them side by side; parts that are not passages are held.

    Args:
        text: what a reader sees, and what the spans of the passages point into.
        parts: passages, and what is written beside them.
        glue: what stands between the parts.
        as_they_stand: a passage is written with its own blanks, and not with one between any two words.
        split_again: the whole is split into words as a text is, and not at its blanks.
    """
    spelled = [_spell(part, as_they_stand) if isinstance(part, Passage) else _spell_held(part) for part in parts]
    between: tuple[str, _Places] = _spell_held(glue)
    woven = [spelled[0], *chain.from_iterable((between, part) for part in spelled[1:])]
    places = list(chain.from_iterable(place for _, place in woven))
    sentence = Sentence("".join(letters for letters, _ in woven), use_tokenizer=split_again)
    spans, held = [], set()
    for index, token in enumerate(sentence.tokens):
        found = [place for place in places[token.start_position : token.end_position] if place is not None]
        if not found:
            held.add(index)
        spans.append(Span(found[0].start, found[-1].end) if found else Span(0, 0))
    return Passage(text, sentence, tuple(spans), frozenset(held))


def _spell(passage: Passage, as_they_stand: bool) -> tuple[str, _Places]:
    """The words of a passage with the blanks between them, and where each letter stands in the text."""
    letters: list[str] = []
    places: _Places = []
    for token, span in zip(passage.sentence.tokens, passage.spans, strict=True):
        blanks = token.whitespace_after if as_they_stand else 1
        letters += [token.text, " " * blanks]
        places += [
            *(place_inside(passage.text, span, len(token.text), place, place + 1) for place in range(len(token.text))),
            *[None] * blanks,
        ]
    kept = len(places) - (0 if as_they_stand else 1)
    return "".join(letters)[:kept], places[:kept]


def _spell_held(part: str) -> tuple[str, _Places]:
    """A held part as Flair keeps it: Flair drops some characters, which would shift all places behind them."""
    letters = Sentence._handle_problem_characters(part)
    return letters, [None] * len(letters)


def _original_positions(text: str) -> Sequence[int]:
    """For each character that Flair keeps, its place in the text as given."""
    if Sentence._handle_problem_characters(text) == text:
        return range(len(text))
    return [place for place, character in enumerate(text) if Sentence._handle_problem_characters(character)]
