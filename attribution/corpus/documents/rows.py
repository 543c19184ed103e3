"""The common form of all files of documents: rows of named cells."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from ...errors import AttributionError
from .format import Format

MOST_COLUMNS = 5000
"""Columns of a file: if it has more, what is read as their names is data."""

_FIRST, _FIRST_CHARACTERS, _CHARACTERS_A_CELL = 1000, 10_000_000, 10
"""Rows that stand for a file, and the characters in them: they stay in memory, as do cells without characters."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: column -> cell, None where there is none; or why it cannot be read.

    `lines` is how many lines of the file it spans, and `line` the first of them, from 1; 0 in a file without lines.
    Where several files are read as one, `file` is the name of its own, and `place` its row there, from 0.
    """

    cells: Mapping[str, str | None] = field(default_factory=dict)
    error: str | None = None
    lines: int = 1
    line: int = 0
    file: str = ""
    place: int = 0

    def name(self, number: int) -> str:
        """What the row of this number is called: its row in its file, and the line if it is known."""
        return f"{self.file}, {name_row(self.place, self.line)}" if self.file else name_row(number, self.line)


class Table(Protocol):
    """A file of rows.

    Attributes:
        names: of its columns.
        format: how it is written, as far as that can vary.
        kind: the kind of file, in a word or two; empty if the format says enough.
    """

    @property
    def names(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def format(self) -> Format: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102

    def rows(self) -> Iterator[Row]:
        """All rows from the first on."""
        ...


def take_first(rows: Iterable[Row]) -> Iterator[Row]:
    """The first thousand rows, fewer where they hold more than ten million characters or a million cells."""
    characters = 0
    for row in islice(rows, _FIRST):
        yield row
        characters += sum(_CHARACTERS_A_CELL + len(cell or "") for cell in row.cells.values())
        if characters > _FIRST_CHARACTERS:
            return


def check_width(name: str, width: int) -> None:
    """Check that a file has no more columns than are read.

    Raises:
        AttributionError: it has more.
    """
    if width > MOST_COLUMNS:
        raise AttributionError(f"{name} has more than {MOST_COLUMNS:,} columns. Give a file with fewer.")


def name_row(number: int, line: int = 0) -> str:
    """The name of a document that has none in the file: its row and, if known, the line in which it begins."""
    return f"row {number + 1} (line {line})" if line else f"row {number + 1}"


def to_cell(value: Any) -> str | None:
    """A value as the text of a cell; a whole number that was stored as a float is written without a fraction."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, (bool, int, float, dict, list)):
        return json.dumps(value, ensure_ascii=False, default=_to_plain)
    return _to_plain(value)


def _to_plain(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
