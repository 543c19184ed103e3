"""The integrals of several targets along one path: a point that several want is evaluated once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ...explanation import Computed, Floats
from ..base import Attributions
from .adaptive import AdaptiveIntegral
from .learned import LearnedIntegral
from .rules import Curve, LearnedRule

_Part = tuple[Sequence[float], Floats, Floats, float]


class Integral(Protocol):
    """An `AdaptiveIntegral` or a `LearnedIntegral`."""

    values: Floats
    converged: bool
    precision: Computed

    @property
    def start(self) -> float: ...  # noqa: D102

    @property
    def end(self) -> float: ...  # noqa: D102

    @property
    def evaluations(self) -> int: ...  # noqa: D102

    @property
    def curve(self) -> Curve | None: ...  # noqa: D102

    def wanted(self) -> tuple[float, ...]: ...  # noqa: D102

    def add(self, points: Floats, shares: Floats, scores: Floats, largest_logit: float) -> None: ...  # noqa: D102


Wanting = tuple[tuple[int, ...], Computed]
"""The targets that want points, and the precision in which they want them."""


class SharedIntegrals:
    """One integral a target; each takes in just the points that it asked for."""

    def __init__(self, integrals: Sequence[Integral]) -> None:
        self._integrals = integrals
        self._parts: list[list[_Part]] = [[] for _ in integrals]
        self._baseline_logits: Floats | None = None
        self._learned_from = 0

    @classmethod
    def adaptive(cls, count: int, tolerance: float, most: int, precision: Computed = "float32") -> SharedIntegrals:
        """Of `count` targets; the rest is as in `AdaptiveIntegral`."""
        return cls([AdaptiveIntegral(tolerance, most, precision=precision) for _ in range(count)])

    @classmethod
    def learned(
        cls,
        rule: LearnedRule,
        logits: Floats,
        scores: Floats,
        tolerance: float,
        most: int,
        precision: Computed = "float32",
    ) -> SharedIntegrals:
        """By a rule; the logits [2, C] and the K targets' scores [2, K] are those of the baseline and of the text.

        `precision` is as in `LearnedIntegral`.
        """
        made = cls([LearnedIntegral(rule, start, end, tolerance, most, precision) for start, end in scores.T.tolist()])
        made._baseline_logits, made._learned_from = logits[0], rule.texts
        return made

    def wanted(self) -> dict[Wanting, list[float]]:
        """The points wanted next, by who wants them; nothing once all have converged."""
        wanting: dict[tuple[float, Computed], tuple[int, ...]] = {}
        for target, integral in enumerate(self._integrals):
            for point in integral.wanted():
                place = point, integral.precision
                wanting[place] = (*wanting.get(place, ()), target)
        shared: dict[Wanting, list[float]] = {}
        for (point, precision), targets in sorted(wanting.items()):
            shared.setdefault((targets, precision), []).append(point)
        return shared

    def take(
        self, targets: Sequence[int], points: Sequence[float], logits: Floats, shares: Floats, scores: Floats
    ) -> None:
        """Keep what was found at n points: logits [n, C], shares [K, n, T] and scores [n, K] of these K targets."""
        if self._baseline_logits is None and points[0] == 0:
            self._baseline_logits = logits[0]
        largest = float(np.abs(logits).max())
        for place, target in enumerate(targets):
            self._parts[target].append((points, shares[place], scores[:, place], largest))

    def add(self) -> None:
        """Integrate what was taken."""
        for integral, part in zip(self._integrals, self._parts, strict=True):
            if part:
                *found, largest = zip(*part, strict=True)
                points, shares, scores = map(np.concatenate, found)
                integral.add(points, shares, scores, max(largest))
        self._parts = [[] for _ in self._integrals]

    def found(self) -> list[Attributions]:
        """What is known of each target so far."""
        return [
            Attributions(
                integral.values,
                integral.end,
                integral.start,
                integral.evaluations,
                integral.converged,
                self._baseline_logits,
                learned_from=self._learned_from,
                precision=integral.precision,
            )
            for integral in self._integrals
        ]

    def curves(self) -> list[Curve]:
        """What a rule can learn of those that have converged."""
        return [integral.curve for integral in self._integrals if integral.curve]
