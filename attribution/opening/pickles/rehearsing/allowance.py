"""The memory and the time that a rehearsal is allowed: fixed amounts, and what each large array in the pickle takes.

It needs only the standard library, so that the worker process of `rehearse` starts quickly.
"""

from __future__ import annotations

from io import BufferedReader

from ....processes.light import limit
from .limits import BYTES_PER_SECOND, MEGABYTES, MOST_ARRAYS, SECONDS, SMALLEST_ARRAY

_OPCODES = {5: b"B", 9: b"\x8e"}  # BINBYTES and BINBYTES8, by the length of the opcode with its argument
_SPARE = 2**20


class Exact:
    """A file that is never read ahead: after a failure it stands behind the last opcode that was read."""

    def __init__(self, file: BufferedReader) -> None:
        self.read, self.readinto, self.readline = file.read, file.readinto, file.readline


class Allowance:
    """What this process may take, `megabytes` of memory among it."""

    def __init__(self) -> None:
        self._bytes, self._seconds, self._left = MEGABYTES << 20, SECONDS, MOST_ARRAYS
        limit(self._bytes, self._seconds)

    @property
    def megabytes(self) -> int:
        """Of memory."""
        return self._bytes >> 20

    def grow(self, file: BufferedReader, end: int) -> bool:
        """Allow for the array of bytes that the file stands before, where there was no memory for it.

        `end` is where the pickle ends.

        Returns:
            Whether there is one: if so, it is worth another try.
        """
        count, left = _find_array(file), end - file.tell()
        if not SMALLEST_ARRAY <= count <= left or not self._left:
            return False
        self._bytes += count + _SPARE
        self._seconds += 1 + count // BYTES_PER_SECOND
        self._left -= 1
        limit(self._bytes, self._seconds)
        return True


def _find_array(file: BufferedReader) -> int:
    """How many bytes the opcode before the file's position says that follow; 0 if it is another."""
    end = file.tell()
    for length, opcode in _OPCODES.items():
        file.seek(max(0, end - length))
        said = file.read(length)
        if said[:1] == opcode and len(said) == length:
            return int.from_bytes(said[1:], "little")
    return 0
