"""The embedded demo model: a news classifier over all-MiniLM-L6-v2, built on first use, and texts to try it on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..store import Store

_FOLDER = Path(__file__).parent
_HELD_OUT_EVERY = 5
_building = threading.Lock()

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


def checkpoint(store: Store | None = None, *, on_progress: Callable[[float], None] | None = None) -> Path:
    """The demo model's file in the store, built where it is not there yet (half a minute on two cores).

    `on_progress` is called with the share of the work that is done, 0 to 1.

    Raises:
        AttributionError: the package with the encoder is missing, or its weights are not the expected ones.
    """
    from .train import build, recipe

    store = store or Store()
    with _building:
        stored = store.find(recipe()) or build(store, on_progress or (lambda share: None))
    return store.path(stored.sha256)


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
