"""Excel and other spreadsheet files: the first sheet that is not empty.

A workbook of a kilobyte can name a cell in its last row and column, and its reader takes memory for all before it: see
`isolated`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ....errors import AttributionError
from ....wording import shorten
from ..format import Format
from ..header import has_header, name_columns
from ..rows import Row, check_width, to_cell

_LOOKED_AT = 1000


class ExcelTable:
    """A sheet, held in memory as a whole."""

    def __init__(self, path: Path, chosen: Format) -> None:
        self._sheet, filled = _open(path)
        self.kind = f"Excel, sheet {shorten(self._sheet.name, 40)!r}"
        if filled > 1:
            self.kind += f" of {filled} (the others are not read)"
        first = list(islice(self._lines(), _LOOKED_AT))
        header = chosen.header if chosen.header is not None else has_header(first)
        self.format = Format(header=header)
        names = first[0] if first else []
        check_width(path.name, len(names))
        self.names: Sequence[str] = name_columns(names if header else [""] * len(names))

    def rows(self) -> Iterator[Row]:
        """All rows that are not empty."""
        lines = islice(self._lines(), 1 if self.format.header else 0, None)
        return (Row(dict(zip(self.names, cells, strict=False))) for cells in lines)

    def _lines(self) -> Iterator[list[str]]:
        rows = ([_to_text(cell) for cell in row] for row in self._sheet.iter_rows())
        return (cells for cells in rows if any(cells))


def _open(path: Path) -> tuple[Any, int]:
    """The first sheet that is not empty, and how many are not."""
    import python_calamine

    try:
        with python_calamine.load_workbook(str(path)) as book:
            sheets = map(book.get_sheet_by_name, book.sheet_names)
            filled = [sheet for sheet in sheets if sheet.height and sheet.width]
    except (python_calamine.CalamineError, ValueError) as error:
        reason = shorten(" ".join(f"{type(error).__name__}: {error}".split()))
        raise AttributionError(f"{path.name} cannot be read as an Excel file: {reason}. Save it as CSV.") from error
    if not filled:
        raise AttributionError(f"{path.name} has no sheet that is not empty.")
    return filled[0], len(filled)


def _to_text(value: Any) -> str:
    return to_cell(value if isinstance(value, (str, int, float, bool)) else str(value)) or ""
