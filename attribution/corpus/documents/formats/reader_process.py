"""Reads a file into rows in a process of its own, with limits on its memory and its processor time.

`isolated` starts it. It prints a line of JSON that says what the table is, then one for every few rows, then one for
how it ended.
"""

from __future__ import annotations

import gc
import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ....errors import AttributionError
from ....processes.light import limit
from ....wording import shorten
from ..format import Format
from ..rows import Row, Table
from .json_files import JsonTable
from .limits import LONGEST_CELL, LONGEST_ROW, PATIENCE, SPARE_CHARACTERS, TIMES_ITS_SIZE
from .parquet import ParquetTable
from .workbooks import ExcelTable

KINDS: dict[str, Callable[[Path, Format], Table]] = {"json": JsonTable, "parquet": ParquetTable, "excel": ExcelTable}
"""What can be read, by the name that the process is given."""

_ROWS, _CHARACTERS = 256, 1_000_000
"""So many rows, or characters, are printed in a line."""


def main(kind: str, path: str, chosen: str, megabytes: str, seconds: str) -> None:
    """Print the rows of the file at a path; `chosen` is its format as JSON. Both limits are set first."""
    gc.disable()  # rows hold nothing that holds them
    allowed = int(megabytes) << 20, int(seconds)
    _allow(*allowed)
    try:
        table = KINDS[kind](Path(path), Format(**json.loads(chosen)))
        _say({"names": list(table.names), "kind": table.kind, "format": table.format.to_dict()})
        for rows in _collect(table, Path(path)):
            _say({"rows": rows})
            _allow(*allowed)
        _say({"ended": True})
    except AttributionError as error:
        _say({"refused": str(error)})
    except MemoryError:
        os.write(1, b'{"exceeded": true}\n')
    except BrokenPipeError:  # whoever asked has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError as error:
        _say({"unreadable": " ".join((error.strerror or str(error)).split())})
    except BaseException as error:  # libraries raise all kinds of errors, and panics of Rust are no Exception
        _say({"failed": shorten(" ".join(f"{type(error).__name__}: {error}".split()))})


def _allow(memory: int, seconds: int) -> None:
    """Let the process compute for so many seconds more, or wait for many more; then the system ends it."""
    signal.alarm(PATIENCE * seconds)
    limit(memory, math.ceil(time.process_time()) + seconds)


def _collect(table: Table, path: Path) -> Iterator[list[Any]]:
    """The rows as plain data, some at a time."""
    rows, characters, left = list[Any](), 0, TIMES_ITS_SIZE * path.stat().st_size + SPARE_CHARACTERS
    for row in map(_bound, table.rows()):
        size = sum(len(cell or "") for cell in row.cells.values())
        rows.append(_to_plain(row, table.names))
        characters, left = characters + size, left - size
        if left < 0:
            raise AttributionError(
                f"{path.name} unpacks to more than {TIMES_ITS_SIZE} times its size, unlike any file of texts."
            )
        if len(rows) == _ROWS or characters > _CHARACTERS:
            yield rows
            rows, characters = [], 0
    if rows:
        yield rows


def _bound(row: Row) -> Row:
    """The row, or in place of one that is too long the reason why it is not read."""
    lengths = [len(cell or "") for cell in row.cells.values()]
    for length, most, what in ((max(lengths, default=0), LONGEST_CELL, "cell"), (sum(lengths), LONGEST_ROW, "row")):
        if length > most:
            return Row(error=f"A {what} of {length:,} characters: at most {most:,} are read.", line=row.line)
    return row


def _to_plain(row: Row, names: Sequence[str]) -> list[Any]:
    """A row as its cells, why it cannot be read, its lines and the first of them; cells by their places if few."""
    if len(row.cells) == len(names):
        return [[row.cells[name] for name in names], row.error, row.lines, row.line]
    places = {place: row.cells[name] for place, name in enumerate(names) if name in row.cells} if row.cells else {}
    return [places, row.error, row.lines, row.line]


def _say(what: dict[str, Any]) -> None:
    said = memoryview(json.dumps(what, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    left = signal.alarm(0)  # whoever asked may take long before the next rows are wanted
    while said:
        said = said[os.write(1, said) :]
    signal.alarm(left)


if __name__ == "__main__":
    main(*sys.argv[1:])
