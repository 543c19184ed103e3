"""The common form of all files of documents: rows of named cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .format import Format


@dataclass(frozen=True, slots=True)
class Row:
    """One row: column -> cell, None where there is none; or why it cannot be read.

    `lines` is how many lines of the file it spans, and `line` the first of them, from 1; 0 in a file without lines.
    """

    cells: Mapping[str, str | None] = field(default_factory=dict)
    error: str | None = None
    lines: int = 1
    line: int = 0


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
