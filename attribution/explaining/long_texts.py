"""Splits a text that is longer than a model reads into parts that it reads completely."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, islice

from icu4py.breakers import SentenceBreaker

from ..errors import EmptyTextError
from ..explanation import Prediction
from ..model import asks_model
from ..opened_model import OpenedModel
from ..segmentation import find_last_cut, replace_halves

MOST_PARTS = 24
"""The model runs once for each part, and nobody can choose among more of them."""

_WINDOW = 4
"""The model is given so many times the longest part so far, so that the rest of a book is not split for each part."""

_KEPT = 0.5
"""A part ends with a sentence or paragraph only if it is longer than this share of what can be read."""

_PARAGRAPH = re.compile(r"(?:\r\n|\r|\n)[^\S\r\n]*(?:\r\n|\r|\n)\s*")
_BLANK = re.compile(r"\s+")
_BLANKS_BEFORE = re.compile(r"\s*(?=\S)")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text that the model reads completely, without blanks around it, and the prediction for it."""

    start: int
    end: int
    prediction: Prediction


@asks_model
def split_to_be_read(model: OpenedModel, text: str, *, most: int = MOST_PARTS) -> tuple[Part, ...]:
    """Cut a text into parts that the model reads to their end, between paragraphs or sentences if possible.

    Args:
        model: any that takes one text.
        text: as given; every character is in one part, except for blank and invisible ones between parts.
        most: how many parts there are at most, counted from the beginning.

    Raises:
        AttributionError: as `Model.read` does.
    """
    if parts := tuple(islice(_find_parts(model, text), most)):
        return parts
    raise EmptyTextError("The text is empty. Paste at least one word.")


def _find_parts(model: OpenedModel, text: str) -> Iterator[Part]:
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
    """Where a part of at most `most` characters best ends: after a paragraph, a sentence, a word, or a letter."""
    least = int(_KEPT * most)
    paragraphs = [found.end() for found in _PARAGRAPH.finditer(text, 0, most)]
    sentences = accumulate(map(len, SentenceBreaker(replace_halves(text[:most]), "root")))
    blanks = [found.end() for found in _BLANK.finditer(text, 0, most)]
    for ends in (paragraphs, [end for end in sentences if end < most], blanks):
        if ends and ends[-1] > least:
            return ends[-1]
    return find_last_cut(text, most) or most
