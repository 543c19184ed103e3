"""Integrates the shares of a score's growth along a path, and looks more closely where it would miss something.

Any points will do, and none is thrown away: each piece between two neighbours is integrated by Hermite's rule, which is
the trapezoid corrected by the slopes at its ends (Davis and Rabinowitz, Methods of Numerical Integration, 1984, 2.9),
and the slopes are those of a cubic spline through all points.

Two things tell where it is wrong. Completeness holds on every piece by itself, for nothing: the shares of all tokens
must integrate to the difference of the two scores. And where tokens cancel each other out, the trapezoid and the spline
tell different things of each. Where both together are largest, the next points go.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import CubicSpline

from ...explanation import Floats

_LEVELS = (2, 3, 5, 9)
_ADDED_SHARE = 6
_FEWEST = 3
_ENOUGH = 9
_GAP = 0.1
_MISSED = 2.0
_DISAGREED = 4.0
_UNDECIDED = 0.02
_ROUNDING = 128 * float(np.finfo(np.float32).eps)
"""Of the largest logit or of the size: what float32 may leave of a sum of shares, or of a score.

Batches of other sizes differed by 16 eps of the largest logit at most, in 23 kinds of network, with AVX-512 and where
that, or AVX2 as well, was switched off."""


class AdaptiveIntegral:
    """One target's integral over the path from 0 to 1.

    The size of the values is the sum of their absolutes. It has converged when, with 9 points at least, the gap is
    within the tolerance times the difference of the scores (0.02 logits at least) and within a tenth of it times the
    size, the absolute misses of all pieces add up to at most twice the tolerance times the size, and what slopes that
    look at the next points alone would change, in all pieces and tokens, to at most four times as much. Before,
    nothing at all may be in doubt, as for a network that is linear. What the network's own rounding may leave is not
    followed: another batch or processor rounds otherwise, and more points do not mend it.

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
        self._doubts: Floats = np.empty(0)
        self._largest_logit = 0.0
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
            worst = np.sort(np.argsort(-self._doubts, kind="stable")[: self.evaluations // _ADDED_SHARE])
            wanted = (self._points[worst] + self._points[worst + 1]) / 2
        return tuple(wanted[: self._most - self.evaluations].tolist())

    def add(self, points: Sequence[float] | Floats, shares: Floats, scores: Floats, largest_logit: float) -> None:
        """Take in `shares` [n, T], the growth of the score by each token at n points, and `scores` [n].

        `largest_logit` is the largest absolute logit that the network gave there: it tells how scores are rounded.
        """
        self._largest_logit = max(self._largest_logit, largest_logit)
        if self.evaluations:
            points = np.concatenate([self._points, points])
            shares, scores = np.concatenate([self._shares, shares]), np.concatenate([self._scores, scores])
        order = np.argsort(points)
        self._points, self._shares, self._scores = np.asarray(points)[order], shares[order], scores[order]
        self._integrate()

    def _integrate(self) -> None:
        trapezoid, spline, local = _weigh(self._points)
        self.values = spline.sum(axis=0) @ self._shares
        self.misses = spline @ self._shares.sum(axis=1) - np.diff(self._scores)
        self._doubts = np.abs(self.misses) + np.abs((spline - trapezoid) @ self._shares).sum(axis=1)
        disagreement = np.abs((spline - local) @ self._shares).sum()
        self.converged = self.evaluations >= _FEWEST and self._has_converged(float(disagreement))

    def _has_converged(self, disagreement: float) -> bool:
        difference, size = abs(self.end - self.start), float(np.abs(self.values).sum())
        rounding = _ROUNDING * max(size, self._largest_logit)
        if self.evaluations < _ENOUGH:
            return bool(self._doubts.sum() <= rounding)
        allowed, gap = self._tolerance * size, abs(self.misses.sum())
        return bool(
            gap <= max(self._tolerance * max(difference, _UNDECIDED), rounding)
            and gap <= max(_GAP * allowed, rounding)
            and np.abs(self.misses).sum() <= max(_MISSED * allowed, rounding)
            and disagreement <= max(_DISAGREED * allowed, rounding)
        )


def _weigh(points: Floats) -> tuple[Floats, Floats, Floats]:
    """By three rules the weights [n - 1, n] of n values in the integral of each piece: trapezoid, spline, local slopes.

    Hermite's rule gives h (f + g) / 2 + h² (f' - g') / 12 to a piece of length h from f to g, with slopes f' and g'.
    """
    each, lengths = np.eye(len(points)), np.diff(points)[:, None]
    trapezoid: Floats = lengths * (each[1:] + each[:-1]) / 2
    spline, local = (
        trapezoid - lengths**2 * np.diff(slopes, axis=0) / 12
        for slopes in (CubicSpline(points, each)(points, 1), _parabolic_slopes(points, each))
    )
    return trapezoid, spline, local


def _parabolic_slopes(points: Floats, values: Floats) -> Floats:
    """[n, ...]: at each point the slope of the parabola through it and its neighbours; of a line through two points."""
    slopes: Floats = np.gradient(values, points, axis=0, edge_order=1 if len(points) == 2 else 2)
    return slopes
