"""Reads the first sheet of a workbook that is not empty, in a separate process with limited memory.

    python -m attribution.corpus.documents.formats.read_workbook FILE MEGABYTES

A workbook of a kilobyte can name a cell in its last row and column, and the reader allocates memory for all before it.
The output is JSON Lines: [name of the sheet, number of sheets that are not empty], then the cells of each row that is
not empty.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any


def main() -> int:
    """Read the sheet and print it; returns the exit code: 3 if all sheets are empty, 4 if the file cannot be read."""
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]) << 20,) * 2)
    import python_calamine

    try:
        with python_calamine.load_workbook(sys.argv[1]) as book:
            sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
            filled = [name for name, sheet in sheets.items() if sheet.height and sheet.width]
            if not filled:
                return 3
            print(json.dumps([filled[0], len(filled)]))
            for row in sheets[filled[0]].iter_rows():
                if any(cell != "" for cell in row):
                    print(json.dumps([_to_plain(cell) for cell in row]))
    except (python_calamine.CalamineError, OSError, ValueError, MemoryError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 4
    return 0


def _to_plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool)) else str(value)


if __name__ == "__main__":
    sys.exit(main())
