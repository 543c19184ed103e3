"""Formats sizes, times and names for use in sentences."""

from __future__ import annotations


def shorten(text: str, most: int = 120) -> str:
    """Shorten text from a file to a length that can be shown in a sentence; no letter is cut in two."""
    return text if len(text) <= most else f"{text[: _find_cut(text, most - 1)]}…"


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
