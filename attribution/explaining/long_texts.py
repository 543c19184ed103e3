"""A text that is longer than a model reads, in parts that it reads whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, islice

from icu4py.breakers import SentenceBreaker

from ..errors import EmptyTextError
from ..explanation import Prediction
from ..model import Model
from ..segmentation import find_last_cut, replace_halves

MOST_PARTS = 24
"""The model is asked once for each, and more are no choice that a reader can look over."""

_WINDOW = 4
"""How many times of what was read last is given next, so that a book is not taken apart as often as it has parts."""

_KEPT = 0.5
"""The share of what can be read in which a sentence or paragraph must end for the part to end there."""

_PARAGRAPH = re.compile(r"(?:\r\n|\r|\n)[^\S\r\n]*(?:\r\n|\r|\n)\s*")
_BLANK = re.compile(r"\s+")
_BLANKS_BEFORE = re.compile(r"\s*(?=\S)")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text that the model reads whole, without blanks around it, and what the model says of it alone."""

    start: int
    end: int
    prediction: Prediction


def split_to_be_read(model: Model, text: str, *, most: int = MOST_PARTS) -> tuple[Part, ...]:
    """Cut a text into parts that the model reads to their end, between paragraphs or sentences where it can be.

    Args:
        model: any that takes one text.
        text: as given; every character is in one part, but for those between parts that are blank or cannot be seen.
        most: how many parts there are at most, counted from the beginning.

    Raises:
        AttributionError: as `Model.read` does.
    """
    if parts := tuple(islice(_find_parts(model, text), most)):
        return parts
    raise EmptyTextError("The text is empty. Paste at least one word.")


def _find_parts(model: Model, text: str) -> Iterator[Part]:
    start = longest = 0
    while stretch := _BLANKS_BEFORE.match(text, start):
        start = stretch.end()
        given = text[start : start + (_WINDOW * longest or len(text))]
        try:
            reading = model.read(given)
        except EmptyTextError:  # invisible
            start += len(given)
            continue
        unread = [stretch.start for one in reading.encodings.values() for stretch in one.unread]
        is_last = not unread and start + len(given) == len(text)
        end = len(given) if is_last else find_end(given, max(1, min(unread, default=len(given))))
        part = given[:end].rstrip()
        with suppress(EmptyTextError):  # invisible again
            prediction = reading.prediction if part == given else model.predict(part)
            yield Part(start, start + len(part), prediction)
        start += end
        longest = max(longest, len(part))


def find_end(text: str, most: int) -> int:
    """Where a part of a text best ends, at `most` characters: with a paragraph, a sentence, a word, or a letter."""
    least = int(_KEPT * most)
    paragraphs = [found.end() for found in _PARAGRAPH.finditer(text, 0, most)]
    sentences = accumulate(map(len, SentenceBreaker(replace_halves(text[:most]), "root")))
    blanks = [found.end() for found in _BLANK.finditer(text, 0, most)]
    for ends in (paragraphs, [end for end in sentences if end < most], blanks):
        if ends and ends[-1] > least:
            return ends[-1]
    return find_last_cut(text, most) or most
