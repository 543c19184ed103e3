"""What every file of documents comes down to: rows of named cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .format import Format


@dataclass(frozen=True, slots=True)
class Row:
    """One row: column -> cell, None where there is none; or why it cannot be read.

    `lines` is how many lines of the file it stands in, and `line` the first of them, from 1; 0 in a file without lines.
    """

    cells: Mapping[str, str | None] = field(default_factory=dict)
    error: str | None = None
    lines: int = 1
    line: int = 0


class Table(Protocol):
    """A file of rows.

    Attributes:
        names: of its columns.
        format: how it is written, as far as that is a question.
        kind: what it is, in a word or two; empty where the format says it.
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


def name_row(number: int, line: int = 0) -> str:
    """What a document is called that has no name in the file, and where the line is known, in which line it begins."""
    return f"row {number + 1} (line {line})" if line else f"row {number + 1}"


def to_cell(value: Any) -> str | None:
    """A value as the text of a cell; a whole number that was stored as a fraction is written as whole."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, (bool, int, float, dict, list)):
        return json.dumps(value, ensure_ascii=False, default=_to_plain)
    return _to_plain(value)


def _to_plain(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
