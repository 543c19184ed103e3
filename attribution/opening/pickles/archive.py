"""Finds the members of a zip archive as torch writes it: stored uncompressed, each under a name of its own.

Readers of zip archives disagree on anything unusual, so what a checker finds harmless can be a program to another
reader. So nothing unusual is accepted: there is one list of members, at the very end of the file, and no compression.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import NamedTuple

from ...errors import CheckpointError, UnsafeCheckpointError
from ...wording import shorten

_END, _END64, _PLACE64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_ENTRY, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
_MOST_BYTES = 8 * 2**20  # of the list of members
_ENCRYPTED = 1  # the bit of the flags
_UNKNOWN = 0xFFFFFFFF  # in place of a size that does not fit into 32 bits
_NAMED = 5  # members that an error lists
_OF_TRAINING = {"optimizer.pt", "scheduler.pt"}


@dataclass(frozen=True, slots=True)
class Member:
    """Where the bytes of a member are: from `start`, `size` of them."""

    name: str
    start: int
    size: int


class _Entry(NamedTuple):
    """A member's entry in the central directory; `offset` is that of its local header."""

    name: str
    flags: int
    method: int
    unpacked: int
    packed: int
    offset: int


def list_members(file: BufferedReader, length: int) -> dict[str, Member]:
    """The members of an archive of `length` bytes, by name.

    Raises:
        UnsafeCheckpointError: a TorchScript program, duplicate names, encryption, compression, or members that
            overlap.
        CheckpointError: it is no archive, only a part of one, or one of other files.
    """
    try:
        entries = list(_read_entries(file, length))
        _check_kind([entry.name for entry in entries])
        for entry in entries:
            _check_entry(entry)
        members = {entry.name: _place(file, entry, length) for entry in entries}
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise _incomplete() from error
    if len(members) < len(entries):
        raise UnsafeCheckpointError("The file is a zip archive that holds two members of one name.")
    if sum(member.size for member in members.values()) > length:
        raise UnsafeCheckpointError("The file is a zip archive whose members overlap.")
    return members


def _read_entries(file: BufferedReader, length: int) -> Iterator[_Entry]:
    size, offset = _find_directory(file, length)
    if size > _MOST_BYTES:
        raise UnsafeCheckpointError("The file is a zip archive of more members than any checkpoint has.")
    file.seek(offset)
    directory, at = file.read(size), 0
    while at < len(directory):
        if directory[at : at + 4] != _ENTRY:
            raise _incomplete()
        flags, method, packed, unpacked, *lengths = struct.unpack_from("<HHxxxxxxxxIIHHH", directory, at + 8)
        (start,) = struct.unpack_from("<I", directory, at + 42)
        name_end = at + 46 + lengths[0]
        name = directory[at + 46 : name_end].decode("utf-8")
        sizes = _widen(directory[name_end : name_end + lengths[1]], unpacked, packed, start)
        yield _Entry(name, flags, method, *sizes)
        at = name_end + lengths[1] + lengths[2]


def _check_kind(names: list[str]) -> None:
    """Check that torch wrote an archive, before complaining about how it is packed."""
    if any(name.endswith("/data.pkl") for name in names):
        return
    if inside := sorted(filter(_is_checkpoint, names), key=len):
        listed = ", ".join(shorten(name, 60) for name in inside[:_NAMED])
        raise CheckpointError(f"The file is a zip archive that holds {listed}. Unzip it, and give that file alone.")
    raise CheckpointError(
        "The file is a zip archive, but it holds no data.pkl, as a checkpoint does, and no config.json, as a "
        "Hugging Face model does."
    )


def _is_checkpoint(name: str) -> bool:
    """Whether a zipped file may be what Flair's save() wrote, and not a copy of its metadata that macOS adds."""
    file = name.rpartition("/")[2]
    return file.endswith(".pt") and not file.startswith("._") and file not in _OF_TRAINING


def _check_entry(entry: _Entry) -> None:
    name = entry.name
    if name.endswith("/constants.pkl") or "/code/" in f"/{name}":
        raise UnsafeCheckpointError("The file is a TorchScript program, and nothing in a file is run.")
    if entry.flags & _ENCRYPTED or entry.method:
        how = "encrypted" if entry.flags & _ENCRYPTED else "compressed"
        raise UnsafeCheckpointError(f"The file's part {shorten(name)!r} is {how}, and torch never writes such parts.")
    if entry.unpacked != entry.packed:
        raise UnsafeCheckpointError(f"The file's part {shorten(name)!r} claims two different sizes.")


def _find_directory(file: BufferedReader, length: int) -> tuple[int, int]:
    """(size, offset) of the central directory, from the record at the very end of the file."""
    if length < 22:
        raise _incomplete()
    file.seek(length - 22)
    size, offset, comment = struct.unpack("<4sxxxxxxxxIIH", end := file.read(22))[1:]
    if end[:4] != _END or comment:
        raise _incomplete()
    if length >= 42:
        file.seek(length - 42)
        mark, place = struct.unpack("<4sxxxxQxxxx", file.read(20))
        if mark == _PLACE64 and place <= length - 56:
            file.seek(place)
            mark, size, offset = struct.unpack("<4s36xQQ", file.read(56))
            if mark != _END64:
                raise _incomplete()
    if offset + size > length:
        raise _incomplete()
    return size, offset


def _widen(extra: bytes, *sizes: int) -> list[int]:
    """The sizes and the offset of an entry; those that do not fit into 32 bits are read from its 64-bit field."""
    widened = list(sizes)
    at = 0
    while at + 4 <= len(extra):
        kind, count = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            places = [index for index, size in enumerate(sizes) if size == _UNKNOWN]
            values = struct.unpack_from(f"<{len(places)}Q", extra[: at + 4 + count], at + 4)
            for index, value in zip(places, values, strict=True):
                widened[index] = value
        at += 4 + count
    return widened


def _place(file: BufferedReader, entry: _Entry, length: int) -> Member:
    name, size = entry.name, entry.unpacked
    file.seek(entry.offset)
    header = file.read(30)
    mark, name_length, extra_length = struct.unpack("<4s22xHH", header)
    found = file.read(name_length).decode("utf-8")
    if mark != LOCAL or found != name:
        raise UnsafeCheckpointError(f"The file's part {shorten(name)!r} is not where the archive says.")
    start = entry.offset + 30 + name_length + extra_length
    if start + size > length:
        raise _incomplete()
    return Member(name, start, size)


def _incomplete() -> CheckpointError:
    return CheckpointError(
        "The file is not a checkpoint, or only a part of one. Upload the .pt file that Flair's save() wrote."
    )
