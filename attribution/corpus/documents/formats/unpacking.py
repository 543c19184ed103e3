"""Files that are unpacked as they are read, up to a limit."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

from ....errors import AttributionError

PACKED = (".gz", ".zst")
"""Endings of the names of files that are unpacked as they are read."""

_TIMES, _SPARE = 200, 256 * 2**20
"""A file may unpack to so many times its size and some more: texts compress to a tenth, zip bombs to a thousandth."""

_PIECE, _FEW_PARTS, _SMALLEST_PART = 2**16, 1000, 4096
"""Bytes of a .gz that are read at a time; how many parts it may be made of, and one more for so many bytes of text."""


def open_bytes(path: Path) -> io.BufferedReader:
    """A file, unpacked where its name ends in one of `PACKED`."""
    ending = path.suffix.lower()
    if ending not in PACKED:
        return path.open("rb")
    unpacking = (_Inflated if ending == ".gz" else _Zstandard)(path.open("rb"))
    return io.BufferedReader(_Bounded(unpacking, ending, path.stat().st_size))


class _Bounded(io.RawIOBase):
    """A file that is unpacked as it is read, up to a limit; damage is reported as an `AttributionError`."""

    def __init__(self, unpacking: _Inflated | _Zstandard, ending: str, size: int) -> None:
        super().__init__()
        self._unpacking, self._ending = unpacking, ending
        self._unpacked, self._most = 0, _TIMES * size + _SPARE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        room = cast(memoryview, buffer)
        try:
            content = self._unpacking.read(len(room))
        except (EOFError, OSError, zlib.error) as error:
            raise AttributionError(f"The {self._ending} cannot be unpacked: {str(error).rstrip('.')}.") from error
        self._unpacked += len(content)
        if self._unpacked > self._most:
            raise AttributionError(
                f"The {self._ending} unpacks to more than {_TIMES} times its size, unlike any file of texts."
            )
        room[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._unpacking.close()
        super().close()


class _Zstandard:
    """A .zst, unpacked by Arrow: several frames as well, and what is cut short is an error."""

    def __init__(self, packed: BinaryIO) -> None:
        import pyarrow as pa

        self._packed = packed
        self._unpacking = pa.CompressedInputStream(packed, "zstd")

    def read(self, most: int) -> bytes:
        """At least one byte, at most so many; none at the end."""
        return bytes(self._unpacking.read(most))

    def close(self) -> None:
        self._unpacking.close()
        self._packed.close()


class _Inflated:
    """A .gz. Python's own `gzip` takes its time for each of the parts it may be made of, however little is in them."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._waiting, self._unpacked, self._parts = b"", 0, 0
        self._inflating: Any = None

    def read(self, most: int) -> bytes:
        """At least one byte, at most so many; none at the end."""
        while self._inflating is not None or self._begin():
            content: bytes = self._inflating.decompress(self._waiting, most)
            self._waiting = self._inflating.unconsumed_tail or self._inflating.unused_data
            if self._inflating.eof:
                self._inflating = None
            elif not content and not self._waiting:
                self._waiting = self._packed.read(_PIECE)
                if not self._waiting:
                    raise EOFError("it ends before all of it is there")
            if content:
                self._unpacked += len(content)
                return content
        return b""

    def _begin(self) -> bool:
        """Begin the next of its parts, if there is one; zeros may stand between them."""
        while not (waiting := self._waiting.lstrip(b"\0") if self._parts else self._waiting):
            self._waiting = self._packed.read(_PIECE)
            if not self._waiting:
                return False
        self._waiting, self._parts = waiting, self._parts + 1
        if self._parts > _FEW_PARTS + self._unpacked // _SMALLEST_PART:
            raise AttributionError(f"The .gz is made of more than {self._parts - 1:,} parts that hold next to nothing.")
        self._inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return True

    def close(self) -> None:
        self._packed.close()
