"""The scale of colours: blue supports, orange opposes, and what is next to zero is left plain."""

from __future__ import annotations

SUPPORT = "#2f7bbf"
OPPOSE = "#d9640e"
PLAIN_BELOW = 0.08
"""Share of the strongest attribution below which a word is left plain: let the eye find the strong ones."""


def tint(value: float, scale: float) -> str:
    """The colour of an attribution as CSS, empty for one next to zero."""
    strength = opacity(value, scale)
    return f"background-color: rgba({to_rgb(SUPPORT if value > 0 else OPPOSE)},{strength:.2f})" if strength else ""


def opacity(value: float, scale: float) -> float:
    """How opaque the colour is, 0 for what is left plain."""
    share = min(1.0, abs(value) / scale)
    return 0.1 + 0.52 * share if share >= PLAIN_BELOW else 0.0


def to_rgb(colour: str) -> str:
    """A hexadecimal colour as the three numbers that CSS takes in `rgba()`."""
    return ",".join(str(int(colour[index : index + 2], 16)) for index in (1, 3, 5))
