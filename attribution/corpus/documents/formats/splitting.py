"""Splits lines of text into rows of cells, and tells quotes that enclose cells from those that are characters."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from ....errors import AttributionError
from ..rows import MOST_COLUMNS

_LONGEST_CELL = 1_000_000
MOST_LINES = 1000
_MOST_TRIES = 5
"""A quote that is not closed within so many characters, lines, and tries at other quotes, does not open a cell."""

_MOST_FAILURES = 200
"""After so many quotes in a row that are never closed, later lines are not searched any more: it takes too long."""

_MOST_EMPTY = 1_000_000
"""Empty lines in a row; they are skipped, which takes a second for some millions."""

_FEW_LINES = 5
"""If more lines than this could be one cell, but each could be a row as well, they are rows."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells and rows are told apart.

    Attributes:
        separator: between cells; empty where a line is one cell.
        quote: around cells; empty if quotes are ordinary characters.
        trusted: whether the first lines suggest that a quote at the beginning of a cell encloses the cell.
        everywhere: whether a column is quoted from top to bottom.
        header: whether the first row names the columns.
    """

    separator: str
    quote: str
    trusted: bool = False
    everywhere: bool = False
    header: bool = False


class Piece(NamedTuple):
    """A cell of a line: its text without enclosing quotes, whether it had these, and whether it holds a loose quote."""

    text: str
    quoted: bool
    loose: bool


@dataclass(frozen=True, slots=True)
class SplitRow:
    """The cells of a row, how many lines it spans, and the first of these lines, from 1."""

    cells: list[str]
    lines: int
    line: int


def split_rows(lines: Iterable[str], dialect: Dialect, most: int | None = None) -> Iterator[SplitRow]:
    """The rows of some lines; empty lines are skipped.

    A quote that is closed in its own line encloses its cell, and one that is never closed is a character. If a cell is
    closed further down, but each of its lines could be a row by itself as well, the dialect decides. What is beyond
    `MOST_COLUMNS` cells is left in one.

    Args:
        lines: with their ends, but for one that was cut.
        dialect: what separates cells, and what encloses them.
        most: only rows that begin in the first `most` lines; the lines after these are for cells that continue.
    """
    return _Splitter(iter(lines), dialect, most).rows()


def split_pieces(
    lines: Iterable[str], dialect: Dialect, most: int | None = None
) -> Iterator[tuple[list[Piece], int, bool]]:
    """The same with details on quotes: a row's pieces, how many lines it spans, whether it is as wide as the first."""
    return _Splitter(iter(lines), dialect, most).pieces()


class _Splitter:
    """Goes through lines, and reads ahead only as far as an open quote requires."""

    def __init__(self, lines: Iterator[str], dialect: Dialect, most: int | None) -> None:
        self._lines, self._dialect, self._most = lines, dialect, most
        self._separator, self._quote = dialect.separator, dialect.quote
        self._blank = f"{self._separator} {self._quote}"
        self._ahead: deque[str] = deque()
        self._width, self._end, self._failures, self._line = 0, "", 0, 0

    def rows(self) -> Iterator[SplitRow]:
        for line in self._take():
            body, first = _without_end(line), self._line
            cells, count = self._split_fast(body), 1
            if cells is None:
                pieces, count = self._split(line)
                cells = [_unquote(piece, self._quote) for piece in pieces]
            self._learn(len(cells), line)
            yield SplitRow(cells, count, first)

    def pieces(self) -> Iterator[tuple[list[Piece], int, bool]]:
        for line in self._take():
            pieces, count = self._split(line)
            self._learn(len(pieces), line)
            yield pieces, count, len(pieces) == self._width

    def _take(self) -> Iterator[str]:
        empty = 0
        while (line := self._ahead.popleft() if self._ahead else next(self._lines, None)) is not None:
            self._line += 1
            empty = 0 if _without_end(line) else empty + 1
            if empty > _MOST_EMPTY:
                raise AttributionError(f"The file holds more than {_MOST_EMPTY:,} empty lines in a row. Take them out.")
            if self._most is not None and self._line > self._most:
                return
            if not empty:
                yield line

    def _learn(self, width: int, line: str) -> None:
        if not self._width:
            self._width, self._end = width, _end_of(line)

    def _split_fast(self, body: str) -> list[str] | None:
        """The cells of a line by Python's own `csv`, if it reads the line as we do; otherwise None."""
        if not self._quote or self._quote not in body:
            return body.split(self._separator, MOST_COLUMNS) if self._separator else [body]
        if not self._separator or "\\" in body or self._blank in body or body[0] == " ":
            return None
        if body.count(self._separator) > MOST_COLUMNS:
            return None  # a long text, or too many cells
        try:
            return next(csv.reader((body,), delimiter=self._separator, quotechar=self._quote, strict=True))
        except csv.Error:
            return None  # the quote is a character, or the cell continues

    def _split(self, line: str) -> tuple[list[Piece], int]:
        body = _without_end(line)
        alone, opened = self._split_line(body, 0)
        if opened is None or self._failures > _MOST_FAILURES:
            return alone, 1
        place, start = opened
        found = self._take_in(alone[:place], body[start:] + _end_of(line), 0)
        if found is None or self._are_rows([line, *islice(self._ahead, found[1])], found[0]):
            self._failures += 1
            return alone, 1
        self._failures = 0
        self._line += found[1]
        for _ in range(found[1]):
            self._ahead.popleft()
        return found[0], found[1] + 1

    def _split_line(self, body: str, place: int) -> tuple[list[Piece], tuple[int, int] | None]:
        """The cells of a line from a place on; and the index and start of the first cell that it does not close."""
        pieces, opened, failed = list[Piece](), None, 0
        while True:
            begin, close = _skip_blanks(body, place, self._separator), None
            is_last = len(pieces) >= MOST_COLUMNS
            if self._quote and not is_last and body.startswith(self._quote, begin) and failed < _MOST_TRIES:
                close, loose = self._find_close(body, begin + 1)
                if close is None:
                    failed += 1
                    opened = opened or (len(pieces), begin + 1)
                else:
                    pieces.append(Piece(body[begin + 1 : close[0]], True, loose))
                    place = close[1]
            if close is None:
                end = body.find(self._separator, place) if self._separator and not is_last else -1
                text = body[place : end if end >= 0 else len(body)]
                pieces.append(Piece(text, False, bool(self._quote) and self._quote in text))
                place += len(text)
            if place >= len(body):
                return pieces, opened
            place += len(self._separator)

    def _find_close(self, body: str, start: int) -> tuple[tuple[int, int] | None, bool]:
        """The place of a cell's closing quote and the cell's end, and whether there is a loose quote before.

        A quote after a backslash does not close a cell, unless that leaves loose quotes, as if a text ends in one.
        """
        found, loose = self._scan(body, start, escapes=False)
        if (found is None or loose or _is_escaped(body, found[0])) and "\\" in body:
            escaped, left = self._scan(body, start, escapes=True)
            if escaped is not None and (found is None or loose or not left):
                return escaped, left
        return found, loose

    def _scan(self, body: str, start: int, *, escapes: bool) -> tuple[tuple[int, int] | None, bool]:
        place, loose, quote = start, False, self._quote
        while (place := body.find(quote, place)) >= 0:
            if escapes and _is_escaped(body, place):
                place += 1
            elif body.startswith(quote, place + 1):
                place += 2
            else:
                end = _skip_blanks(body, place + 1, self._separator)
                if end == len(body) or (self._separator and body.startswith(self._separator, end)):
                    return (place, end), loose
                loose, place = True, place + 1
        return None, loose

    def _take_in(self, before: list[Piece], opened: str, first: int) -> tuple[list[Piece], int] | None:
        """The row whose last cell so far continues in the lines ahead, from `first` on, and how many these are."""
        parts, size, tried, loose = [opened], len(opened), 0, False
        for count in range(first, MOST_LINES):
            line = self._look(count)
            size += len(line or "")
            if line is None or size > _LONGEST_CELL or tried == _MOST_TRIES:
                return None
            body, place = _without_end(line), 0
            while self._quote in body[place:] and tried < _MOST_TRIES:
                close, here = self._find_close(body, place)
                loose = loose or here
                if close is None:
                    break
                tried += 1
                piece = Piece("".join(parts) + body[: close[0]], True, loose)
                found = self._go_on([*before, piece], body, close[1], line, count)
                if found is not None:
                    return found
                loose, place = True, close[0] + 1
            parts.append(line)
        return None

    def _go_on(
        self, pieces: list[Piece], body: str, place: int, line: str, count: int
    ) -> tuple[list[Piece], int] | None:
        """The row, completed after a cell that was closed; None if it has the wrong number of cells."""
        rest: list[Piece] = []
        opened = None
        if place < len(body):
            rest, opened = self._split_line(body, place + len(self._separator))
        if opened is not None and len(pieces) < (self._width or _MOST_TRIES):
            return self._take_in([*pieces, *rest[: opened[0]]], body[opened[1] :] + _end_of(line), count + 1)
        whole = [*pieces, *rest]
        return (whole, count + 1) if len(whole) == (self._width or len(whole)) else None

    def _look(self, count: int) -> str | None:
        if count == len(self._ahead):
            line = next(self._lines, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[count]

    def _are_rows(self, lines: Sequence[str], found: Sequence[Piece]) -> bool:
        """Whether lines that could be one row are more likely to be a row each."""
        loose = any(piece.loose for piece in found if piece.quoted)
        if not self._separator:
            return loose  # where a line is a text, many begin and end with a quote
        alone = [self._split_line(_without_end(line), 0)[0] for line in lines]
        width = self._width or len(alone[0])
        fitting = sum(len(pieces) == width for pieces in alone)
        if fitting < len(lines) or width < 2:
            return loose and fitting >= len(lines) / 2
        if any(_end_of(line) != (self._end or _end_of(lines[0])) for line in lines[:-1]):
            return loose  # lines within a cell end differently from rows
        if self._dialect.everywhere:
            return loose
        return loose or not self._dialect.trusted or self._separator == "\t" or len(lines) > _FEW_LINES


def _unquote(piece: Piece, quote: str) -> str:
    if not piece.quoted:
        return piece.text
    doubled = quote * 2 in piece.text
    return piece.text.replace(quote * 2, quote) if doubled else piece.text.replace(f"\\{quote}", quote)


def _without_end(line: str) -> str:
    return line.rstrip("\r\n")


def _end_of(line: str) -> str:
    return line[len(_without_end(line)) :]


def _skip_blanks(body: str, place: int, separator: str) -> int:
    while separator != " " and body.startswith(" ", place):
        place += 1
    return place


def _is_escaped(body: str, place: int) -> bool:
    first = place
    while first and body[first - 1] == "\\":
        first -= 1
    return (place - first) % 2 == 1
