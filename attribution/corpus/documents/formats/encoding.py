"""Detects the encoding of a file: UTF-8 for certain, others by a guess from the letters that they would give."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, TextIO

from ....errors import AttributionError
from ..format import ENCODINGS, name_encoding
from .unpacking import open_bytes

LONGEST_LINE = 16_000_000
"""Characters of a line that are read."""

_CHUNK = 2**20
_SAMPLE = 60_000
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, which it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SCRIPTS = (("a", "ɏ"), ("Ͱ", "Ͽ"), ("Ѐ", "ӿ"), ("֐", "׿"), ("؀", "ۿ"))  # Latin, Greek, Cyrillic, Hebrew, Arabic
_WORD = re.compile(r"[^\W\d_]+")
_FEW_BYTES, _PREFERRED, _MOST_COMMON = 24, 0.05, 0.01
"""With so few bytes beyond ASCII, chardet cannot tell a language by how often letters occur. Its confidence in its
first guess is 0.09 to 0.38 for the sentences of `benchmarks/encodings.py`, and 0.02 to 0.1 for single words."""

_WESTERN = ("cp1252", "iso8859-15", "mac-roman", "cp850")
_ALPHABETS = ("äöüß", "àâæçéèêëîïôœùûüÿ", "áéíóúüñ", "àèéìíîòóùú", "áâãàçéêíóôõúü", "åäöé", "æøåé", "éèëïóöüá")
"""Letters beyond ASCII of German, French, Spanish, Italian, Portuguese, Swedish, Danish and Norwegian, and Dutch."""

_WORDS = "àáâåæèéòóôöøúí"
"""Letters that are a word by themselves in one of these languages."""

_MARKS = "’‘“”„‚–—…«»‹›¡¿·•€£¥§°©®™²³½¼¾ºª±×†\u00a0"
_GLUED = "’‘“„«¡¿–—…·•\u00a0"
_UNGLUED = "²³½¼¾±×£¥§†ºª°"
_LETTERS = "abcdefghijklnopqrstuvwxyz"  # without m, because of m²
"""Marks of a text: a small letter may follow those of `_GLUED`, and those of `_UNGLUED` follow none of `_LETTERS`."""


def open_text(path: Path, encoding: str) -> TextIO:
    """A file as text, with its own line ends; bytes that are invalid in the encoding become lone surrogates.

    A file has one kind of line end: in most files a carriage return by itself is part of a text, and in files of old
    Macintoshes a line feed is.
    """
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    # The decoders of UTF-16 and UTF-32 cannot keep a single invalid byte as a surrogate.
    errors = "replace" if codec.startswith(("utf-16", "utf-32")) else "surrogateescape"
    with io.TextIOWrapper(open_bytes(path), encoding=codec, errors=errors, newline="\n") as file:
        try:
            beginning = file.read(_CHUNK)
        except UnicodeError as error:  # UTF-16 and UTF-32 have to begin with a byte order mark
            raise AttributionError(f"{path.name} is not in {encoding}: {error}.") from error
    returns = 0 if "\r\n" in beginning else beginning.count("\r")
    end = "\r" if returns > beginning.count("\n") else "\n"
    return io.TextIOWrapper(open_bytes(path), encoding=codec, errors=errors, newline=end)


def read_lines(file: TextIO) -> Iterator[str]:
    """The lines of a file with their ends; a longer line than is read is cut, and has no end then."""
    while line := file.readline(LONGEST_LINE):
        yield line
        while len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            line = file.readline(LONGEST_LINE)


def find_encoding(file: BinaryIO) -> str:
    """The encoding of a file from its current position on, by the names of `ENCODINGS`.

    The whole file is read: no other encoding looks like UTF-8, so a file whose bytes beyond ASCII are mostly UTF-8 is
    UTF-8. For the rest chardet decides, from the first 60 kB of lines that are not plain ASCII.
    """
    whole = broken = 0
    sample = bytearray()
    first = True
    while chunk := file.read(_CHUNK) + file.readline(_CHUNK):
        if first:
            if marked := next((name for mark, name in _BYTE_ORDER_MARKS.items() if chunk.startswith(mark)), None):
                return marked
            if 10 * chunk.count(b"\0", 0, _SAMPLE) > len(chunk[:_SAMPLE]):  # fewer are characters, if strange ones
                return guess_encoding(chunk[:_SAMPLE])
            first = False
        going_on, strange = _count_bytes(chunk)
        whole, broken = whole + going_on, broken + strange
        _collect(chunk, sample)
    is_escaped = b"\x1b$" in sample  # ISO 2022 uses only bytes of ASCII
    if not is_escaped and (whole > broken or not broken or (whole == broken and _is_latin_utf8(bytes(sample)))):
        return "utf-8"
    return guess_encoding(bytes(sample))


def find_encoding_of(path: Path) -> str:
    """The encoding of the file at a path, unpacked if it is packed."""
    with open_bytes(path) as file:
        return find_encoding(file)


def _count_bytes(content: bytes) -> tuple[int, int]:
    """How many bytes continue a UTF-8 character, and how many bytes beyond ASCII are not UTF-8."""
    if content.isascii():
        return 0, 0
    text = content.decode("utf-8", "ignore")
    encoded = len(text.encode())
    return encoded - len(text), len(content) - encoded


def _is_latin_utf8(content: bytes) -> bool:
    """Whether the valid UTF-8 in some bytes is Latin letters and marks: `’é` of mac-roman would be an Armenian one."""
    return all(letter < "ɐ" or letter >= "\u2000" for letter in content.decode("utf-8", "ignore"))


def _collect(content: bytes, sample: bytearray) -> None:
    """Add the lines that say something about the encoding, up to the size of the sample."""
    if len(sample) >= _SAMPLE or (content.isascii() and b"\x1b$" not in content):
        return
    for line in content.splitlines(keepends=True):
        if not line.isascii() or b"\x1b$" in line:
            sample += line[: _SAMPLE - len(sample)]


def guess_encoding(sample: bytes) -> str:
    """The encoding that makes most sense of some bytes; one that gives the same text as Windows-1252 is called that.

    It is chardet's first guess, with two exceptions. A candidate that mixes scripts is passed over: `città` of
    Windows-1252 is `cittа` in Windows-1251, and no language does that. And if few letters are beyond ASCII, which
    says little about the language, a Western European encoding is preferred if one language has all of its letters.
    """
    import chardet

    candidates = chardet.detect_all(sample, ignore_threshold=True, prefer_superset=False, compat_names=False)
    rated = dict.fromkeys(_WESTERN if _has_few(sample) else (), 0.0)
    rated |= {name_encoding(one["encoding"]): one["confidence"] for one in candidates[::-1] if one["encoding"]}
    if b"\0" not in sample:  # lines from within a file may begin with what looks like a byte order mark
        rated = {name: rating for name, rating in rated.items() if not name.startswith(("utf-16", "utf-32"))}
    texts = {name: text for name in rated if name in ENCODINGS and (text := _decode(sample, name)) is not None}
    if not texts:
        return "cp1252"
    for name, text in texts.items():
        if name in _WESTERN and _has_few(sample) and _is_western(text):
            rated[name] += _PREFERRED + _MOST_COMMON * (name == "cp1252")
        rated[name] -= _count_mixed(text)
    best = max(texts, key=lambda name: (rated[name], -list(rated).index(name)))
    return "cp1252" if _decode(sample, "cp1252") == texts[best] else best


def _has_few(sample: bytes) -> bool:
    return sum(byte >= 0x80 for byte in sample) <= _FEW_BYTES and b"\0" not in sample and b"\x1b$" not in sample


def _is_western(text: str) -> bool:
    """Whether one language of Western Europe has all letters of a text, and its marks are where marks can be."""
    letters = {letter.lower() for letter in text if letter.isalpha() and not letter.isascii()} - {*_MARKS}
    if not any(letters <= {*alphabet} for alphabet in _ALPHABETS):
        return False
    for before, letter, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if letter.isascii():
            continue
        is_alone = not before.isalpha() and not after.isalpha()
        if letter in _MARKS:
            is_well = (letter in _GLUED or not after.islower()) and (letter not in _UNGLUED or before not in _LETTERS)
            is_well = is_well and (letter not in "–—" or before.isalpha() == after.isalpha())
        else:
            is_well = letter.isalpha() and not (letter.isupper() and before.isalpha() and after.islower())
            is_well = is_well and (not is_alone or letter.lower() in _WORDS)
        if not is_well:
            return False
    return True


def _decode(sample: bytes, encoding: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(sample)  # the sample may end within a character
    except UnicodeDecodeError:
        return None


def _count_mixed(text: str) -> int:
    """How many neighbouring letters differ in script, plus words of one letter between words of another script."""
    scripts = [_find_script(letter) for letter in text.lower()]
    mixed = sum(bool(one and other and one != other) for one, other in pairwise(scripts))
    words = [(_find_script(word[0]), len(word)) for word in _WORD.findall(text.lower())]
    for (before, _), (script, length), (after, _) in zip([(1, 0), *words], words, [*words[1:], (1, 0)], strict=False):
        mixed += length == 1 and before == after == 1 < script
    return mixed


def _find_script(letter: str) -> int:
    if not letter.isalpha():
        return 0
    return next((place for place, (low, high) in enumerate(_SCRIPTS, 1) if low <= letter <= high), 9)
