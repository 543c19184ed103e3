"""What a model's texts have taught of its paths, written as JSON and read back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from .rules import GRID, MOST_TEXTS, Lesson

_MOST_MODES = 64
_MOST_EVALUATIONS = 10_000
"""Of one text, as many as a method may be given."""
_SMALLEST, _LARGEST = 1e-6, 1e6
"""Of the largest number in the modes; it is about 1, since curves are over the size of their integrals."""
_DIGITS = 7
"""Significant digits of a number, as float32 has them."""


def write_lessons(lessons: Sequence[Lesson]) -> str:
    """The lessons as JSON, without those of baselines that are texts: these are a reader's own."""
    return json.dumps(
        [
            {
                "kind": list(lesson.kind),
                "texts": lesson.texts,
                "evaluations": lesson.evaluations,
                "modes": [[float(f"{value:.{_DIGITS}g}") for value in row] for row in lesson.modes.tolist()],
            }
            for lesson in lessons
            if not lesson.kind[1]
        ],
        separators=(",", ":"),
    )


def read_lessons(content: str) -> tuple[Lesson, ...]:
    """Lessons from their JSON; what does not fit is left out."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    found = [_read_lesson(one) for one in said] if isinstance(said, list) else []
    return tuple(lesson for lesson in found if lesson is not None)


def _read_lesson(said: Any) -> Lesson | None:
    try:
        baseline, text, score = said["kind"]
        texts, evaluations = int(said["texts"]), int(said["evaluations"])
        modes = np.array(said["modes"], np.float64)
    except (TypeError, ValueError, KeyError, OverflowError):
        return None
    fits = isinstance(said["kind"], list) and modes.ndim == 2 and len(modes) == GRID and modes.shape[1] <= _MOST_MODES
    largest = float(np.abs(modes).max(initial=0))  # NaN where a number is none, and then nothing is between
    counted = 0 < texts <= MOST_TEXTS and 0 < evaluations <= _MOST_EVALUATIONS * texts
    if not fits or not counted or not _SMALLEST < largest < _LARGEST:
        return None
    return Lesson((str(baseline), str(text), str(score)), texts, evaluations, modes)
