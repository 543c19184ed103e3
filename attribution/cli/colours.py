"""An explanation as coloured text in a terminal."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any, TextIO

from .terminal import answer_stream, to_printable


def write_text(explanations: Sequence[Any], options: argparse.Namespace) -> str:
    """The explained labels, one below the other."""
    return "\n".join(_write_one(explanation, options) for explanation in explanations)


def _write_one(explanation: Any, options: argparse.Namespace) -> str:
    from ..render import format_logits, say, say_cautions, say_trust, split, strongest

    colour = options.report is None and _takes_colour(answer_stream())
    pieces = split(explanation, "word")
    scale, place, shown = strongest([explanation]) or 1.0, 0, []
    for piece in pieces:
        if piece.end <= place:
            continue
        start = max(piece.start, place)
        shown += [
            to_printable(explanation.text[place:start]),
            _paint(piece, explanation.text[start : piece.end], scale, colour),
        ]
        place = piece.end
    shown.append(to_printable(explanation.text[place:]))
    said = [say(explanation), say_trust(explanation), *say_cautions(explanation)]
    lines = [*map(to_printable, said), "", "".join(shown), ""]
    ranked = sorted(pieces, key=lambda piece: -piece.attribution)
    strong = [piece for piece in ranked if piece.attribution > 0][: options.top_k]
    weak = [piece for piece in ranked if piece.attribution < 0][::-1][: options.top_k][::-1]
    lines += [f"{format_logits(piece.attribution, 3):>8}  {to_printable(piece.text)}" for piece in strong + weak]
    return "\n".join(lines) + "\n"


def _takes_colour(stream: TextIO) -> bool:
    """Whether a stream shows colours, and nobody has turned them off as in https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _paint(piece: Any, text: str, scale: float, colour: bool) -> str:
    """A word on blue or orange, underlined where it opposes."""
    from ..render import PLAIN_BELOW

    text, strength = to_printable(text), abs(piece.attribution) / scale
    if not colour or strength < PLAIN_BELOW:
        return text
    strong = strength > 0.4
    ground = (24 if strong else 153) if piece.attribution > 0 else (166 if strong else 223)
    under = "" if piece.attribution > 0 else "4;"
    return f"\x1b[{under}38;5;{231 if strong else 16};48;5;{ground}m{text}\x1b[0m"
