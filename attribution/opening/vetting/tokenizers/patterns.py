r"""Checks the patterns that a tokenizer searches a text for: a search that goes back and tries again may never end.

What a search can try again are repetitions (`\w+`) and choices (`a?`, `(a|b)`). On the way through a pattern, the
repetitions multiply by the length of a text, and the choices by two or more. So both are counted along each way, and
what is repeated may hold neither. The syntax: https://github.com/kkos/oniguruma/blob/master/doc/RE. What no known
tokenizer needs is refused: a pattern that calls itself, what was found before, conditions, comments.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ....errors import UnsafeCheckpointError
from ....wording import shorten

_LONGEST, _DEEPEST, _MOST_TIMES = 4000, 20, 1000
_MOST_REPETITIONS, _MOST_CHOICES = 2, 10.0
_FEW_TIMES = 8  # as many more or fewer are a choice, and not a repetition
_INTERVAL = re.compile(r"\{(\d{0,4})(,?)(\d{0,4})\}")
_GROUP = re.compile(r"\((?:\?(?:[imsx-]{0,6}:|[ims-]{1,6}\)|[=!>]|<[=!]|<[^\W\d]\w{0,40}>))?")
_CLASSES, _PLACES, _LETTERS = frozenset("dDwWsShHnrtfvae"), frozenset("AZzbB"), re.compile(r"[pP]\{[^{}]{1,40}\}")
_CODE = re.compile(r"x[0-9a-fA-F]{2}|x\{[0-9a-fA-F]{1,8}\}|u[0-9a-fA-F]{4}")


@dataclass(frozen=True, slots=True)
class Way:
    """A way through a part of a pattern: the fewest letters that it takes, and what can be tried again on it.

    Attributes:
        shortest: letters.
        repetitions: how many parts may be repeated as often as a text allows.
        choices: as the logarithm to the base of two.
    """

    shortest: int = 0
    repetitions: int = 0
    choices: float = 0.0

    def __add__(self, after: Way) -> Way:
        return Way(self.shortest + after.shortest, self.repetitions + after.repetitions, self.choices + after.choices)

    @property
    def fixed(self) -> bool:
        """Whether there is nothing on it to be tried again."""
        return not self.repetitions and not self.choices


def check_pattern(pattern: str) -> Way:
    """Check a pattern, and tell the way through it.

    Raises:
        UnsafeCheckpointError: its search may take forever, or it is written in a way that no known tokenizer uses.
    """
    try:
        if len(pattern) > _LONGEST:
            raise ValueError("too long")
        return _Reader(pattern).read()
    except ValueError as error:
        raise UnsafeCheckpointError(
            f"The tokenizer searches a text for the pattern {shorten(pattern)!r}, which can take forever: {error}."
        ) from error


class _Reader:
    """Reads a pattern from left to right; a ValueError says what is wrong with it."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at, self._depth = pattern, 0, 0

    def read(self) -> Way:
        ways = self._read_alternatives()
        if self._at < len(self._pattern):
            raise ValueError("a bracket closes what was not opened")
        return _either(ways, chosen=False)

    def _read_alternatives(self) -> list[Way]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("brackets in brackets")
        ways = [self._read_sequence()]
        while self._take("|"):
            ways.append(self._read_sequence())
        self._depth -= 1
        return ways

    def _read_sequence(self) -> Way:
        way = Way()
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            way += self._read_times(self._read_part())
            if way.repetitions > _MOST_REPETITIONS:
                raise ValueError("more than two repetitions in a row")
            if way.choices > _MOST_CHOICES:
                raise ValueError("too many choices in a row")
        return way

    def _read_part(self) -> Way:
        letter = self._pattern[self._at]
        if letter == "(":
            return self._read_group()
        if letter == "[":
            return self._read_set()
        if letter == "\\":
            return self._read_escaped()
        if letter in "*+?{":
            raise ValueError("it repeats what is no single part")
        self._at += 1
        return Way() if letter in "^$" else Way(1)

    def _read_group(self) -> Way:
        opened = self._take_match(_GROUP)
        if opened.startswith("(?") and opened.endswith(")"):
            return Way()  # options of what follows
        if self._pattern.startswith(("?", "*"), self._at) or "x" in opened.partition(":")[0].partition("<")[0]:
            raise ValueError("it holds what no known tokenizer needs")
        inside = _either(self._read_alternatives(), chosen=True)
        if not self._take(")"):
            raise ValueError("a bracket is not closed")
        looks = opened[2:3] in ("=", "!") or opened[2:4] in ("<=", "<!")
        return Way(0, inside.repetitions, inside.choices) if looks else inside

    def _read_set(self) -> Way:
        """A set of letters, which may hold sets."""
        depth = 0
        while self._at < len(self._pattern):
            letter = self._pattern[self._at]
            self._at += 2 if letter == "\\" else 1
            if letter == "[":
                depth += 1
                self._take("^")
                if self._pattern.startswith("]", self._at):
                    raise ValueError("an empty set of letters")
            elif letter == "]":
                depth -= 1
                if not depth:
                    return Way(1)
        raise ValueError("a bracket is not closed")

    def _read_escaped(self) -> Way:
        self._at += 1
        letter = self._pattern[self._at : self._at + 1]
        if not letter or self._take_match(_LETTERS) or self._take_match(_CODE):
            return Way(1)
        self._at += 1
        if letter in _PLACES:
            return Way()
        if letter.isalnum() and letter not in _CLASSES:
            raise ValueError("it holds what no known tokenizer needs")
        return Way(1)

    def _read_times(self, part: Way) -> Way:
        fewest, most = self._take_times()
        if self._pattern[self._at : self._at + 1] in tuple("*+?{"):
            raise ValueError("a repetition is repeated")
        if (fewest, most) == (1, 1):
            return part
        if most is not None and (fewest > most or most > _MOST_TIMES):
            raise ValueError("it repeats a part too often")
        if most == 1:
            return Way(0, part.repetitions, part.choices + 1)
        if not part.fixed or not part.shortest:
            raise ValueError("it repeats what can be repeated or left out itself")
        if most is not None and most - fewest <= _FEW_TIMES:
            return Way(part.shortest * fewest, 0, math.log2(most - fewest + 1))
        return Way(part.shortest * fewest, 1)

    def _take_times(self) -> tuple[int, int | None]:
        """How often a part may stand there, at least and at most."""
        for mark, times in {"*": (0, None), "+": (1, None), "?": (0, 1)}.items():
            if self._take(mark):
                _ = self._take("?") or self._take("+")  # as few as possible, or no going back
                return times
        found = _INTERVAL.match(self._pattern, self._at)
        if not found or not (found[1] or found[3]):
            return 1, 1
        self._at = found.end()
        fewest = int(found[1] or 0)
        if found[2]:
            self._take("?")
            return fewest, int(found[3]) if found[3] else None
        return fewest, fewest

    def _take(self, letter: str) -> bool:
        found = self._pattern.startswith(letter, self._at)
        self._at += found
        return found

    def _take_match(self, expression: re.Pattern[str]) -> str:
        found = expression.match(self._pattern, self._at)
        self._at = found.end() if found else self._at
        return found[0] if found else ""


def _either(ways: list[Way], *, chosen: bool) -> Way:
    """One of several ways; if it is `chosen` within a pattern, the choice itself counts."""
    return Way(
        min(way.shortest for way in ways),
        max(way.repetitions for way in ways),
        max(way.choices for way in ways) + (math.log2(len(ways)) if chosen else 0),
    )
