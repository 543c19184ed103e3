"""Integrates the shares of a score's growth along a path, and adds points where the error is largest.

Points may lie anywhere, and all are used: each piece between two neighbours is integrated by Hermite's rule, which is
the trapezoid corrected by the slopes at its ends (Davis and Rabinowitz, Methods of Numerical Integration, 1984, 2.9),
and the slopes are those of a cubic spline through all points.

Two checks show where it is wrong, at no extra cost. Completeness must hold on every piece: the shares of all tokens
integrate to the difference of the two scores. And where tokens cancel each other out, the trapezoid and the spline
disagree on each of them. The next points go where the sum of both errors is largest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import CubicSpline

from ...explanation import Computed, Floats
from .rules import Curve
from .samples import Samples

_LEVELS = (2, 3, 5, 9)  # first even grids, each of which contains the one before
_ADDED_SHARE = 6  # then one point for every six that are known, where the doubts are largest
_FEWEST = 3
_ENOUGH = 9
_GAP = 0.1
_MISSED = 2.0
_DISAGREED = 4.0
_UNDECIDED = 0.02
"""Logits: a smaller difference counts as this, because no gap is a small share of next to nothing."""
_ROUNDING = 128 * float(np.finfo(np.float32).eps)
"""The rounding error of float32 in a sum of shares or in a score, relative to the largest logit or to the size.

Batches of different sizes differed by at most 16 eps of the largest logit, in 23 kinds of network: with AVX-512,
without it, and without AVX2 as well."""


class AdaptiveIntegral:
    """One target's integral over the path from 0 to 1.

    The size of the values is the sum of their absolute values. With at least 9 points, the integral has converged if

    - the gap is at most the tolerance times the difference of the scores, which counts as 0.02 logits at least, and at
      most a tenth of the tolerance times the size;
    - the absolute misses of all pieces add up to at most twice the tolerance times the size;
    - slopes from neighbouring points alone, instead of the spline's, would change all pieces and tokens together by at
      most four times the tolerance times the size.

    With 3 to 8 points, it has converged only if nothing is in doubt at all, as for a linear network. Errors within the
    network's own rounding are accepted everywhere: another batch or processor rounds differently, and more points do
    not help.

    Attributes:
        values: float64 [T], the integral of each token's share.
        misses: float64 [n - 1], between neighbouring points, the integral of all shares less the growth of the score.
        converged: whether it is exact to within the tolerance.
    """

    def __init__(
        self, tolerance: float, most: int, known: Samples | None = None, *, precision: Computed = "float32"
    ) -> None:
        """`tolerance` is relative to the difference of the scores; at most `most` points are asked for.

        `known` is what was found before, both ends of the path among it; `precision` is that of all points.
        """
        self._tolerance = tolerance
        self._most = most
        self._known = known or Samples()
        self._doubts: Floats = np.empty(0)
        self.precision = precision
        self.values: Floats = np.empty(0)
        self.misses: Floats = np.empty(0)
        self.converged = False
        if known:
            self._integrate()

    @property
    def evaluations(self) -> int:
        """How many points are known."""
        return len(self._known)

    @property
    def curve(self) -> Curve | None:
        """What a rule can learn of it; None until it has converged."""
        if not self.converged:
            return None
        return Curve(self._known.points, self._known.shares, float(np.abs(self.values).sum()))

    @property
    def start(self) -> float:
        """The score at the beginning of the path."""
        return float(self._known.scores[0])

    @property
    def end(self) -> float:
        """The score at its end."""
        return float(self._known.scores[-1])

    def wanted(self) -> tuple[float, ...]:
        """Where to evaluate next; nothing where it has converged, or the points are used up."""
        if self.converged:
            return ()
        points = self._known.points
        level = next((level for level in _LEVELS if level > self.evaluations), None)
        if level is not None:
            wanted = np.setdiff1d(np.linspace(0, 1, level), points)
        else:
            worst = np.sort(np.argsort(-self._doubts, kind="stable")[: self.evaluations // _ADDED_SHARE])
            wanted = (points[worst] + points[worst + 1]) / 2
        return tuple(wanted[: self._most - self.evaluations].tolist())

    def add(self, points: Sequence[float] | Floats, shares: Floats, scores: Floats, largest_logit: float) -> None:
        """Take in `shares` [n, T], the growth of the score by each token at n points, and `scores` [n].

        `largest_logit` is the largest absolute logit that the network gave there: it tells how scores are rounded.
        """
        self._known.add(points, shares, scores, largest_logit)
        self._integrate()

    def _integrate(self) -> None:
        shares = self._known.shares
        trapezoid, spline, local = _weigh(self._known.points)
        self.values = spline.sum(axis=0) @ shares
        self.misses = spline @ shares.sum(axis=1) - np.diff(self._known.scores)
        self._doubts = np.abs(self.misses) + np.abs((spline - trapezoid) @ shares).sum(axis=1)
        disagreement = np.abs((spline - local) @ shares).sum()
        self.converged = self.evaluations >= _FEWEST and self._has_converged(float(disagreement))

    def _has_converged(self, disagreement: float) -> bool:
        size = float(np.abs(self.values).sum())
        rounding = round_off(size, self._known.largest_logit)
        if self.evaluations < _ENOUGH:
            return bool(self._doubts.sum() <= rounding)
        allowed, gap = self._tolerance * size, abs(self.misses.sum())
        return bool(
            gap <= max(allow_gap(self.end - self.start, self._tolerance), rounding)
            and gap <= max(_GAP * allowed, rounding)
            and np.abs(self.misses).sum() <= max(_MISSED * allowed, rounding)
            and disagreement <= max(_DISAGREED * allowed, rounding)
        )


def allow_gap(difference: float, tolerance: float) -> float:
    """The gap that a tolerance allows where the scores differ by so many logits."""
    return tolerance * max(abs(difference), _UNDECIDED)


def round_off(size: float, largest_logit: float) -> float:
    """What the rounding of float32 may change in a sum of shares of this size, or in a score."""
    return _ROUNDING * max(size, largest_logit)


def _weigh(points: Floats) -> tuple[Floats, Floats, Floats]:
    """Weights [n - 1, n] of n values in the integral of each piece, by three rules: trapezoid, spline, local slopes.

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
