"""What the demo model was fitted on, and texts to try it on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent
_HELD_OUT_EVERY = 5

NAME = "Demo: news topics"
LABELS = ("business", "entertainment", "politics", "sport", "tech")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph with its label."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A text to try, of two paragraphs."""

    name: str
    text: str


def paragraphs(*, held_out: bool) -> list[Paragraph]:
    """The paragraphs that the demo model was fitted on, or those that were held out: every fifth of each label."""
    return [
        Paragraph(line, label)
        for label in LABELS
        for index, line in enumerate((_FOLDER / "paragraphs" / f"{label}.txt").read_text("utf-8").splitlines())
        if (index % _HELD_OUT_EVERY == _HELD_OUT_EVERY - 1) == held_out
    ]


def samples() -> tuple[Sample, ...]:
    """Three texts that pull the model in several directions."""
    texts = ((_FOLDER / "samples" / f"{name}.txt").read_text("utf-8") for name in ("founders", "election", "stadium"))
    return tuple(Sample(name, text.strip()) for name, _, text in (whole.partition("\n") for whole in texts))
