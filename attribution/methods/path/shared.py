"""The integrals of several targets along one path: a point that several want is evaluated once for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...explanation import Floats
from ..base import Attributions
from .adaptive import AdaptiveIntegral

_Part = tuple[Sequence[float], Floats, Floats, float]


class SharedIntegrals:
    """One `AdaptiveIntegral` a target; each takes in just the points that it asked for."""

    def __init__(self, count: int, tolerance: float, most: int) -> None:
        """For `count` targets; `tolerance` and `most` are as in `AdaptiveIntegral`."""
        self._integrals = [AdaptiveIntegral(tolerance, most) for _ in range(count)]
        self._parts: list[list[_Part]] = [[] for _ in range(count)]
        self._baseline_logits: Floats | None = None

    def wanted(self) -> dict[tuple[int, ...], list[float]]:
        """The points wanted next, by the targets that want them; nothing once all have converged."""
        wanting: dict[float, tuple[int, ...]] = {}
        for target, integral in enumerate(self._integrals):
            for point in integral.wanted():
                wanting[point] = (*wanting.get(point, ()), target)
        shared: dict[tuple[int, ...], list[float]] = {}
        for point in sorted(wanting):
            shared.setdefault(wanting[point], []).append(point)
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
            )
            for integral in self._integrals
        ]
