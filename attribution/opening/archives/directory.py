"""Reads the list of a zip archive's members, and finds where each of them begins.

Readers of zip archives disagree on anything unusual, so what a checker finds harmless can be something else to another
reader. So nothing unusual is accepted: there is one list, at the very end of a file in one piece; no name stands in it
twice, each member is where the list says, and no two share a byte.
The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from itertools import pairwise

from ...errors import CheckpointError, UnsafeCheckpointError
from ...wording import shorten

LOCAL, EMPTY = b"PK\x03\x04", b"PK\x05\x06"
"""How an archive begins: with its first member, or with the end of an empty list."""

_END, _END64, _PLACE64, _ENTRY = EMPTY, b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
_END_SIZE, _END64_SIZE, _PLACE64_SIZE, _LOCAL_SIZE, _ENTRY_SIZE = 22, 56, 20, 30, 46
_LONGEST_COMMENT = 2**16 - 1
_MOST_MEMBERS, _MOST_BYTES = 10_000, 8 * 2**20
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 1, 8, 2**11  # bits of the flags
_UNKNOWN, _UNKNOWN_COUNT = 2**32 - 1, 2**16 - 1  # in place of what does not fit, which then stands in a 64-bit field


class IncompleteError(ValueError):
    """These bytes are no zip archive, or only a part of one, or one that is not as the format says."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the list says of a member.

    Attributes:
        name: its name; `raw` are the bytes of it.
        flags: of which the first says that it is encrypted.
        method: how it is compressed; 0 if it is not.
        checksum: the CRC-32 of its content.
        packed: bytes that it takes in the archive.
        unpacked: bytes of its content.
        offset: where its local header begins, which comes before its bytes.
        attributes: what the system that packed it says of the file.
    """

    name: str
    raw: bytes
    flags: int
    method: int
    checksum: int
    packed: int
    unpacked: int
    offset: int
    attributes: int

    @property
    def encrypted(self) -> bool:
        """Whether a password is needed to read it."""
        return bool(self.flags & _ENCRYPTED)


@dataclass(frozen=True, slots=True)
class Directory:
    """The list of members, which begins at `start`; `commented` says that a text stands behind it."""

    entries: tuple[Entry, ...]
    start: int
    commented: bool


def read_directory(file: BufferedIOBase, length: int) -> Directory:
    """The list in an archive of `length` bytes.

    Raises:
        UnsafeCheckpointError: more members than any model has, or one name for two of them.
        CheckpointError: only one of several parts of an archive.
        IncompleteError: it is no archive, or damaged.
    """
    try:
        start, size, count, commented = _find_list(file, length)
        if size > _MOST_BYTES or count > _MOST_MEMBERS:
            raise UnsafeCheckpointError(
                f"The file is a zip archive of more members than any model has: over {_MOST_MEMBERS}."
            )
        file.seek(start)
        entries = tuple(_read_entries(file.read(size), count))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise IncompleteError("its list of members is damaged") from error
    _check_names(entries)
    return Directory(entries, start, commented)


def find_starts(file: BufferedIOBase, directory: Directory) -> list[int]:
    """Where the bytes of each member begin, behind its local header.

    Raises:
        UnsafeCheckpointError: a member is not where the list says, or shares bytes with another one.
        IncompleteError: the archive is damaged.
    """
    starts = [_find_start(file, entry, directory.start) for entry in directory.entries]
    _check_apart(zip(directory.entries, starts, strict=True), directory.start)
    return starts


def _find_list(file: BufferedIOBase, length: int) -> tuple[int, int, int, bool]:
    """Where the list begins, its size, its count of members, and whether a comment stands behind it."""
    at, end = _find_end(file, length)
    disk, disk_of_list, here, count, size, start, comment = struct.unpack("<4xHHHHIIH", end)
    ends = at
    if at >= _PLACE64_SIZE:
        mark, disk64, place, disks = struct.unpack("<4sIQI", _read_at(file, at - _PLACE64_SIZE, _PLACE64_SIZE))
        if mark == _PLACE64:
            if disk64 or disks > 1:
                raise _several_parts()
            if place > at - _PLACE64_SIZE - _END64_SIZE:
                raise IncompleteError("its end is not where it says")
            short, ends = (here, count, size, start), place
            mark, disk, disk_of_list, here, count, size, start = struct.unpack(
                "<4s12xIIQQQQ", _read_at(file, place, _END64_SIZE)
            )
            _check_end64(mark, short, (here, count, size, start))
    if disk or disk_of_list or here != count:
        raise _several_parts()
    if start + size != ends:
        raise IncompleteError("its list is not where it says")
    return start, size, count, comment > 0


def _find_end(file: BufferedIOBase, length: int) -> tuple[int, bytes]:
    """The record at the very end, and where it begins."""
    if length < _END_SIZE:
        raise IncompleteError("it is too short")
    begin = max(0, length - _END_SIZE - _LONGEST_COMMENT)
    tail = _read_at(file, begin, length - begin)
    found = tail.rfind(_END)
    end = tail[found : found + _END_SIZE] if found >= 0 else b""
    if len(end) < _END_SIZE or found + _END_SIZE + int.from_bytes(end[-2:], "little") != len(tail):
        raise IncompleteError("it has no end")
    return begin + found, end


def _check_end64(mark: bytes, short: tuple[int, ...], long: tuple[int, ...]) -> None:
    """Check that the two records at the end say the same, where the shorter one says anything."""
    most = (_UNKNOWN_COUNT, _UNKNOWN_COUNT, _UNKNOWN, _UNKNOWN)
    if mark != _END64 or any(one not in (other, limit) for one, other, limit in zip(short, long, most, strict=True)):
        raise IncompleteError("its end says two things")


def _read_entries(content: bytes, count: int) -> Iterator[Entry]:
    at = 0
    for _ in range(count):
        if content[at : at + 4] != _ENTRY:
            raise IncompleteError("its list is shorter than it says")
        flags, method, checksum, packed, unpacked, *lengths = struct.unpack_from("<HHxxxxIIIHHH", content, at + 8)
        disk, attributes, offset = struct.unpack_from("<HxxII", content, at + 34)
        name_end = at + _ENTRY_SIZE + lengths[0]
        raw = content[at + _ENTRY_SIZE : name_end]
        extra = content[name_end : name_end + lengths[1]]
        unpacked, packed, offset = _widen(extra, unpacked, packed, offset)
        if disk not in (0, _UNKNOWN_COUNT):
            raise _several_parts()
        yield Entry(_decode(raw, flags), raw, flags, method, checksum, packed, unpacked, offset, attributes)
        at = name_end + lengths[1] + lengths[2]
    if at != len(content):
        raise IncompleteError("its list is longer than it says")


def _decode(raw: bytes, flags: int) -> str:
    """The name of a member; where it is not said to be UTF-8, it may be in the oldest encoding of zip archives."""
    if b"\0" in raw:
        raise IncompleteError("a name ends in the middle")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        if flags & _UTF8:
            raise
        return raw.decode("cp437")


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


def _check_names(entries: Iterable[Entry]) -> None:
    known: set[str] = set()
    for entry in entries:
        if entry.name in known:
            raise UnsafeCheckpointError(
                f"The file is a zip archive that holds two members of one name: {shorten(entry.name)} stands there "
                "twice, and no honest archive holds a file twice."
            )
        known.add(entry.name)


def _find_start(file: BufferedIOBase, entry: Entry, end: int) -> int:
    if entry.offset + _LOCAL_SIZE > end:
        raise IncompleteError("a member lies outside of it")
    header = _read_at(file, entry.offset, _LOCAL_SIZE)
    mark, flags, method, packed, unpacked, *lengths = struct.unpack("<4sxxHHxxxxxxxxIIHH", header)
    same_sizes = flags & _SIZES_FOLLOW or all(
        one in (other, _UNKNOWN) for one, other in ((packed, entry.packed), (unpacked, entry.unpacked))
    )
    same = method == entry.method and (flags ^ entry.flags) & _ENCRYPTED == 0 and same_sizes
    if mark != LOCAL or not same or _read_at(file, entry.offset + _LOCAL_SIZE, lengths[0]) != entry.raw:
        raise UnsafeCheckpointError(f"The file's part {shorten(entry.name)!r} is not where the archive says.")
    return entry.offset + _LOCAL_SIZE + sum(map(int, lengths))


def _check_apart(placed: Iterable[tuple[Entry, int]], end: int) -> None:
    """Check that each member, with its header, ends before the next one begins, and the last before the list."""
    ranges = sorted((entry.offset, start + entry.packed) for entry, start in placed)
    if ranges and ranges[-1][1] > end:
        raise IncompleteError("a member is longer than it")
    if any(stops > begins for (_, stops), (begins, _) in pairwise(ranges)):
        raise UnsafeCheckpointError("The file is a zip archive whose members overlap: no honest one saves room so.")


def _read_at(file: BufferedIOBase, place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)


def _several_parts() -> CheckpointError:
    return CheckpointError("The zip archive is one of several parts. Join them, and give it in one piece.")
