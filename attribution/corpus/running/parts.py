"""The parts of a run: pairs of Parquet files, each written completely or not at all."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq

from ...errors import AttributionError
from ...files import written_whole
from .results import Results, join

# A part is written at the first of these limits, so that memory stays bounded and a killed run loses little.
_MOST_DOCUMENTS = 1000
_MOST_WORDS = 500_000
_MOST_SECONDS = 30.0
_LOCK = ".lock"


class Parts:
    """Writes a run's results in parts. A part is complete once its documents file exists: words are written first.

    Attributes:
        numbers: the documents in complete parts.
        done: how many there are.
        failed: how many of them could not be explained.
    """

    def __init__(self, folder: Path) -> None:
        """Count what a folder already holds, and remove what a killed run left half-written."""
        self._folder = folder
        self.numbers = Numbers()
        self._waiting: list[Results] = []
        self._since = time.monotonic()
        self.done = self.failed = 0
        for kind in ("words", "documents"):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            for partial in (folder / kind).glob(".*.part"):
                partial.unlink()
        for path in sorted((folder / "documents").glob("part-*.parquet")):
            self._count(pq.read_table(path, columns=["number", "error"]))
        for words in sorted((folder / "words").glob("part-*.parquet")):
            if not (folder / "documents" / words.name).exists():
                words.unlink()
        self._next = 1 + max(
            (int(path.stem.removeprefix("part-")) for path in (folder / "documents").glob("part-*.parquet")), default=-1
        )

    def add(self, results: Results) -> bool:
        """Add results; returns whether a part was written."""
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(results)
        documents = sum(map(len, self._waiting))
        words = sum(one.words.num_rows for one in self._waiting)
        late = time.monotonic() - self._since > _MOST_SECONDS
        if documents >= _MOST_DOCUMENTS or words >= _MOST_WORDS or late:
            self.flush()
            return True
        return False

    def flush(self) -> None:
        """Write the pending results as one part."""
        if not self._waiting:
            return
        whole, name = join(self._waiting), f"part-{self._next:06d}.parquet"
        _write(whole.words, self._folder / "words" / name)
        _write(whole.documents, self._folder / "documents" / name)
        self._next += 1
        self._waiting = []
        self._count(whole.documents)

    def _count(self, documents: pa.Table) -> None:
        self.done += documents.num_rows
        self.failed += documents.num_rows - documents["error"].null_count
        for number in documents["number"].to_pylist():
            self.numbers.add(number)


class Numbers:
    """A set of row numbers, one bit each."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def __contains__(self, number: object) -> bool:
        place, bit = divmod(cast(int, number), 8)
        return place < len(self._bits) and bool(self._bits[place] >> bit & 1)

    def add(self, number: int) -> None:
        """Add a number."""
        place, bit = divmod(number, 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        self._bits[place] |= 1 << bit


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a run's folder against other processes; a killed process releases the lock.

    Raises:
        AttributionError: another process writes there, or the folder is not writable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _LOCK).open("w")
    except OSError as error:
        raise AttributionError(f"{folder} cannot be written: {error.strerror}.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AttributionError(
                f"Another process writes to {folder}. Wait for it, or choose another folder."
            ) from error
        yield


def _write(table: pa.Table, path: Path) -> None:
    with written_whole(path) as partial:
        pq.write_table(table, partial, compression="zstd")
