"""Which encoding a file is in: UTF-8 is known for certain, others are guessed by the letters that they would give."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from ...errors import AttributionError
from .format import ENCODINGS, name_encoding

_CHUNK = 2**20
_SAMPLE = 200_000
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, which it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SCRIPTS = (("a", "ɏ"), ("Ͱ", "Ͽ"), ("Ѐ", "ӿ"), ("֐", "׿"), ("؀", "ۿ"))  # Latin, Greek, Cyrillic, Hebrew, Arabic
_MOST_UNPACKED = 20 * 2**30
"""Bytes that a .gz may unpack to; more is no file of documents, but one that was made to fill a disk."""


def open_bytes(path: Path) -> io.BufferedReader:
    """A file, unpacked where its name ends in .gz."""
    if path.suffix.lower() == ".gz":
        return io.BufferedReader(_Unpacked(gzip.open(path)))
    return path.open("rb")


def open_text(path: Path, encoding: str) -> TextIO:
    """A file as text, with its own ends of lines; a byte that the encoding lacks comes as a lone surrogate.

    A line ends where the file's first one does: in most files a carriage return by itself is a character of a text.
    """
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    # The decoders of UTF-16 and UTF-32 cannot hold on to a single byte.
    errors = "replace" if codec.startswith(("utf-16", "utf-32")) else "surrogateescape"
    with io.TextIOWrapper(open_bytes(path), encoding=codec, errors=errors, newline="\n") as file:
        beginning = file.read(_CHUNK)
    end = "\r" if "\r" in beginning and "\n" not in beginning else "\n"
    return io.TextIOWrapper(open_bytes(path), encoding=codec, errors=errors, newline=end)


def find_encoding(file: BinaryIO) -> str:
    """The encoding of a file from where it stands, by the names of `ENCODINGS`.

    The whole file is looked at: UTF-8 is what no other encoding looks like, so a file that is UTF-8 in most of what is
    not plain ASCII is UTF-8. Of the rest chardet tells, from its first 200 kB of lines that are not plain ASCII.
    """
    whole = broken = 0
    sample = bytearray()
    first = True
    while chunk := file.read(_CHUNK) + file.readline(_CHUNK):
        if first:
            if marked := next((name for mark, name in _MARKS.items() if chunk.startswith(mark)), None):
                return marked
            if b"\0" in chunk[:_SAMPLE]:
                return guess_encoding(chunk[:_SAMPLE])
            first = False
        going_on, strange = _count_bytes(chunk)
        whole, broken = whole + going_on, broken + strange
        _collect(chunk, sample)
    if (whole > broken or not broken) and b"\x1b$" not in sample:  # ISO 2022 is written in bytes of ASCII alone
        return "utf-8"
    return guess_encoding(bytes(sample))


def find_encoding_of(path: Path) -> str:
    """The encoding of a file by its name, unpacked where it is a .gz."""
    with open_bytes(path) as file:
        return find_encoding(file)


def _count_bytes(content: bytes) -> tuple[int, int]:
    """How many bytes go on with a character of UTF-8, and how many beyond ASCII are none of it."""
    if content.isascii():
        return 0, 0
    text = content.decode("utf-8", "ignore")
    encoded = len(text.encode())
    return encoded - len(text), len(content) - encoded


def _collect(content: bytes, sample: bytearray) -> None:
    """Add the lines that tell of an encoding, up to what is looked at."""
    if len(sample) >= _SAMPLE or (content.isascii() and b"\x1b$" not in content):
        return
    for line in content.splitlines(keepends=True):
        if not line.isascii() or b"\x1b$" in line:
            sample += line[: _SAMPLE - len(sample)]


def guess_encoding(sample: bytes) -> str:
    """The encoding that makes most sense of some bytes; one that gives the same letters as Windows-1252 is called so.

    A candidate that mixes scripts within words is passed over: `città` of Windows-1252 is `cittа` in Windows-1251, and
    no language writes so.
    """
    import chardet

    candidates = chardet.detect_all(sample, ignore_threshold=True, prefer_superset=False, compat_names=False)
    names = [name_encoding(one["encoding"]) for one in candidates if one["encoding"]]
    known = [name for name in dict.fromkeys(names) if name in ENCODINGS]
    texts = {name: text for name in known if (text := _decode(sample, name)) is not None}
    if not texts:
        return "cp1252"
    best = min(texts, key=lambda name: _count_mixed(texts[name]))
    return "cp1252" if _decode(sample, "cp1252") == texts[best] else best


def _decode(sample: bytes, encoding: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(sample)  # the sample may end within a character
    except UnicodeDecodeError:
        return None


def _count_mixed(text: str) -> int:
    """How many neighbouring letters are of two scripts."""
    scripts = [_find_script(letter) for letter in text.lower()]
    return sum(bool(one and other and one != other) for one, other in pairwise(scripts))


def _find_script(letter: str) -> int:
    if not letter.isalpha():
        return 0
    return next((place for place, (low, high) in enumerate(_SCRIPTS, 1) if low <= letter <= high), 9)


class _Unpacked(io.RawIOBase):
    """A .gz that is unpacked as it is read, up to a limit; what is broken in it is one sentence."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        super().__init__()
        self._packed, self._read = packed, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        try:
            content = self._packed.read(len(cast(memoryview, buffer)))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise AttributionError(f"The .gz cannot be unpacked: {error}.") from error
        self._read += len(content)
        if self._read > _MOST_UNPACKED:
            raise AttributionError(f"The .gz unpacks to more than {_MOST_UNPACKED // 2**30} GB, which is too much.")
        cast(memoryview, buffer)[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._packed.close()
        super().close()
