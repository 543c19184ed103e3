"""Reads the first sheet of a workbook that holds anything, in a process of its own that may take little memory.

    python -m attribution.corpus.documents.formats.read_workbook FILE MEGABYTES

A workbook of a kilobyte can name a cell in its last row and column, and the reader makes room for all before it. What
comes out are lines of JSON: [sheet, sheets with anything in them], and then the cells of each row that holds any.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any


def main() -> int:
    """Read, and write to standard output; 3 where no sheet holds anything, 4 where the file cannot be read."""
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
