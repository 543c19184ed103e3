"""Where a text can be cut: between the letters that people see, and between the words of scripts without blanks.

Both are ICU's, through icu4py: Unicode text segmentation (UAX 29) with its dictionaries of Japanese, Chinese, Thai,
Lao, Khmer and Burmese words. A stretch of another such script, of which ICU knows no words, stays whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from icu4py.breakers import CharacterBreaker, WordBreaker

_ANY_LANGUAGE = "root"
_BEYOND = 64  # characters behind a cut that are looked at: no letter that people write takes more
# Blocks of the scripts that put no blanks between words, with their punctuation, from Unicode's Blocks.txt: Thai, Lao,
# Tibetan; Burmese; Tai Viet; Khmer; Tai Le, New Tai Lue; Tai Tham; Balinese; Javanese; Chinese and Japanese without
# the Korean between them.
_WITHOUT_BLANKS = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaadf\u1780-\u17ff\u19e0-\u19ff\u1950-\u19df\u1a20-\u1aaf"
    "\u1b00-\u1b7f\ua980-\ua9df\u2e80-\u312f\u3190-\u9fff\ua000-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff9f"
    "\U00016fe0-\U00018d7f\U0001aff0-\U0001b16f\U00020000-\U0003ffff]"
)
_VISIBLE = re.compile(r"[^\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Graphemes:
    """The letters of a text as people see them; `edges` are where they begin, and where the last one ends."""

    edges: Sequence[int]

    def begin(self, place: int) -> int:
        """Where the letter begins that is at a place, or the place itself where it is between two."""
        return self.edges[bisect_right(self.edges, place) - 1]

    def end(self, place: int) -> int:
        """Where the letter ends that a place is inside of, or the place itself where it is between two."""
        return self.edges[min(bisect_left(self.edges, place), len(self.edges) - 1)]


def find_graphemes(text: str) -> Graphemes:
    """The letters of a text: an e with a combining accent, a flag and a family of emoji are one each."""
    if text.isascii():
        return Graphemes(range(len(text) + 1))
    return Graphemes(list(accumulate(map(len, CharacterBreaker(replace_halves(text), _ANY_LANGUAGE)), initial=0)))


def find_cuts(text: str) -> list[int]:
    """Where a word ends and another begins without a blank between, by the rules of a script that writes none.

    Invisible characters belong to the word before them.
    """
    if not _WITHOUT_BLANKS.search(text):
        return []
    parts = list(WordBreaker(replace_halves(text), _ANY_LANGUAGE))
    cuts, place = [], 0
    for part in parts:
        near = text[max(place - 1, 0) : place + 1]
        if place and _VISIBLE.search(part) and _WITHOUT_BLANKS.search(near):
            cuts.append(place)
        place += len(part)
    return cuts


def writes_no_blanks(text: str) -> bool:
    """Whether every letter is of a script without blanks."""
    return bool(text) and all(map(_WITHOUT_BLANKS.match, text))


def find_last_cut(text: str, place: int) -> int:
    """The last place before which a text can be cut off, at `place` or before it, so that no letter is cut in two."""
    return find_graphemes(text[: place + _BEYOND]).begin(place)


def replace_halves(text: str) -> str:
    """The text with a question mark for each lone surrogate in it, so that it stays as long as it was."""
    return text.encode("utf-8", "replace").decode("utf-8")
