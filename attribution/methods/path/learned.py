"""Integrates the shares of a score's growth by a learned rule, and goes on adaptively where that leaves doubts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...explanation import Computed, Floats
from .adaptive import AdaptiveIntegral, allow_gap, round_off
from .rules import LEVELS, Curve, LearnedRule, Level
from .samples import Samples

FEWEST_EVALUATIONS = LEVELS[-1] + 2
"""A path that may have fewer points than the whole rule and both ends is integrated without it."""

COARSEST = 0.01
"""A smaller tolerance than that of the curves which a rule is learned from asks for points of a text's own."""

_ENOUGH = LEVELS[1]
_ESTIMATED = 1.25
_MISSED = 4.0
_ENDS = np.array([0.0, 1.0])

_MOST_REDUCED = LEVELS[2]
_HOPELESS = 3.0
"""Times the gap that is allowed: of 36 paths above it at 12 points in bfloat16, 5 were small enough at 18."""

FEWEST_OF_BOTH = FEWEST_EVALUATIONS + _MOST_REDUCED
"""A path that may have fewer points is integrated in float32 alone."""


class LearnedIntegral:
    """One target's integral over the path from 0 to 1, like `AdaptiveIntegral`, by a rule that earlier texts taught.

    It has converged at a level of 12 points or more if

    - the gap is as small as an `AdaptiveIntegral` allows;
    - the rule's own estimate of all tokens' errors together is at most 1.25 times the tolerance times the size;
    - the absolute misses of all pieces add up to at most four times the tolerance times the size.

    Of 2,064 paths of the demo model, by rules learned from 4 to 8 other texts, those that these accept with 12 points
    (63 %) had a token error of 2.3 % at most; without the estimate 2.7 %, without the misses 3.8 %. Where the last
    level is in doubt, an `AdaptiveIntegral` goes on from all points that are known.

    In bfloat16 the conditions are the same, and the ends of the path are in float32 all the same, so that the gap tells
    what was lost. What has not converged with 18 points begins anew in float32.

    Attributes:
        values: float64 [T], the integral of each token's share.
        precision: in which the values were computed, and the points that are wanted are to be.
        converged: whether it is exact to within the tolerance.
    """

    def __init__(
        self, rule: LearnedRule, start: float, end: float, tolerance: float, most: int, precision: Computed = "float32"
    ) -> None:
        """`start` and `end` are the scores at both ends of the path; the rest is as in `AdaptiveIntegral`.

        `precision` is that to begin with.
        """
        self._start, self._end = start, end
        self._rule, self._levels = rule, list(rule.levels)
        self.precision, self._given_up = precision, 0
        self._tolerance, self._most = tolerance, most
        self._known = Samples()
        self._adaptive: AdaptiveIntegral | None = None
        self.values: Floats = np.empty(0)
        self.converged = False

    @property
    def start(self) -> float:
        """The score at the beginning of the path."""
        return self._start

    @property
    def end(self) -> float:
        """The score at its end."""
        return self._end

    @property
    def evaluations(self) -> int:
        """How many there were, with those that were given up."""
        return self._given_up + len(self._known)

    @property
    def curve(self) -> Curve | None:
        """What a rule can still learn of it: nothing where the rule was enough."""
        return self._adaptive.curve if self._adaptive else None

    def wanted(self) -> tuple[float, ...]:
        """Where to evaluate next; nothing where it has converged, or the points are used up."""
        if self.converged:
            return ()
        if self._adaptive:
            return self._adaptive.wanted()
        return tuple(np.setdiff1d(self._levels[0].points if self._levels else _ENDS, self._known.points).tolist())

    def add(self, points: Sequence[float] | Floats, shares: Floats, scores: Floats, largest_logit: float) -> None:
        """Take in what was found at n points, as `AdaptiveIntegral.add` does."""
        if self._adaptive:
            self._adaptive.add(points, shares, scores, largest_logit)
        else:
            self._known.add(points, shares, scores, largest_logit)
            if self._levels:
                self._weigh(self._levels.pop(0))
            if self.converged or self.wanted():
                return
            self._adaptive = AdaptiveIntegral(self._tolerance, self._most - self._given_up, self._known)
        self.values, self.converged = self._adaptive.values, self._adaptive.converged

    def _weigh(self, level: Level) -> None:
        found = level.pieces @ self._known.shares
        self.values = found.sum(axis=0)
        misses = found.sum(axis=1) - np.diff([self.start, *self._known.scores, self.end])
        size = float(np.abs(self.values).sum())
        rounding, allowed = round_off(size, self._known.largest_logit), self._tolerance * size
        gap, allowed_gap = abs(misses.sum()), max(allow_gap(self.end - self.start, self._tolerance), rounding)
        is_smooth = np.abs(misses).sum() <= max(_MISSED * allowed, rounding)
        if len(self._known) < _ENOUGH:
            return
        self.converged = bool(
            gap <= allowed_gap
            and is_smooth
            and level.estimate_error(self._known.shares) <= max(_ESTIMATED * allowed, rounding)
        )
        may_still = is_smooth and gap <= _HOPELESS * allowed_gap and len(self._known) < _MOST_REDUCED
        if self.precision != "float32" and not self.converged and not may_still:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """In float32, as more points do not make up for what reduced precision has lost."""
        self._given_up, self.precision = len(self._known), "float32"
        self._known, self._levels = Samples(), list(self._rule.levels)
