"""How many times longer the steps of a tokenizer can make a text: each multiplies what the one before it has made.

Lengths are counted in letters as they stand in the longest of Unicode's forms, NFKD: so a step that takes a text to
such a form need not be counted itself, as it finds nothing more to take apart when it comes again.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from ....errors import UnsafeCheckpointError
from .patterns import check_pattern

_MOST = 64.0
_LONGEST_REPLACEMENT = re.compile(rb"[^\0]{129}")
_BYTES_AS_LETTERS = 3.0  # a byte as a letter of two bytes, of which some are taken apart
_BLANK_BEFORE = 2.0
_BLANKS_AROUND = 3.0


def check_growth(steps: list[Mapping[str, Any]]) -> None:
    """Check what the steps of a normalizer and a pre-tokenizer, one after the other, can make of a text.

    Raises:
        UnsafeCheckpointError: they can make it much longer.
    """
    growth = 1.0
    for step in steps:
        growth *= _tell_growth(step)
    if growth > _MOST:
        raise UnsafeCheckpointError("The tokenizer replaces parts of a text by ever longer ones.")


def read_table(table: bytes) -> int:
    """The length of the longest replacement in a table of letters, once it is checked.

    The table holds the size of its index in four bytes, the index, and the replacements, each ended by a zero byte.

    Raises:
        UnsafeCheckpointError: a long text for a letter.
    """
    replacements = table[4 + int.from_bytes(table[:4], "little") :]
    if _LONGEST_REPLACEMENT.search(replacements):
        raise UnsafeCheckpointError("The tokenizer replaces a letter by a long text.")
    return max((_count_letters(one.decode("utf-8", "replace")) for one in set(replacements.split(b"\0"))), default=0)


def _tell_growth(step: Mapping[str, Any]) -> float:
    kind = step["type"]
    if kind == "Replace":
        return _tell_replaced(step)
    if kind == "Prepend":
        return 1.0 + _count_letters(str(step.get("prepend", "")))
    if kind == "Precompiled":
        return max(1.0, read_table(base64.b64decode(str(step.get("precompiled_charsmap") or ""))))
    if kind == "BertNormalizer":
        return _BLANKS_AROUND
    if kind == "Metaspace":
        return _BLANK_BEFORE
    return _BYTES_AS_LETTERS if kind == "ByteLevel" else 1.0


def _tell_replaced(step: Mapping[str, Any]) -> float:
    """The growth by a replacement. What is found between any two letters, a replacement of nothing, adds to each."""
    pattern, content = step.get("pattern"), _count_letters(str(step.get("content", "")))
    shortest = 0
    if isinstance(pattern, dict) and isinstance(searched := pattern.get("Regex"), str):
        shortest = check_pattern(searched).shortest
    elif isinstance(pattern, dict) and isinstance(searched := pattern.get("String"), str):
        shortest = len(searched)
    return max(1.0, content / shortest) if shortest else 1.0 + content


def _count_letters(text: str) -> int:
    return max(len(text), len(unicodedata.normalize("NFKD", text)))
