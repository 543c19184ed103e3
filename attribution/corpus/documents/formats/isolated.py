"""A file that is read in a process of its own: a hostile one takes down no more than that."""

from __future__ import annotations

import json
import signal
import subprocess
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any, cast

from ....errors import AttributionError
from ....processes import light
from ....processes.environment import keep_environment
from ..format import Format
from ..rows import Row
from .limits import LONGEST_ROW, PATIENCE, get_megabytes, get_seconds
from .unpacking import PACKED

_LONGEST_LINE = 12 * LONGEST_ROW
"""Bytes of what the process prints at once: a character takes six at most, and a row may be last of several."""

_TITLES = {"json": "JSON", "parquet": "a Parquet file", "excel": "an Excel file"}
_PROCESS = f"{__package__}.reader_process"
_ENVIRONMENT = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
"""Memory that is set aside in advance, for threads that are not used, would count as taken."""


class IsolatedTable:
    """A table whose file is read by another process."""

    def __init__(self, what: str, path: Path, chosen: Format) -> None:
        """`what`: "json", "parquet" or "excel"."""
        with path.open("rb"):
            pass  # if it cannot be opened, this raises the reason
        self._what, self._path, self._chosen = what, path, chosen
        self._reader: _Reader | None = _Reader(what, path, chosen)
        said = self._reader.ask()
        self.names: Sequence[str] = said["names"]
        self.kind: str = said["kind"]
        self.format = Format.from_dict(said["format"])

    def rows(self) -> Iterator[Row]:
        """All rows.

        Raises:
            AttributionError: reading goes beyond a limit, or fails.
        """
        reader, self._reader = self._reader, None
        if reader is None:
            reader = _Reader(self._what, self._path, self._chosen)
            reader.ask()
        with closing(reader):
            while "ended" not in (said := reader.ask()):
                yield from (self._to_row(*one) for one in said["rows"])

    def _to_row(self, cells: Any, error: str | None, lines: int, line: int) -> Row:
        if isinstance(cells, list):
            return Row(dict(zip(self.names, cells, strict=True)), error, lines, line)
        return Row({self.names[int(place)]: cell for place, cell in cells.items()}, error, lines, line)


class _Reader:
    """The process; it ends when this is closed or forgotten."""

    def __init__(self, what: str, path: Path, chosen: Format) -> None:
        size, packed = path.stat().st_size, path.suffix.lower() in PACKED
        self._name, self._what = path.name, what
        self._megabytes, self._seconds = get_megabytes(size, packed=packed), get_seconds(size, packed=packed)
        asked = what, path.resolve(), json.dumps(chosen.to_dict()), self._megabytes, self._seconds
        self._process = subprocess.Popen(  # noqa: S603
            light.make_command(_PROCESS, *asked),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**keep_environment(), **_ENVIRONMENT},
        )
        self._out = cast(IO[bytes], self._process.stdout)
        self.close = weakref.finalize(self, _end, self._process)

    def ask(self) -> dict[str, Any]:
        """What the process says next.

        Raises:
            AttributionError: that it has failed, or it has ended.
        """
        line = self._out.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            self._process.kill()
            raise AttributionError(self._say_failure(self._say_end(self._process.wait())))
        said: dict[str, Any] = json.loads(line.decode("utf-8", "surrogatepass"))
        if "refused" in said:
            raise AttributionError(said["refused"])
        if "unreadable" in said:
            raise AttributionError(f"{self._name} cannot be read: {said['unreadable']}.")
        if "exceeded" in said:
            raise AttributionError(self._say_failure(self._say_memory()))
        if "failed" in said:
            raise AttributionError(self._say_failure(said["failed"]))
        return said

    def _say_failure(self, reason: str) -> str:
        return f"{self._name} cannot be read as {_TITLES[self._what]}: {reason}. Save it as CSV."

    def _say_memory(self) -> str:
        return f"it takes more than {self._megabytes:,} MB of memory, the limit for a file of its size"

    def _say_end(self, code: int) -> str:
        if code == light.OUT_OF_TIME:
            return f"it takes more than {self._seconds} seconds of computing, the limit for a file of its size"
        if code == -signal.SIGALRM:
            return f"it takes more than {PATIENCE * self._seconds} seconds, the limit for a file of its size"
        return f"it makes its reader crash, or {self._say_memory().removeprefix('it ')}"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    cast(IO[bytes], process.stdout).close()
    process.wait()
