"""Zip archives of strangers: the one place where their members are listed and unpacked."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

from ...errors import CheckpointError, UnsafeCheckpointError
from ...wording import shorten
from .directory import EMPTY, LOCAL, Entry, IncompleteError, find_starts, read_directory
from .unpacking import DEFLATED, STORED, Unpacked

_MOST_TIMES = 16
_SPARE_BYTES = 16 * 2**20
_METHODS = {9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}


@dataclass(frozen=True, slots=True)
class Member:
    """A member, and the byte at which its content begins."""

    entry: Entry
    start: int


class Archive:
    """An archive whose list was checked; what it holds is checked when it is opened, each member for itself.

    Attributes:
        sizes: name -> bytes that it claims to unpack to.
    """

    def __init__(self, file: BufferedIOBase, members: Mapping[str, Member]) -> None:
        self._file, self._members = file, members
        self.sizes: Mapping[str, int] = {name: member.entry.unpacked for name, member in members.items()}

    def open(self, name: str) -> BufferedIOBase:
        """A member as a file, which is unpacked as it is read, to the size that it claims and not a byte further.

        Raises:
            UnsafeCheckpointError: a link, or a size that its packed bytes do not account for.
            CheckpointError: it is encrypted, or compressed otherwise than by deflate.
        """
        member = self._members[name]
        _check_member(member.entry)
        return io.BufferedReader(Unpacked(self._file, member.entry, member.start))

    def read(self, name: str, limit: int) -> bytes:
        """A small member as a whole.

        Raises:
            UnsafeCheckpointError: it claims more than `limit` bytes, or as `open` raises it.
            CheckpointError: as `open` raises it, or it is damaged.
        """
        if self.sizes[name] > limit:
            raise UnsafeCheckpointError(f"{shorten(name)} in the zip archive is larger than {limit >> 20} MB.")
        with self.open(name) as file:
            return file.read()


@contextmanager
def open_archive(source: Path | BufferedIOBase) -> Iterator[Archive]:
    """A zip archive, given as its path or as an open file, which stays open.

    Raises:
        UnsafeCheckpointError: more members than any model has, two of one name, or some that overlap.
        CheckpointError: no archive, a damaged one, or one of several parts.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield _open(file)
    else:
        yield _open(source)


def is_archive(path: Path) -> bool:
    """Whether a file begins as a zip archive does."""
    with path.open("rb") as file:
        return file.read(len(LOCAL)) in (LOCAL, EMPTY)


def list_names(path: Path) -> list[str]:
    """The names of the members of an archive, without looking at them; errors as those of `open_archive`."""
    with path.open("rb") as file, _reported():
        return [entry.name for entry in read_directory(file, file.seek(0, io.SEEK_END)).entries]


def _open(file: BufferedIOBase) -> Archive:
    with _reported():
        directory = read_directory(file, file.seek(0, io.SEEK_END))
        starts = find_starts(file, directory)
    placed = zip(directory.entries, starts, strict=True)
    return Archive(file, {entry.name: Member(entry, start) for entry, start in placed})


@contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except IncompleteError as error:
        raise CheckpointError(
            f"The zip archive is damaged, or packed in a way that Whylight does not know: {error}."
        ) from error


def _check_member(entry: Entry) -> None:
    name = shorten(entry.name)
    if stat.S_ISLNK(entry.attributes >> 16):
        raise UnsafeCheckpointError(f"{name} is a link in the zip archive. Zip the model's files themselves.")
    if entry.encrypted:
        raise CheckpointError("The zip archive is encrypted. Give one that is not.")
    if entry.method not in (STORED, DEFLATED):
        how = _METHODS.get(entry.method, f"method {entry.method}")
        raise CheckpointError(
            f"{name} in the zip archive is compressed by {how}, which can take up all memory. Zip it with deflate, "
            "the usual way, or without compression."
        )
    if entry.method == STORED and entry.packed != entry.unpacked:
        raise UnsafeCheckpointError(f"{name} in the zip archive claims two different sizes.")
    if entry.unpacked > _MOST_TIMES * entry.packed + _SPARE_BYTES:
        raise UnsafeCheckpointError(f"{name} claims to unpack to {entry.unpacked >> 20} MB from far less.")
