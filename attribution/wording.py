"""Formats sizes, times and names for use in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

_MOST_BITS = 128
_MOST_SHOWN = 6


def shorten(text: str, most: int = 120) -> str:
    """Shorten text from a file to a length that can be shown in a sentence; no letter is cut in two."""
    return text if len(text) <= most else f"{text[: _find_cut(text, most - 1)]}…"


def list_first(names: Sequence[str], most: int) -> str:
    """The first of several names, and how many more there are: "a, b and 3 more"."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def quote(value: object, most: int = 60) -> str:
    """A value from a file, written out as Python would, but for what does not fit into `most` letters.

    It is cut before it is written out: a list may hold one text a million times. A list or a tuple shows its first
    values, anything else that is no text or number its class.
    """
    if isinstance(value, str):
        return repr(shorten(value, most))
    if isinstance(value, bytes):
        return repr(value[:most]) + ("…" if len(value) > most else "")
    if value is None or isinstance(value, (bool, float)) or (type(value) is int and value.bit_length() < _MOST_BITS):
        return repr(value)
    if type(value) in (list, tuple):
        return shorten(_quote_parts(cast("Sequence[object]", value), most), most)
    return f"a value of type {type(value).__name__}"


def _quote_parts(values: Sequence[object], most: int) -> str:
    shown = [
        "…" if type(value) in (list, tuple) and value else quote(value, most // _MOST_SHOWN)
        for value in values[:_MOST_SHOWN]
    ]
    inside = ", ".join([*shown, *(["…"] if len(values) > _MOST_SHOWN else [])])
    if isinstance(values, list):
        return f"[{inside}]"
    return f"({inside},)" if len(values) == 1 else f"({inside})"


def say_error(error: BaseException, most: int = 160) -> str:
    """What another library's error is and says, in one line: its class, and the first line of its message."""
    said = getattr(error, "strerror", None) or next(iter(error.args), None)  # an OSError's first argument is a number
    line = said[: 4 * most].strip().partition("\n")[0].rstrip(".") if isinstance(said, str) else quote(said)
    return f"{type(error).__name__}: {shorten(line, most)}" if said else type(error).__name__


def _find_cut(text: str, place: int) -> int:
    if text[: place + 1].isascii():
        return place
    from .segmentation import find_last_cut  # needs ICU, which a rehearsal does without

    return find_last_cut(text, place)


def format_size(size: float) -> str:
    """Bytes as people read them."""
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6)):
        if size >= bytes_:
            return f"{size / bytes_:.3g} {unit}"
    return f"{size / 1e3:.0f} kB"


def format_time(seconds: float) -> str:
    """Seconds as people read them."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
