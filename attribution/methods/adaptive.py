"""Integrates the shares of a score's growth along a path, and looks more closely where it would miss something.

The integrand is interpolated by a cubic spline, so any points will do and none is thrown away. Completeness must hold
between any two neighbouring points, where the scores are known for nothing: the spline of all tokens' shares must
integrate to the difference of the two scores. Where it misses most, the next points go.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import CubicSpline

from ..explanation import Floats

_LEVELS = (2, 3, 5, 9, 17)
_ADDED_SHARE = 16
_FEWEST = 9
_EXACT = 1e-3
_SETTLED = 2.0
_MISSED = 3.0
_UNDECIDED_PIECES = 2.0
_UNDECIDED = 0.02
_ROUNDING = 1e-5


class AdaptiveIntegral:
    """One target's integral over the path from 0 to 1.

    It has converged when the whole gap is within the tolerance times the difference of the scores (or 0.02 logits, if
    that is more), the absolute misses between neighbouring points add up to at most three times as much (of 2 logits at
    least), and the last points moved the values by at most twice the tolerance (L1). With fewer than 9 points all that
    must hold a thousand times better, as it does for a network that is linear.

    Attributes:
        values: float64 [T], the integral of each token's share.
        misses: float64 [n - 1], between neighbouring points, the integral of all shares less the growth of the score.
        converged: whether it is exact to within the tolerance.
    """

    def __init__(self, tolerance: float, most: int) -> None:
        """`tolerance` is relative to the difference of the scores; at most `most` points are asked for."""
        self._tolerance = tolerance
        self._most = most
        self._points: Floats = np.empty(0)
        self._shares: Floats = np.empty(0)
        self._scores: Floats = np.empty(0)
        self.values: Floats = np.empty(0)
        self.misses: Floats = np.empty(0)
        self.converged = False

    @property
    def evaluations(self) -> int:
        """How many points are known."""
        return len(self._points)

    @property
    def start(self) -> float:
        """The score at the beginning of the path."""
        return float(self._scores[0])

    @property
    def end(self) -> float:
        """The score at its end."""
        return float(self._scores[-1])

    def wanted(self) -> tuple[float, ...]:
        """Where to evaluate next; nothing where it has converged, or the points are used up."""
        if self.converged:
            return ()
        level = next((level for level in _LEVELS if level > self.evaluations), None)
        if level is not None:
            wanted = np.setdiff1d(np.linspace(0, 1, level), self._points)
        else:
            worst = np.sort(np.argsort(-np.abs(self.misses), kind="stable")[: 1 + self.evaluations // _ADDED_SHARE])
            wanted = (self._points[worst] + self._points[worst + 1]) / 2
        return tuple(wanted[: self._most - self.evaluations].tolist())

    def add(self, points: Sequence[float] | Floats, shares: Floats, scores: Floats) -> None:
        """Take in `shares` [n, T], the growth of the score by each token at n points, and `scores` [n]."""
        if self.evaluations:
            points = np.concatenate([self._points, points])
            shares, scores = np.concatenate([self._shares, shares]), np.concatenate([self._scores, scores])
        order = np.argsort(points)
        self._points, self._shares, self._scores = np.asarray(points)[order], shares[order], scores[order]
        self._integrate()

    def _integrate(self) -> None:
        spline = CubicSpline(self._points, np.eye(self.evaluations)).antiderivative()
        weights = np.diff(spline(self._points), axis=0)  # [n - 1, n]
        before, self.values = self.values, weights.sum(axis=0) @ self._shares
        self.misses = weights @ self._shares.sum(axis=1) - np.diff(self._scores)
        change = np.abs(self.values - before).sum() if before.size else np.inf
        self.converged = self._has_converged(float(change))

    def _has_converged(self, change: float) -> bool:
        allowed = self._tolerance * (1.0 if self.evaluations >= _FEWEST else _EXACT)
        difference, size = abs(self.end - self.start), float(np.abs(self.values).sum())
        rounding = _ROUNDING * size
        return bool(
            np.abs(self.misses).sum() <= max(_MISSED * allowed * max(difference, _UNDECIDED_PIECES), rounding)
            and abs(self.misses.sum()) <= max(allowed * max(difference, _UNDECIDED), rounding)
            and change <= max(_SETTLED * allowed * size, rounding)
        )
