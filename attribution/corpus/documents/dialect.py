"""How a table of text is written: what stands between its cells, whether quotes hold them together, and its header.

DuckDB's sniffer and CleverCSV were tried first. Both find what suits most columns, and take the commas of a text for
separators where its real ones are semicolons, so here a separator has to part every row into as many cells as the first
(`benchmarks/dialects.py` has how often each is right).
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

from .format import SEPARATORS, Format
from .header import LABEL_MARK, count_known, is_known, looks_like_names

_LOOKED_AT = 500
_FITTING = 0.5
_FEW_WORDS = 3
_MANY = 10
"""Rows that do not part alike by chance."""

_LONGEST_CELL = 1_000_000
_MOST_LINES = 1000
_MOST_TRIES = 20
"""A quote that closes neither in so many lines and characters, nor at so many others, was never meant to."""

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SplitRow:
    """The cells of a row, in how many lines it stands, and whether it has as many cells as it should."""

    cells: list[str]
    lines: int
    fits: bool


def read_separator_line(line: str) -> str | None:
    """The separator that Excel was told in a first line such as `sep=;`; None where it is another line."""
    found = _SEPARATOR_LINE.fullmatch(line.rstrip("\r\n"))
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells and rows are told apart.

    Attributes:
        separator: between cells; empty where a line is one cell.
        quote: around cells; empty where quotes are characters.
        trusted: every quote of the lines that were looked at holds a cell together, so one that takes in whole rows is
            believed as well.
        header: whether the first row names the columns.
    """

    separator: str
    quote: str
    trusted: bool = False
    header: bool = False


def find_dialect(lines: Sequence[str], chosen: Format, *, prose: bool = False) -> Dialect:
    """The dialect of some first lines, without a line `sep=`; what was chosen stays.

    Args:
        lines: with their ends.
        chosen: what a reader wants.
        prose: the file may as well hold plain texts, a line each.
    """
    lines = [line for line in lines[:_LOOKED_AT] if line.strip("\r\n")]
    wanted = list(SEPARATORS) if chosen.separator is None else [chosen.separator]
    candidates = [_try(lines, separator, chosen, prose=prose) for separator in wanted if separator]
    good = [one for one in candidates if one.width > 1 or chosen.separator is not None]
    found = max(good, key=lambda one: one.rank, default=None)
    if found is None or (chosen.separator is None and not found.accepted):
        found = _try(lines, "", chosen)
    header = chosen.header if chosen.header is not None else has_header(found.rows)
    return replace(found.dialect, header=header)


@dataclass(frozen=True, slots=True)
class _Candidate:
    dialect: Dialect
    rows: list[list[str]]
    width: int
    fitting: float
    prose: bool

    @property
    def known(self) -> int:
        """How many cells of the first row are names that tell what a column holds."""
        return count_known(self.rows[0]) if self.rows and looks_like_names(self.rows[0]) else 0

    @property
    def tells(self) -> bool:
        """Whether a column holds few values, again and again, as one of labels does."""
        return any(_repeats(cells) for cells in zip(*(row for row in self.rows if len(row) == self.width), strict=True))

    @property
    def compact(self) -> bool:
        """Whether a column holds a few words at most, as labels, names and numbers do, and pieces of texts do not."""
        rows = [row for row in self.rows if len(row) == self.width]
        return any(all(len(cell.split()) <= _FEW_WORDS for cell in cells) for cells in zip(*rows, strict=True))

    @property
    def accepted(self) -> bool:
        """Whether its cells may be taken for cells, and not for pieces of texts."""
        if self.known and not (self.prose and self.known < 2):
            return True
        if self.prose:  # a line of prose has commas as well, and now and then as many as the line before
            return self.fitting == 1 and self.tells and (self.dialect.separator == "\t" or len(self.rows) > 2)
        alike = self.compact or self.tells or self.dialect.separator == "\t" or len(self.rows) >= _MANY
        return self.fitting > _FITTING and alike

    @property
    def rank(self) -> tuple[float, ...]:
        order = {"\t": 3, ";": 2, "|": 2, ",": 1}
        return self.known, round(self.fitting, 2), self.tells, self.compact, order.get(self.dialect.separator, 0)


def _try(lines: Sequence[str], separator: str, chosen: Format, *, prose: bool = False) -> _Candidate:
    dialect = _find_quote(lines, separator) if chosen.quote is None else _weigh(lines, separator, chosen.quote)[0]
    rows = [row.cells for row in split_rows(lines, dialect)]
    width = len(rows[0]) if rows else 0
    fitting = sum(len(row) == width or (len(row) > width and not any(row[width:])) for row in rows)
    return _Candidate(dialect, rows, width, fitting / max(len(rows), 1), prose)


def _repeats(cells: Sequence[str]) -> bool:
    counts = Counter(cell.strip() for cell in cells)
    return max(map(len, counts)) <= 60 and len(counts) <= max(2, len(cells) // 2) and len(counts) < len(cells)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds names: it looks like names, and unlike the rows below."""
    if not rows or not looks_like_names(rows[0]) or any(cell.startswith(LABEL_MARK) for cell in rows[0]):
        return False
    if any(map(is_known, rows[0])):
        return True
    below = rows[1:]
    if len(rows[0]) == 1 and _is_sentence(rows[0][0]):
        return False
    for place, cell in enumerate(rows[0]):
        column = [row[place].strip() for row in below if len(row) > place]
        if cell.strip() and cell.strip() in column:
            return False
        if len(cell.split()) > 3 and re.search(r"[.!;,]$|[.!,;] ", cell.strip()):
            return False
        if _is_sentence(cell) and sum(map(_is_sentence, column)) > len(column) / 2:
            return False
        if len(cell.split()) > 4 and column and sum(len(one.split()) > 4 for one in column) > len(column) / 2:
            return False
    return bool(below) or not any(len(cell.split()) > 3 for cell in rows[0])


def _is_sentence(cell: str) -> bool:
    return cell.rstrip().endswith((".", "!", "?"))


@dataclass(slots=True)
class _Quotes:
    """What the cells of some lines say about a quote.

    Attributes:
        needed: cells that would be several, or another text, without it.
        whole: columns that are quoted from top to bottom.
        loose: cells in which it is a character.
    """

    needed: int = 0
    whole: int = 0
    loose: int = 0


def _find_quote(lines: Sequence[str], separator: str) -> Dialect:
    """The quote that holds cells together; none where quotes are characters of the texts."""
    double, said = _weigh(lines, separator, '"')
    if said.loose and not said.needed and not said.whole:
        return Dialect(separator, "")
    if said.needed or said.whole or said.loose:
        return double
    single, said = _weigh(lines, separator, "'")
    return single if said.needed and not said.loose else double  # else it is an apostrophe


def _weigh(lines: Sequence[str], separator: str, quote: str) -> tuple[Dialect, _Quotes]:
    if not quote:
        return Dialect(separator, ""), _Quotes()
    trusting = Dialect(separator, quote, trusted=True)
    said = _ask_quotes(lines, trusting)
    trusted = not said.loose and bool(said.needed or said.whole)
    doubting = replace(trusting, trusted=False)
    return (trusting, said) if trusted else (doubting, _ask_quotes(lines, doubting))


def _ask_quotes(lines: Sequence[str], dialect: Dialect) -> _Quotes:
    said, columns, rows = _Quotes(), Counter[int](), 0
    separator, quote = dialect.separator, dialect.quote
    for row in _Splitter(iter(lines), dialect, keep=True):
        rows += 1
        for place, cell in enumerate(row.cells):
            bare = cell.strip(" ")
            if not bare.startswith(quote):
                said.loose += quote in cell
            elif len(bare) > 1 and bare.endswith(quote):
                inner = bare[1:-1]
                columns[place] += 1
                holds = (bool(separator) and separator in inner) or quote * 2 in inner
                said.needed += holds and row.fits and row.lines == 1
            else:
                said.loose += 1
    # A column that is quoted from its second row on, or from its first, is so by the hand that wrote the file.
    said.whole = sum(count >= max(rows - 1, 2) for count in columns.values())
    return said


def split_rows(lines: Iterable[str], dialect: Dialect) -> Iterator[SplitRow]:
    """The rows of some lines; lines that hold nothing are none.

    A quote that closes in its own row holds its cell together. One that does not is a character: where a cell can be
    closed by a quote further down only by taking in whole rows, none is taken in, unless the dialect is trusted or the
    lines end otherwise than rows do.

    Args:
        lines: with their ends; one that is too long may come in pieces.
        dialect: what parts cells, and what holds them together.
    """
    return iter(_Splitter(iter(lines), dialect))


class _Splitter:
    """Lines to rows, with as much of the lines ahead as an open quote asks for."""

    def __init__(self, lines: Iterator[str], dialect: Dialect, *, keep: bool = False) -> None:
        """`keep`: cells keep their quotes."""
        self._lines, self._keep, self._trusted = lines, keep, dialect.trusted
        self._separator, self._quote = dialect.separator, dialect.quote
        self._plain = bool(self._separator and self._quote) and not keep  # what Python's own reader reads as we do
        self._blank = f"{self._separator} {self._quote}"
        self._closing = _closing(dialect.separator, dialect.quote)
        self._ahead: deque[tuple[str, bool]] = deque()
        self._width, self._end = 0, ""

    def __iter__(self) -> Iterator[SplitRow]:
        while (line := self._take()) is not None:
            body = line.rstrip("\r\n")
            if not body:
                continue
            row = self._split(line, body)
            if not self._width:
                self._width, self._end = len(row.cells), _end_of(line)
            yield row

    def _take(self) -> str | None:
        return self._ahead.popleft()[0] if self._ahead else next(self._lines, None)

    def _split(self, line: str, body: str) -> SplitRow:
        if not self._quote or self._quote not in body:
            cells = body.split(self._separator) if self._separator else [body]
            return SplitRow(cells, 1, len(cells) == self._width)
        if self._plain and "\\" not in body and self._blank not in body:
            try:
                cells = next(csv.reader((body,), delimiter=self._separator, quotechar=self._quote, strict=True))
                return SplitRow(cells, 1, len(cells) == self._width)
            except csv.Error:
                pass  # a quote that is a character, or goes on
        cells, is_open = _split_line(body, self._separator, self._quote, keep=self._keep)
        alone = SplitRow(cells, 1, len(cells) == self._width)
        return (self._close(line, alone) or alone) if is_open else alone

    def _close(self, line: str, alone: SplitRow) -> SplitRow | None:
        """The row as it is with the lines that its open quote takes in; None where it should take in none."""
        tried, size = 0, len(line)
        for count, (following, may_close) in enumerate(self._look_ahead(), 1):
            size += len(following)
            if tried == _MOST_TRIES or size > _LONGEST_CELL:
                return None
            if not may_close:
                continue
            tried += 1
            lines = [line, *(one for one, _ in islice(self._ahead, count))]
            body = "".join(lines).rstrip("\r\n")
            cells, is_open = _split_line(body, self._separator, self._quote, keep=self._keep)
            if is_open or len(cells) != (self._width or len(cells)):
                continue
            if not self._separator and not _patterns("", self._quote)[0].fullmatch(body):
                continue  # where a line is a text, many begin and end with a quote
            if not self._trusted and self._are_rows(lines, self._width or len(alone.cells)):
                return None
            for _ in range(count):
                self._ahead.popleft()
            return SplitRow(cells, count + 1, True)
        return None

    def _look_ahead(self) -> Iterator[tuple[str, bool]]:
        """The lines to come, each with whether a cell may close in it."""
        for count in range(_MOST_LINES):
            if count == len(self._ahead):
                if (line := next(self._lines, None)) is None:
                    return
                self._ahead.append((line, bool(self._closing.search(line.rstrip("\r\n")))))
            yield self._ahead[count]

    def _are_rows(self, lines: Sequence[str], width: int) -> bool:
        """Whether lines are rows each by itself."""
        if width < 2 or any(_end_of(line) != (self._end or _end_of(lines[0])) for line in lines[:-1]):
            return False
        return all(len(_split_line(line.rstrip("\r\n"), self._separator, self._quote)[0]) == width for line in lines)


def _end_of(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _split_line(body: str, separator: str, quote: str, *, keep: bool = False) -> tuple[list[str], bool]:
    """The cells of a line, and whether one of them begins with a quote that nothing in the line closes."""
    strict, lenient = _patterns(separator, quote)
    cells, place, is_open = [], 0, False
    while True:
        start = place
        while body.startswith(" ", start):
            start += 1
        found = None
        if body.startswith(quote, start):
            found = strict.match(body, start) or lenient.match(body, start)
            is_open = is_open or found is None
        if found:
            cells.append(found[0] if keep else _unquote(found[1], quote))
            place = found.end()
        else:
            end = body.find(separator, place) if separator else -1
            end = len(body) if end < 0 else end
            cells.append(body[place:end])
            place = end
        if place >= len(body):
            return cells, is_open
        place += len(separator)
        if place >= len(body):
            return [*cells, ""], is_open


@cache
def _closing(separator: str, quote: str) -> re.Pattern[str]:
    """A quote that may close a cell: no doubled one, and a separator or the end behind it."""
    q = re.escape(quote)
    end = f"(?:{re.escape(separator)}|$)" if separator else "$"
    return re.compile(rf"(?<!{q})(?:{q}{q})*{q}[ ]*{end}" if quote else "$")


@cache
def _patterns(separator: str, quote: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A quoted cell whose own quotes are doubled or behind a backslash, and one whose own quotes are as they are."""
    end = f"(?=[ ]*(?:{re.escape(separator)}|$))" if separator else r"(?=[ ]*$)"
    q = re.escape(quote)
    return (
        re.compile(rf"{q}((?:[^{q}\\]|\\.|{q}{q})*+){q}[ ]*{end}", re.DOTALL),
        re.compile(rf"{q}((?:.*?[^{q}])??(?:{q}{q})*){q}[ ]*{end}", re.DOTALL),  # doubled ones close nothing
    )


def _unquote(inner: str, quote: str) -> str:
    return inner.replace(quote * 2, quote) if quote * 2 in inner else inner.replace(f"\\{quote}", quote)
