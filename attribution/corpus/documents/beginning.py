"""The beginning of a file of documents, as it is shown before anything is explained."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .file_set import FileSet, Where, find_files
from .files import describe
from .format import Format, name_used
from .header import to_utf8
from .rows import Row, take_first
from .several import open_all

_STRANGE = re.compile("[\udc80-\udcff]")
"""Bytes that are invalid in the encoding, as Python's surrogateescape keeps them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The beginning of a file.

    Attributes:
        rows: the first that can be split into cells, column -> cell, `\N{REPLACEMENT CHARACTER}` for each byte that
            is invalid in the encoding.
        unreadable: for each of these rows, its name if it holds such bytes, else empty.
        looked_at: how many rows were looked at.
        broken: how many of those hold such bytes.
        first: the first of those, such as "row 5 (line 6)"; empty where there is none.
        encoding: the one that the file was read in, in words.
    """

    rows: list[dict[str, str | None]]
    unreadable: list[str]
    looked_at: int
    broken: int
    first: str
    encoding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The first thousand rows of a file, fewer where they are very long; all questions before a run are put to them.

    In another process only the rows are missing.

    Attributes:
        files: the file, or several that are read as one.
        format: how it is written, as it was chosen or found.
        read_as: the same in words: "semicolons, Windows-1252 (Western Europe), a header".
        names: of its columns.
        rows: the rows, also those that cannot be read.
    """

    files: FileSet
    format: Format
    read_as: str
    names: tuple[str, ...]
    rows: tuple[Row, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        kept = {name: getattr(self, name) for name in ("files", "format", "read_as", "names")}
        return partial(Beginning, rows=(), **kept), ()

    @property
    def cells(self) -> list[Mapping[str, str | None]]:
        """The cells of the rows that can be read."""
        return [row.cells for row in self.rows if not row.error]

    def show(self, rows: int = 5) -> Preview:
        """The first rows as readers see them, and which of all hold bytes that are invalid in the encoding."""
        broken = [number for number, row in enumerate(self.rows) if _holds_strange_bytes(row)]
        shown = [(number, row) for number, row in enumerate(self.rows) if not row.error][:rows]
        return Preview(
            rows=[{name: _show(row.cells.get(name)) for name in self.names} for _, row in shown],
            unreadable=[row.name(number) if _holds_strange_bytes(row) else "" for number, row in shown],
            looked_at=len(self.rows),
            broken=len(broken),
            first=self.rows[broken[0]].name(broken[0]) if broken else "",
            encoding=name_used(self.format.encoding),
        )


def look_at(where: Where, format: Format | None = None) -> Beginning:  # noqa: A002
    """Read the first thousand rows of a file, or of several, fewer where they are long or wide: see `take_first`.

    Args:
        where: the file, as in `open_source`.
        format: how the file is written; what is None there is found.

    Raises:
        AttributionError: no such file, or one that cannot be read as what its name says.
    """
    files = find_files(where)
    table = open_all(files, format)
    return Beginning(
        files=files,
        format=(format or Format()).over(table.format),
        read_as=describe(table),
        names=tuple(table.names),
        rows=tuple(take_first(table.rows())),
    )


def _holds_strange_bytes(row: Row) -> bool:
    return any(cell and _STRANGE.search(cell) for cell in row.cells.values())


def _show(cell: str | None) -> str | None:
    return None if cell is None else to_utf8(_STRANGE.sub("\N{REPLACEMENT CHARACTER}", cell))
