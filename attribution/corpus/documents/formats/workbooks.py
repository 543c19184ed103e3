"""Excel and other spreadsheet files: the first sheet that is not empty."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from ....errors import AttributionError
from ....wording import shorten
from ..format import Format
from ..header import has_header, name_columns
from ..rows import Row, to_cell

_MEGABYTES = 2048
"""Memory that reading a workbook may take: a million rows of three columns took 794."""

_LOOKED_AT = 1000
_EMPTY = 3  # the exit code of `read_workbook` if all sheets are empty
_ROOT = Path(__file__).parents[4]


class ExcelTable:
    """A sheet, held in memory as a whole. It is read in a separate process: see `read_workbook`."""

    def __init__(self, path: Path, chosen: Format) -> None:
        with path.open("rb"):
            pass  # if it cannot be opened, this raises the reason
        sheet, sheets, rows = _read(path)
        self.kind = f"Excel, sheet {shorten(sheet, 40)!r}"
        if sheets > 1:
            self.kind += f" of {sheets} (the others are not read)"
        lines = [cells for cells in ([to_cell(cell) or "" for cell in row] for row in rows) if any(cells)]
        header = chosen.header if chosen.header is not None else has_header(lines[:_LOOKED_AT])
        self.format = Format(header=header)
        first = lines[0] if lines else []
        self.names = name_columns(first if header else [""] * len(first))
        self._rows = lines[1:] if header else lines

    def rows(self) -> Iterator[Row]:
        """All rows that are not empty."""
        return (Row(dict(zip(self.names, cells, strict=False))) for cells in self._rows)


def _read(path: Path) -> tuple[str, int, list[list[object]]]:
    """The name of the sheet, how many there are, and its rows."""
    command = [sys.executable, "-m", f"{__package__}.read_workbook", str(path.resolve()), str(_MEGABYTES)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, encoding="utf-8")  # noqa: S603
    if done.returncode == _EMPTY:
        raise AttributionError(f"{path.name} has no sheet that is not empty.")
    if done.returncode:
        said = done.stderr.strip().splitlines()
        reason = shorten(said[-1]) if said else "it needs more memory than it may use"
        raise AttributionError(f"{path.name} cannot be read as an Excel file: {reason}. Save it as CSV.")
    (sheet, sheets), *rows = map(json.loads, done.stdout.splitlines())
    return sheet, sheets, rows
