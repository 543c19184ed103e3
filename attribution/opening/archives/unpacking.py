"""Reads one member of a zip archive piece by piece: no more in memory than is asked for, and no more than it claims."""

from __future__ import annotations

import io
import zlib
from io import BufferedIOBase
from typing import TYPE_CHECKING, cast

from ...errors import CheckpointError, UnsafeCheckpointError
from ...wording import shorten
from .directory import Entry

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STORED, DEFLATED = 0, 8

_CHUNK = 2**16


class Unpacked(io.RawIOBase):
    """The content of a member, which is stored or deflated, as a file.

    Raises, when it is read:
        UnsafeCheckpointError: it unpacks to more than it claims.
        CheckpointError: it is damaged, or unpacks to less.
    """

    def __init__(self, file: BufferedIOBase, entry: Entry, start: int) -> None:
        """`start` is the byte of the archive at which the member's bytes begin."""
        super().__init__()
        self._file, self._entry, self._start = file, entry, start
        self._at = self._taken = 0
        self._checksum: int | None = 0
        self._inflating = zlib.decompressobj(-zlib.MAX_WBITS)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is, though a place before the present one is found by unpacking again from the start."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; what is deflated is unpacked up to it."""
        bases = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._entry.unpacked}
        place = min(max(0, bases[whence] + offset), self._entry.unpacked)
        if self._entry.method == STORED:
            self._at, self._checksum = place, None if place else 0
            return place
        if place < self._at:
            self._restart()
        while self._at < place:
            self._take(min(_CHUNK, place - self._at))
        return place

    def tell(self) -> int:
        """The present place."""
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read the next piece; 0 at the end."""
        room = cast(memoryview, buffer)
        wanted = min(len(room), self._entry.unpacked - self._at)
        if not wanted:
            return 0
        piece = self._take(wanted)
        room[: len(piece)] = piece
        return len(piece)

    def _restart(self) -> None:
        self._at = self._taken = self._checksum = 0
        self._inflating = zlib.decompressobj(-zlib.MAX_WBITS)

    def _take(self, most: int) -> bytes:
        """At least one byte more, and at most so many."""
        piece = self._read(self._at, most) if self._entry.method == STORED else self._inflate(most)
        if not piece:
            raise self._damaged()
        self._at += len(piece)
        if self._checksum is not None:  # not known any more if a part was skipped
            self._checksum = zlib.crc32(piece, self._checksum)
        if self._at == self._entry.unpacked:
            self._finish()
        return piece

    def _finish(self) -> None:
        if self._entry.method == DEFLATED and self._inflate(1):
            raise UnsafeCheckpointError(f"{shorten(self._entry.name)} unpacks to more than the zip archive says.")
        if self._checksum not in (None, self._entry.checksum):
            raise self._damaged()

    def _inflate(self, most: int) -> bytes:
        while not self._inflating.eof:
            packed = self._inflating.unconsumed_tail or self._next_packed()
            try:
                piece = self._inflating.decompress(packed, most)
            except zlib.error as error:
                raise self._damaged() from error
            if piece:
                return piece
            if not packed:
                raise self._damaged()
        return b""

    def _next_packed(self) -> bytes:
        packed = self._read(self._taken, min(_CHUNK, self._entry.packed - self._taken))
        self._taken += len(packed)
        return packed

    def _read(self, place: int, count: int) -> bytes:
        self._file.seek(self._start + place)
        return self._file.read(count)

    def _damaged(self) -> CheckpointError:
        return CheckpointError(f"{shorten(self._entry.name)} in the zip archive is damaged.")
