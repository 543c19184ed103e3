"""Writes zip archives that no honest program writes."""

from __future__ import annotations

import struct
import zlib


class Forger:
    """Writes an archive by hand: headers say whatever they are told to say."""

    def __init__(self) -> None:
        self.body, self.list, self.count = bytearray(), bytearray(), 0

    def add(self, name: bytes, data: bytes, size: int | None = None, **said: int) -> int:
        """A member's header and data; returns where its header is."""
        offset = len(self.body)
        method, unpacked = said.get("method", 0), len(data) if size is None else size
        checksum = said.get("checksum", zlib.crc32(data))
        sizes = (checksum, len(data), unpacked)
        self.body += struct.pack("<4s5H3I2H", b"PK\3\4", 20, said.get("flags", 0), method, 0, 0, *sizes, len(name), 0)
        self.body += name + data
        self.enter(name, offset, len(data), unpacked, **{**said, "checksum": checksum})
        return offset

    def enter(self, name: bytes, offset: int, packed: int, unpacked: int, extra: bytes = b"", **said: int) -> None:
        """An entry of the list alone."""
        told = said.get("flags", 0), said.get("method", 0), 0, 0, said.get("checksum", 0), packed, unpacked
        lengths = len(name), len(extra), 0, said.get("disk", 0), 0
        self.list += struct.pack("<4s2H4H3I5HII", b"PK\1\2", 20, 20, *told, *lengths, 0, offset) + name + extra
        self.count += 1

    def finish(self, *, disk: int = 0, count: int | None = None) -> bytes:
        count = (self.count if count is None else count) & 0xFFFF
        end = struct.pack("<4s4H2IH", b"PK\5\6", disk, disk, count, count, len(self.list), len(self.body), 0)
        return bytes(self.body + self.list + end)

    def finish64(self, **said: int) -> bytes:
        told = {"count": self.count, "size": len(self.list), "start": len(self.body), "disks": 1} | said
        place = said.get("place", len(self.body) + len(self.list))
        end = struct.pack(
            "<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, told["count"], told["count"], told["size"], told["start"]
        )
        end += struct.pack("<4sIQI", b"PK\6\7", 0, place, told["disks"])
        end += struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        return bytes(self.body + self.list) + end


def deflate(content: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(content) + packing.flush()
