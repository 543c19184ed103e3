"""Zip archives: honest ones give what Python's own zipfile gives, and hostile ones one sentence, at little cost."""

from __future__ import annotations

import bz2
import io
import lzma
import random
import stat
import struct
import time
import tracemalloc
import warnings
import zipfile
import zlib
from collections.abc import Callable

import pytest

from attribution import CheckpointError, UnsafeCheckpointError
from attribution.opening.archives import is_archive, list_names, open_archive
from tests.attribution.opening.archives.forger import Forger, deflate

TEXT = b"The bank raised its forecast. " * 5000


def write(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name may stand twice
        archive.comment = comment
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def read_all(content: bytes, limit: int = 2**30) -> dict[str, bytes]:
    with open_archive(io.BytesIO(content)) as archive:
        return {name: archive.read(name, limit) for name in archive.sizes}


def refuse(content: bytes, match: str, error: type[CheckpointError] = CheckpointError) -> None:
    """It is refused in one sentence, within two seconds of the processor and a hundred megabytes."""
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(error, match=match) as caught:
        read_all(content)
    assert time.process_time() - begun < 2
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


class TestHonest:
    @pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    @pytest.mark.parametrize("comment", [b"", b"packed by hand"])
    def test_it_gives_what_zipfile_gives(self, compression, comment):
        files = {
            "a.txt": TEXT,
            "folder/": b"",
            "folder/größe.json": b"{}",
            "empty": b"",
            "random": random.randbytes(9999),
        }
        assert read_all(write(files, compression, comment)) == files

    def test_one_with_nothing_in_it_is_one(self):
        assert read_all(write({})) == {}

    def test_one_that_was_written_into_a_pipe(self):
        """Then the sizes stand behind each member, and its header says none."""

        class Pipe(io.BytesIO):
            def seekable(self) -> bool:
                return False

            def seek(self, *_: int) -> int:
                raise OSError

        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a", TEXT)
            archive.writestr("b", b"b")
        assert read_all(pipe.getvalue()) == {"a": TEXT, "b": b"b"}

    def test_one_in_the_form_for_large_files(self):
        forger = Forger()
        forger.add(b"a", b"content")
        assert read_all(forger.finish64()) == {"a": b"content"}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive, archive.open("a", "w", force_zip64=True) as file:
            file.write(b"content")
        assert read_all(packed.getvalue()) == {"a": b"content"}

    @pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_any_place_of_a_member_can_be_read(self, compression):
        content = random.randbytes(300_000)
        with open_archive(io.BytesIO(write({"a": content, "b": TEXT}, compression))) as archive:
            with archive.open("a") as file, archive.open("b") as other:
                for place in (5, 200_000, 299_990, 7, 0, 131_072):
                    assert file.seek(place) == place
                    assert file.read(40) == content[place : place + 40]
                    assert other.read(30) == TEXT[:30]  # both are read from one file in turns
            with archive.open("a") as file:
                assert file.seek(-3, io.SEEK_END) == len(content) - 3
                assert file.read() == content[-3:]

    def test_names_are_listed_and_a_file_is_told_by_its_beginning(self, tmp_path):
        (tmp_path / "a.zip").write_bytes(write({"b/c": b"", "d": b""}))
        (tmp_path / "b.json").write_bytes(b"{}")
        assert list_names(tmp_path / "a.zip") == ["b/c", "d"]
        assert is_archive(tmp_path / "a.zip")
        assert not is_archive(tmp_path / "b.json")


class TestCompression:
    @pytest.mark.parametrize(
        ("method", "how", "pack"),
        [
            (12, "bzip2", bz2.compress),
            (14, "LZMA", lzma.compress),
            (9, "deflate64", deflate),
            (93, "Zstandard", bytes),
            (95, "XZ", lzma.compress),
            (77, "method 77", bytes),
        ],
    )
    def test_only_two_kinds_are_unpacked(self, method, how, pack: Callable[[bytes], bytes]):
        forger = Forger()
        forger.add(b"vocab.txt", pack(bytes(10**6)), 10**6, method=method)
        refuse(forger.finish(), f"compressed by {how}.*Zip it with deflate")

    @pytest.mark.parametrize("claimed", [0, 1, 100, 2**20, 2**24])
    def test_what_unpacks_to_more_than_it_claims_is_cut_there(self, claimed):
        forger = Forger()
        forger.add(b"a", deflate(bytes(2**29)), claimed, method=8)
        if not claimed:
            assert read_all(forger.finish()) == {"a": b""}
            return
        refuse(forger.finish(), "unpacks to more than the zip archive says", UnsafeCheckpointError)

    def test_what_unpacks_to_less_is_damaged(self):
        forger = Forger()
        forger.add(b"a", deflate(TEXT), len(TEXT) + 1, method=8)
        refuse(forger.finish(), "a in the zip archive is damaged")

    def test_a_claim_of_more_than_its_bytes_can_be(self):
        forger = Forger()
        forger.add(b"a", deflate(bytes(2**26)), 2**26, method=8)
        refuse(forger.finish(), "claims to unpack to 64 MB from far less", UnsafeCheckpointError)

    def test_what_is_larger_than_its_reader_allows(self):
        with (
            open_archive(io.BytesIO(write({"a": TEXT}))) as archive,
            pytest.raises(UnsafeCheckpointError, match="a in the zip archive is larger than 0 MB"),
        ):
            archive.read("a", 1000)

    def test_two_sizes_of_what_is_not_compressed(self):
        forger = Forger()
        forger.add(b"a", b"content", 100)
        refuse(forger.finish(), "claims two different sizes")

    def test_bytes_that_are_not_deflated(self):
        forger = Forger()
        forger.add(b"a", b"\xff" * 1000, 1000, method=8)
        refuse(forger.finish(), "a in the zip archive is damaged")

    @pytest.mark.parametrize("method", [0, 8])
    def test_a_checksum_that_is_wrong(self, method):
        forger = Forger()
        forger.add(b"a", deflate(TEXT) if method else TEXT, len(TEXT), method=method, checksum=1)
        refuse(forger.finish(), "a in the zip archive is damaged")

    def test_a_password(self):
        forger = Forger()
        forger.add(b"a", b"content", flags=1)
        refuse(forger.finish(), "encrypted")

    def test_a_link(self):
        link = zipfile.ZipInfo("config.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(link, "/etc/passwd")
        refuse(packed.getvalue(), "is a link")


class TestOverlaps:
    def test_members_that_share_their_bytes(self):
        """A bomb of one kernel: each entry of the list points at the same bytes."""
        forger = Forger()
        offset = forger.add(b"a", deflate(bytes(2**20)), 2**20, method=8)
        for number in range(999):
            forger.enter(b"a%d" % number, offset, 1000, 2**20, method=8)
        refuse(forger.finish(), "is not where the archive says", UnsafeCheckpointError)

    def test_members_that_are_quoted_by_those_before(self):
        """The bomb of David Fifield: the bytes of each member are a quotation of the next one's header, and its own."""
        kernel, forger = deflate(bytes(2**20)), Forger()
        names = [b"%04d" % number for number in range(500)]
        headers: list[bytes] = []
        rest, unpacked = kernel, 2**20
        for name in reversed(names):
            sizes = zlib.crc32(b""), len(rest), unpacked
            header = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, *sizes, len(name), 0) + name
            headers.append(header)
            quotation = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF)
            rest, unpacked = quotation + header + rest, unpacked + len(header)
        forger.body += b"".join(
            header + struct.pack("<BHH", 0, len(after), len(after) ^ 0xFFFF)
            for header, after in zip(reversed(headers), [*reversed(headers[:-1]), b""], strict=True)
        )
        forger.body = forger.body[:-5] + kernel
        place, left, unpacked = 0, len(kernel) + (len(headers[0]) + 5) * (len(names) - 1), 2**20
        unpacked += sum(map(len, headers[:-1]))
        for name, header in zip(names, reversed(headers), strict=True):
            forger.enter(name, place, left, unpacked, method=8)
            place += len(header) + 5
            left -= len(header) + 5
            unpacked -= len(header)
        refuse(forger.finish(), "members overlap", UnsafeCheckpointError)

    def test_a_member_inside_of_another(self):
        inner, forger = Forger(), Forger()
        inner.add(b"b", b"inner")
        forger.add(b"a", bytes(inner.body) + b"rest")
        forger.enter(b"b", 31, 5, 5)
        refuse(forger.finish(), "members overlap", UnsafeCheckpointError)

    def test_a_member_that_reaches_into_the_list(self):
        forger = Forger()
        forger.add(b"a", b"content")
        forger.list = bytearray()
        forger.enter(b"a", 0, 7, 7)
        content = bytearray(forger.body)
        content[18:26] = struct.pack("<II", 20, 20)
        forger.body, forger.list, forger.count = content, bytearray(), 0
        forger.enter(b"a", 0, 20, 20)
        refuse(forger.finish(), "a member is longer than it")

    def test_two_members_of_one_name(self):
        forger = Forger()
        forger.add(b"config.json", b"{}")
        forger.add(b"config.json", b"[]")
        refuse(forger.finish(), r"config\.json stands there twice", UnsafeCheckpointError)

    def test_a_name_in_two_encodings(self):
        forger = Forger()
        forger.add("ä".encode(), b"{}", flags=2**11)
        forger.add("ä".encode(), b"[]")
        refuse(forger.finish(), "stands there twice", UnsafeCheckpointError)

    @pytest.mark.parametrize("change", [{"name": b"b"}, {"method": 8}, {"flags": 1}, {"packed": 3}, {"offset": 2}])
    def test_a_header_that_says_something_else_than_the_list(self, change):
        forger = Forger()
        forger.add(b"a", b"content")
        forger.list, forger.count = bytearray(), 0
        told = {"name": b"a", "offset": 0, "packed": 7, "unpacked": 7} | change
        forger.enter(**told)
        refuse(forger.finish(), "not where the archive says", UnsafeCheckpointError)


class TestLists:
    def test_a_hundred_thousand_members(self):
        forger = Forger()
        for number in range(100_000):
            forger.add(b"%d" % number, b"")
        refuse(forger.finish64(), "more members than any model has", UnsafeCheckpointError)
        refuse(forger.finish(), "longer than it says|more members")

    def test_a_list_that_claims_any_size(self):
        forger = Forger()
        forger.add(b"a", b"content")
        for said in (
            {"count": 2**64 - 1},
            {"size": 2**63},
            {"start": 2**64 - 1},
            {"place": 2**64 - 1},
            {"start": 2**64 - 1, "size": 2**64 - 1},
            {"count": 0},
            {"count": 2},
        ):
            refuse(forger.finish64(**said), "more members than any model|is damaged")

    @pytest.mark.parametrize("offset", [2**32, 2**63, 2**64 - 1])
    @pytest.mark.parametrize("size", [7, 2**63, 2**64 - 1])
    def test_a_member_behind_all_numbers(self, offset, size):
        forger = Forger()
        forger.add(b"a", b"content")
        forger.list, forger.count = bytearray(), 0
        extra = struct.pack("<HHQQQ", 1, 24, size, size, offset)
        forger.enter(b"a", 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, extra)
        refuse(forger.finish(), "lies outside of it")

    @pytest.mark.parametrize(
        "extra", [b"", struct.pack("<HH", 1, 0), struct.pack("<HHQ", 1, 8, 7), b"\x01\x00\xff\xff"]
    )
    def test_a_size_that_stands_nowhere(self, extra):
        forger = Forger()
        forger.add(b"a", b"content")
        forger.list, forger.count = bytearray(), 0
        forger.enter(b"a", 0, 0xFFFFFFFF, 0xFFFFFFFF, extra)
        refuse(forger.finish(), "is damaged|not where the archive says")

    def test_one_of_several_parts(self):
        forger = Forger()
        forger.add(b"a", b"content")
        refuse(forger.finish(disk=1), "one of several parts")
        refuse(forger.finish64(disks=3), "one of several parts")
        forger.list, forger.count = bytearray(), 0
        forger.enter(b"a", 0, 7, 7, disk=2)
        refuse(forger.finish(), "one of several parts")

    @pytest.mark.parametrize(("name", "flags"), [(b"\xff\xfe", 2**11), (b"a\0b", 0)])
    def test_names_that_are_none(self, name, flags):
        forger = Forger()
        forger.add(name, b"content", flags=flags)
        refuse(forger.finish(), "is damaged")

    def test_bytes_before_or_behind_it(self):
        content = write({"a": TEXT})
        refuse(b"#!/bin/sh\n" + content, "is damaged")
        refuse(content + b"more", "is damaged")

    def test_an_archive_in_the_comment_of_another(self):
        inner, outer = write({"a": b"inner"}), write({"a": b"outer"})
        content = outer[:-2] + struct.pack("<H", len(inner)) + inner
        refuse(content, "is damaged")

    def test_every_part_of_one_and_every_byte_changed(self):
        """Whatever is damaged, it is a `CheckpointError`, or nobody can tell."""
        content = write({"a.txt": b"content of the first", "b.txt": bytes(200)}, comment=b"!")
        generator = random.Random(0)
        for place in range(len(content)):
            for changed in (content[:place], content[:place] + generator.randbytes(1) + content[place + 1 :]):
                try:
                    found = read_all(changed)
                except CheckpointError:
                    continue
                assert set(found.values()) <= {b"content of the first", bytes(200), b""}
