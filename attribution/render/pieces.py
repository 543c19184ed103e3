"""What is coloured and listed: words, or the subwords they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..explanation import Explanation
from ..segmentation import find_graphemes

Unit = Literal["word", "subword"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a subword of an explanation; `rank` 1 has the largest absolute attribution."""

    text: str
    start: int
    end: int
    attribution: float
    rank: int
    subwords: tuple[tuple[str, float], ...]
    special: bool = False
    unknown: bool = False


def split(explanation: Explanation, unit: Unit) -> list[Piece]:
    """An explanation's words, or its tokens, in the order of the text."""
    rows: list[tuple[str, int, int, float, tuple[tuple[str, float], ...], bool, bool]] = []
    if unit == "word":
        subwords: list[list[tuple[str, float]]] = [[] for _ in explanation.spans]
        for token, value in zip(explanation.tokens, explanation.attributions, strict=True):
            if token.word is not None:
                subwords[token.word].append((token.text, float(value)))
        unknown = set(explanation.unknown)
        rows = [
            (word.text, word.start, word.end, word.attribution, tuple(parts), False, index in unknown)
            for index, (word, parts) in enumerate(zip(explanation.words(), subwords, strict=True))
        ]
    else:
        rows = [
            (token.text, token.start, token.end, float(value), (), token.special, token.unknown)
            for token, value in zip(explanation.tokens, explanation.attributions, strict=True)
        ]
    order = sorted(range(len(rows)), key=lambda index: -abs(rows[index][3]))
    ranks = {index: rank for rank, index in enumerate(order, start=1)}
    return [
        Piece(text, start, end, value, ranks[index], parts, special, unknown)
        for index, (text, start, end, value, parts, special, unknown) in enumerate(rows)
    ]


def strongest(explanations: Sequence[Explanation], unit: Unit = "word") -> float:
    """The largest absolute attribution among several explanations: one colour scale for all of them."""
    return max(
        (abs(piece.attribution) for explanation in explanations for piece in split(explanation, unit)), default=0.0
    )


def context(text: str, start: int, end: int, width: int = 32) -> str:
    """A stretch of text with the text around it, on one line."""
    around = text[max(0, start - 2 * width) : end + 2 * width]  # graphemes are looked for only in this part
    moved = max(0, start - 2 * width)
    letters = find_graphemes(around)
    first = letters.begin(max(0, start - width) - moved)
    last = letters.end(min(len(text), end + width) - moved)
    shown = " ".join(around[first:last].split())
    return f"{'…' if moved + first else ''}{shown}{'…' if moved + last < len(text) else ''}"
