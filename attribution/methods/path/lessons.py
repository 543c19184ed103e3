"""What a model's texts have taught of how it is best explained, written as JSON and read back."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import cattrs
import numpy as np

from .precision import Tried
from .rules import GRID, MOST_TEXTS, Lesson

_MOST_MODES = 64
_MOST_EVALUATIONS = 10_000
"""Of one text, as many as a method may be given."""
_SMALLEST, _LARGEST = 1e-6, 1e6
"""Of the largest number in the modes; it is about 1, since curves are over the size of their integrals."""
_DIGITS = 7
"""Significant digits of a number, as float32 has them."""


def write_lessons(lessons: Sequence[Lesson], tried: Tried | None = None) -> str:
    """The lessons as JSON, without those of baselines that are a reader's own texts; and a machine's trial."""
    said: list[dict[str, Any]] = [
        {
            "kind": list(lesson.kind),
            "texts": lesson.texts,
            "evaluations": lesson.evaluations,
            "modes": [[float(f"{value:.{_DIGITS}g}") for value in row] for row in lesson.modes.tolist()],
        }
        for lesson in lessons
        if not lesson.kind[1]
    ]
    return json.dumps([*said, *([asdict(tried)] if tried else [])], separators=(",", ":"))


def read_lessons(content: str) -> tuple[Lesson, ...]:
    """Lessons from their JSON; what does not fit is left out."""
    found = map(_read_lesson, _read_list(content))
    return tuple(lesson for lesson in found if lesson is not None)


def read_tried(content: str, machine: str) -> Tried | None:
    """What a trial on this machine has shown, from the JSON of lessons; None where it does not say it."""
    for one in _read_list(content):
        if isinstance(one, dict) and one.get("machine") == machine:
            try:
                tried = cattrs.structure(one, Tried)
            except Exception:  # a message of its own for each kind of nonsense, and all mean the same
                return None
            return tried if 1 <= tried.speedup < math.inf else None
    return None


def _read_list(content: str) -> list[Any]:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return []
    return said if isinstance(said, list) else []


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
