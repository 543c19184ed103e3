"""How a file of documents is written: what a reader may choose, and what is detected otherwise."""

from __future__ import annotations

import codecs
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ...errors import AttributionError
from ...wording import shorten

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""Separators that are tried between cells, and what they are called."""

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16, little-endian",
    "utf-16-be": "UTF-16, big-endian",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "iso8859-2": "ISO 8859-2 (Central Europe)",
    "iso8859-5": "ISO 8859-5 (Cyrillic)",
    "iso8859-6": "ISO 8859-6 (Arabic)",
    "iso8859-7": "ISO 8859-7 (Greek)",
    "iso8859-15": "ISO 8859-15 (Western Europe)",
    "koi8-r": "KOI8-R (Cyrillic)",
    "koi8-u": "KOI8-U (Ukrainian)",
    "cp866": "DOS 866 (Cyrillic)",
    "cp850": "DOS 850 (Western Europe)",
    "cp852": "DOS 852 (Central Europe)",
    "cp437": "DOS 437",
    "mac-roman": "Macintosh (Western Europe)",
    "mac-cyrillic": "Macintosh (Cyrillic)",
    "cp874": "Windows-874 (Thai)",
    "cp932": "Shift JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "iso2022_jp": "ISO 2022-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5hkscs": "Big5 (Chinese)",
    "cp949": "Korean (Windows-949)",
}
"""Encodings that are detected, by Python's names for them, and what they are called."""

MOST_SKIPPED = 100
"""Lines above a table: more of them are not a title, and the format is detected in the first thousand lines."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written. What is None is detected in the file; what is set is used as it is.

    Attributes:
        encoding: a name that Python knows, such as `cp1252`.
        separator: the one character between cells; empty if a line is one cell.
        quote: the one character around cells that hold separators or line breaks; empty if all quotes are text.
        header: whether the first row names the columns.
        skip: how many lines above the table, such as a title, are left out; a line `sep=;` does not count.
    """

    encoding: str | None = None
    separator: str | None = None
    quote: str | None = None
    header: bool | None = None
    skip: int | None = None

    def __post_init__(self) -> None:
        """Check what was chosen.

        Raises:
            AttributionError: the encoding is unknown, `separator` or `quote` is not one character, or `skip` too large.
        """
        if self.encoding is not None:
            object.__setattr__(self, "encoding", name_encoding(self.encoding))
        if self.separator is not None:
            separator = {"\\t": "\t", "tab": "\t"}.get(self.separator, self.separator)
            object.__setattr__(self, "separator", separator)
        for name in ("separator", "quote"):
            value = getattr(self, name)
            if value is not None and (len(value) > 1 or value in ("\r", "\n", "\ufeff")):
                raise AttributionError(f"Expected one character as {name}, or none, got {shorten(value)!r}.")
        if self.skip is not None and not 0 <= self.skip <= MOST_SKIPPED:
            raise AttributionError(f"Expected 0 to {MOST_SKIPPED} lines above a table, got {self.skip}.")
        if self.separator and self.separator == self.quote:
            raise AttributionError("Expected a separator and a quote that are not the same character.")

    def to_dict(self) -> dict[str, Any]:
        """The format as plain data, without what is not known."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def over(self, found: Format) -> Format:
        """The format with what was found in place of each None."""
        return replace(found, **self.to_dict())

    @classmethod
    def from_dict(cls, said: Any) -> Format:
        """The format that `to_dict` wrote; keys of a later release are left out."""
        return cls(**{field.name: said[field.name] for field in fields(cls) if field.name in said})

    def describe(self) -> str:
        """The format in words: "semicolons, Windows-1252 (Western Europe), a header"."""
        said = []
        if self.separator is not None:
            said.append(SEPARATORS.get(self.separator, repr(self.separator)) if self.separator else "whole lines")
        if self.encoding is not None:
            said.append(ENCODINGS.get(self.encoding, self.encoding))
        if self.separator and self.quote is not None and self.quote != '"':
            said.append(f"cells quoted by {self.quote}" if self.quote else "quotes are text")
        if self.header is not None:
            said.append("a header" if self.header else "no header")
        if self.skip:
            said.append(f"without the {self.skip} line{'' if self.skip == 1 else 's'} above")
        return ", ".join(said)


def name_encoding(name: str) -> str:
    """Python's name for an encoding, or for one that extends it: ISO 8859-1 is read as Windows-1252, as browsers do.

    Raises:
        AttributionError: Python knows no encoding of that name, or it is not for texts.
    """
    try:
        known = codecs.lookup(name.strip())
    except (LookupError, ValueError):
        raise AttributionError(
            f"No encoding is called {shorten(name)!r}. Give one such as utf-8, cp1252, utf-16 or shift_jis."
        ) from None
    if not known._is_text_encoding:
        raise AttributionError(f"{shorten(name)!r} is not an encoding of texts. Give one such as utf-8 or cp1252.")
    wider = {"iso8859-1": "cp1252", "ascii": "utf-8", "utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030"}
    wider |= {"iso8859-8": "cp1255", "iso8859-9": "cp1254"}
    wider |= {"shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs", "euc_jis_2004": "euc_jp"}
    wider |= {"iso2022_jp_1": "iso2022_jp", "iso2022_jp_2": "iso2022_jp", "iso2022_jp_2004": "iso2022_jp"}
    return wider.get(known.name, known.name)


def name_used(encoding: str | None) -> str:
    """What the encoding of a file is called; UTF-8 if the format has none."""
    return ENCODINGS.get(encoding or "utf-8", encoding or "")
