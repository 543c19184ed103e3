"""What is known of a path: the shares of a score's growth, and the score, at some of its points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ...explanation import Floats


def _none() -> Floats:
    return np.empty(0)


@dataclass(slots=True, eq=False)
class Samples:
    """Samples of one target's path.

    Attributes:
        points: float64 [n], ascending, between 0 and 1.
        shares: float64 [n, T], the growth of the score by each token.
        scores: float64 [n].
        largest_logit: the largest absolute logit that the network gave there: it tells how scores are rounded.
    """

    points: Floats = field(default_factory=_none)
    shares: Floats = field(default_factory=_none)
    scores: Floats = field(default_factory=_none)
    largest_logit: float = 0.0

    def __len__(self) -> int:
        return len(self.points)

    def add(self, points: Sequence[float] | Floats, shares: Floats, scores: Floats, largest_logit: float) -> None:
        """Take in what was found at other points, in any order."""
        self.largest_logit = max(self.largest_logit, largest_logit)
        if len(self):
            points = np.concatenate([self.points, points])
            shares, scores = np.concatenate([self.shares, shares]), np.concatenate([self.scores, scores])
        order = np.argsort(points)
        self.points, self.shares, self.scores = np.asarray(points)[order], shares[order], scores[order]
