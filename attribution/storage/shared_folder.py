"""A folder that several processes write into: each file appears in full or not at all, and none stays half-written."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path

from ..errors import AttributionError, StoreFullError
from ..files import partial_file

_FULL, _CLOSED = {errno.ENOSPC, errno.EDQUOT}, {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def reported() -> Iterator[None]:
    """Turn an error of writing into a sentence for readers."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFullError("The disk of this server is full. Delete models that nobody needs.") from error
        if error.errno in _CLOSED:
            raise AttributionError(f"The folder of models cannot be written: {error.strerror}.") from error
        raise


class SharedFolder:
    """A folder with a lock; a process also locks the file that it writes, and a killed process holds no lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process and thread in at a time; a killed process releases the lock."""
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def write(self) -> Iterator[tuple[Path, BufferedWriter]]:
        """A file to write, removed after the block unless it was renamed; locked, so that `clean` leaves it alone."""
        with partial_file(self._folder) as partial:
            with self.locked():
                copy = partial.open("xb")
                fcntl.flock(copy, fcntl.LOCK_EX)
            with copy:
                yield partial, copy

    def clean(self) -> None:
        """Remove what killed processes left half-written; to be called with the folder locked."""
        for partial in self._folder.glob(".*.part"):
            if _is_abandoned(partial):
                partial.unlink(missing_ok=True)


def _is_abandoned(partial: Path) -> bool:
    try:
        with partial.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return False
    return True
