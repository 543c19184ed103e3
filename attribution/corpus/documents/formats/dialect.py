"""Detects how a table of text is written: what separates its cells, and whether quotes enclose them.

DuckDB's sniffer and CleverCSV were tried first. Both favour whatever gives the most columns, and take the commas of a
text for separators where the real ones are semicolons. So here a separator is judged by how many rows it splits into as
many cells as the first row (`benchmarks/dialects.py` measures how often each is right).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..format import SEPARATORS, Format
from ..header import count_known, has_header, looks_like_names
from .splitting import Dialect, split_pieces, split_rows

_LOOKED_AT = 500
_FITTING = 0.5
_FEW_WORDS = 3
_MOST_ABOVE = 6
_MANY = 10
"""So many rows do not split into equal numbers of cells by chance."""

_PROSE = {"\t": 0.9, ";": 0.98, "|": 0.98, ",": 1.0}
"""The share of rows of a .txt that must split alike, as prose has commas too, and now and then semicolons."""

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def read_separator_line(line: str) -> str | None:
    """The separator in a first line such as `sep=;`, which is meant for Excel; None for any other line."""
    found = _SEPARATOR_LINE.fullmatch(line.rstrip("\r\n"))
    return found[1] if found else None


def find_title(lines: Sequence[str], chosen: Format, *, prose: bool = False) -> int:
    """How many lines, such as a title, stand above the header of a table.

    The header is a line with two or more known names; or one of three or more cells, if all lines below have as many
    and each line above has only one. The result is 0 if the header is the first line, if the format says that there is
    no header, or if it already gives the separator, the quote and the header.
    """
    if chosen.separator == "" or chosen.header is False or None not in (chosen.separator, chosen.quote, chosen.header):
        return 0
    wanted = [chosen.separator] if chosen.separator else list(SEPARATORS)
    for number, line in enumerate(lines[:_MOST_ABOVE]):
        parts = [[cell.strip(" \"'") for cell in line.rstrip("\r\n").split(one)] for one in wanted if one in line]
        if any(looks_like_names(cells) and count_known(cells) > 1 for cells in parts):
            return number
        if any(count_known(cells) for cells in parts) or count_known([line.strip(" \"'\r\n")]):
            return 0
        if number and not prose and any(_begins_table(lines, number, one) for one in wanted if one in line):
            return number
    return 0


def _begins_table(lines: Sequence[str], number: int, separator: str) -> bool:
    """Whether a line is the header of three or more cells, all lines below have as many, and those above only one."""
    if any(sum(map(bool, map(str.strip, line.split(separator)))) > 1 for line in lines[:number]):
        return False
    sample = lines[number : number + _LOOKED_AT]
    rows = [row.cells for row in split_rows(sample, Dialect(separator, '"', trusted=True), _LOOKED_AT // 2)]
    width = len(rows[0])
    if separator == "," and any(cell.startswith(" ") for row in rows for cell in row):
        return False  # commas of prose
    return width > 2 and len(rows) > 2 and all(len(row) == width for row in rows) and has_header(rows)


@dataclass(frozen=True, slots=True)
class Sample:
    """The first lines of a file: rows that begin in the first `most` lines count, and may continue in the others."""

    lines: Sequence[str]
    most: int


def find_dialect(sample: Sample, chosen: Format, *, prose: bool = False) -> Dialect:
    """Detect the dialect from the first lines, without a line `sep=`; what was chosen is kept.

    Args:
        sample: lines with their ends.
        chosen: what the reader chose.
        prose: whether the file may also hold plain texts, one per line.
    """
    sample = Sample(sample.lines, min(sample.most, _LOOKED_AT))
    wanted = list(SEPARATORS) if chosen.separator is None else [chosen.separator]
    parting = [one for one in wanted if one and any(one in line for line in sample.lines[: sample.most])]
    candidates = [_try(sample, separator, chosen, prose=prose) for separator in parting]
    good = [one for one in candidates if one.width > 1 or chosen.separator is not None]
    found = max(good, key=lambda one: one.rank, default=None)
    if found is None or (chosen.separator is None and not found.accepted):
        found = _try(sample, "" if chosen.separator is None else chosen.separator, chosen)
    is_table = bool(found.dialect.separator) or not prose or bool(found.rows and count_known(found.rows[0]))
    header = chosen.header if chosen.header is not None else is_table and has_header(found.rows)
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
    def _columns(self) -> list[tuple[str, ...]]:
        return list(zip(*(row for row in self.rows if len(row) == self.width), strict=True))

    @property
    def tells(self) -> bool:
        """Whether a column repeats a few values, as one of labels does, with or without a header."""
        return any(_repeats(cells) or _repeats(cells[1:]) for cells in self._columns)

    @property
    def compact(self) -> bool:
        """Whether a column holds a few words at most, as labels, names and numbers do, and pieces of texts do not."""
        return any(all(len(cell.split()) <= _FEW_WORDS for cell in cells) for cells in self._columns)

    @property
    def accepted(self) -> bool:
        """Whether its cells are likely to be cells, and not pieces of texts."""
        separator = self.dialect.separator
        if self.known and not (self.prose and self.known < 2):
            return True
        if separator == "," and len(self.rows) < 2:
            return self.dialect.everywhere or self.dialect.trusted
        if self.prose:
            alike = self.tells or (separator != "," and self.compact and len(self.rows) > 1)
            return self.fitting >= _PROSE.get(separator, 1.0) and alike and (separator == "\t" or len(self.rows) > 2)
        alike = self.compact or self.tells or separator == "\t" or len(self.rows) >= _MANY
        return self.fitting > _FITTING and alike

    @property
    def rank(self) -> tuple[float, ...]:
        order = {"\t": 3, ";": 2, "|": 2, ",": 1}
        return self.known, round(self.fitting, 2), self.tells, self.compact, order.get(self.dialect.separator, 0)


def _try(sample: Sample, separator: str, chosen: Format, *, prose: bool = False) -> _Candidate:
    dialect = _find_quote(sample, separator) if chosen.quote is None else _weigh(sample, separator, chosen.quote)[0]
    rows = [row.cells for row in split_rows(sample.lines, dialect, sample.most)]
    width = len(rows[0]) if rows else 0
    fitting = sum(len(row) == width or (len(row) > width and not any(row[width:])) for row in rows)
    return _Candidate(dialect, rows, width, fitting / max(len(rows), 1), prose)


def _repeats(cells: Sequence[str]) -> bool:
    counts = Counter(cell.strip() for cell in cells)
    few = len(counts) <= max(2, len(cells) // 2) and len(counts) < len(cells)
    return few and max(map(len, counts)) <= 60


@dataclass(slots=True)
class _Quotes:
    """How some lines use a quote character, in counts.

    Attributes:
        needed: cells that would be split, or have another text, without it.
        whole: columns that are quoted from top to bottom.
        taken: rows that span several lines because of it.
        loose: cells in which it is an ordinary character.
    """

    needed: int = 0
    whole: int = 0
    taken: int = 0
    loose: int = 0


def _find_quote(sample: Sample, separator: str) -> Dialect:
    """The dialect with the quote that encloses cells, or with none if quotes are part of the texts."""
    double, said = _weigh(sample, separator, '"')
    if said.loose and not said.needed and not said.whole:
        return Dialect(separator, "")
    if said.needed or said.whole or said.taken or said.loose:
        return double
    single, said = _weigh(sample, separator, "'")
    return single if said.needed and not said.loose else double  # else it is an apostrophe


def _weigh(sample: Sample, separator: str, quote: str) -> tuple[Dialect, _Quotes]:
    """A dialect with this quote, trusted if every quote encloses a cell, or if some cell needs it to."""
    if not quote:
        return Dialect(separator, ""), _Quotes()
    trusting = Dialect(separator, quote, trusted=True)
    said = _ask_quotes(sample, trusting)
    if said.loose and not said.needed:
        doubting = replace(trusting, trusted=False, everywhere=said.whole > 0)
        return doubting, _ask_quotes(sample, doubting)
    return replace(trusting, everywhere=said.whole > 0), said


def _ask_quotes(sample: Sample, dialect: Dialect) -> _Quotes:
    said, columns, rows = _Quotes(), Counter[int](), 0
    separator, quote = dialect.separator, dialect.quote
    for pieces, count, fits in split_pieces(sample.lines, dialect, sample.most):
        rows += 1
        said.taken += count > 1
        for place, piece in enumerate(pieces):
            said.loose += piece.loose
            columns[place] += piece.quoted
            holds = (bool(separator) and separator in piece.text) or quote * 2 in piece.text
            said.needed += piece.quoted and not piece.loose and holds and fits and count == 1
    # If a column is quoted from its first or second row on, the program that wrote the file meant these quotes.
    said.whole = sum(count >= max(rows - 1, 2) for count in columns.values())
    return said
