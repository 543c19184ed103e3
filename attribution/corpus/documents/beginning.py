"""The beginning of a file of documents, as it is shown before anything is explained."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from .files import open_table
from .format import Format, name_used
from .header import to_utf8
from .rows import Row
from .source import name_row

_STRANGE = re.compile("[\udc80-\udcff]")
"""Bytes that are nothing in the encoding, as Python keeps them."""

_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The beginning of a file.

    Attributes:
        rows: the first that can be parted into cells, column -> cell, `\N{REPLACEMENT CHARACTER}` for each byte that
            is nothing in the encoding.
        unreadable: of each of them that holds such bytes, what it is called; empty for the others.
        looked_at: how many rows were looked at.
        broken: how many of those hold such bytes.
        first: the first of those, such as "row 5 (line 6)"; empty where there is none.
        encoding: as which the file was read, in words.
    """

    rows: list[dict[str, str | None]]
    unreadable: list[str]
    looked_at: int
    broken: int
    first: str
    encoding: str


def look_at(path: str | Path, rows: int = 5, format: Format | None = None) -> Preview:  # noqa: A002
    """The first rows of a file, and which of its first thousand hold bytes that are nothing in its encoding.

    Errors are those of `read_documents`.
    """
    table = open_table(path, format)
    first = list(islice(table.rows(), _LOOKED_AT))
    broken = [number for number, row in enumerate(first) if _holds_strange_bytes(row)]
    shown = [(number, row) for number, row in enumerate(first) if not row.error][:rows]
    return Preview(
        rows=[{name: _show(row.cells.get(name)) for name in table.names} for _, row in shown],
        unreadable=[name_row(number, row.line) if _holds_strange_bytes(row) else "" for number, row in shown],
        looked_at=len(first),
        broken=len(broken),
        first=name_row(broken[0], first[broken[0]].line) if broken else "",
        encoding=name_used(table.format.encoding),
    )


def _holds_strange_bytes(row: Row) -> bool:
    return any(cell and _STRANGE.search(cell) for cell in row.cells.values())


def _show(cell: str | None) -> str | None:
    return None if cell is None else to_utf8(_STRANGE.sub("\N{REPLACEMENT CHARACTER}", cell))
