"""Integrated gradients along the straight path from a baseline to the text, with as many points as it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

import numpy as np
from torch import Tensor

from ..encoders import EncodedText, Encoder
from ..scores import SCORES, Score
from .base import Attributions, Watch, check_known
from .baselines import DEFAULT, distinct_baselines, find_baseline
from .path.line import PRECISIONS, Precision, StraightPath
from .path.own_text import lay_out_text
from .path.shared import SharedIntegrals

Baseline = Literal["pad", "mask", "zero", "mean", "average", "text"]
BASELINES: tuple[Baseline, ...] = get_args(Baseline)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegratedGradients:
    """Integrated gradients on the word embeddings, with the network's other inputs held fixed.

    Sundararajan, Taly and Yan 2017, https://arxiv.org/abs/1703.01365. Points are added where completeness is missed,
    until the tolerance is met; see `AdaptiveIntegral`. Several targets share points and forward passes, and each gets
    exactly the values that it gets alone.

    Args:
        baseline: what stands in for every word at the start of the path; special tokens stay. `average` is the mean
            over all that the encoder offers, `text` is `baseline_text`.
        baseline_text: its tokens take the places of the explained text's tokens, and padding fills the rest.
        score: `centred` explains the logit less the mean of all logits, `logit` the logit alone.
        tolerance: how much of the difference of the scores may be missed.
        max_evaluations: the most points on one path; if that is not enough, the result says that it has not converged.
        precision: `bfloat16` computes the network under autocast, which some machines do faster.

    Raises:
        ValueError: a setting out of its range.
    """

    title: ClassVar[str] = "Integrated gradients"
    differentiates: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    linear: ClassVar[bool] = True

    baseline: Baseline = DEFAULT
    score: Score = "centred"
    tolerance: float = 0.01
    max_evaluations: int = 200
    precision: Precision = "float32"
    baseline_text: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.tolerance <= 1:
            raise ValueError(f"Expected a tolerance above 0 and up to 1, got {self.tolerance}.")
        if not 2 <= self.max_evaluations <= 10_000:
            raise ValueError(f"Expected 2 to 10000 evaluations at most, got {self.max_evaluations}.")
        check_known(
            baseline=(self.baseline, BASELINES), score=(self.score, SCORES), precision=(self.precision, PRECISIONS)
        )

    def attribute(
        self, encoder: Encoder, encoded: EncodedText, directions: Tensor, *, watch: Watch | None = None
    ) -> tuple[Attributions, ...]:
        """Explain K scores, each the logits' product with one row of `directions` [K, C].

        Raises:
            AttributionError: the encoder does not offer this baseline, or `baseline_text` is empty.
        """
        starts = self.starts(encoder, encoded)
        done: list[Sequence[Attributions]] = []
        for start in starts:
            path = StraightPath(encoder, encoded, start, directions, self.precision)
            for found in self._follow(path, len(directions)):
                whole = self._average([*done, found])
                if watch and watch(whole) is False:
                    return tuple(replace(one, cancelled=True, converged=False) for one in whole)
            done.append(found)
        return tuple(self._average(done))

    def starts(self, encoder: Encoder, encoded: EncodedText) -> list[Tensor]:
        """Where the paths begin, each [1, T, E]: several where baselines are averaged; errors are `attribute`'s."""
        if self.baseline == "average":
            return distinct_baselines(encoded)
        if self.baseline == "text":
            return [lay_out_text(encoder, encoded, self.baseline_text)]
        return [find_baseline(encoded, self.baseline)]

    def _average(self, runs: Sequence[Sequence[Attributions]]) -> list[Attributions]:
        """The mean over the paths from several baselines, one a target; completeness holds for it as for each."""
        return list(runs[0]) if len(runs) == 1 else [self._average_one(found) for found in zip(*runs, strict=True)]

    def _average_one(self, found: Sequence[Attributions]) -> Attributions:
        average = Attributions(
            np.mean([one.values for one in found], axis=0),
            found[0].score,
            float(np.mean([one.baseline_score for one in found])),
            sum(one.evaluations for one in found),
            all(one.converged for one in found),
            np.mean([one.baseline_logits for one in found if one.baseline_logits is not None], axis=0),
        )
        # The score differences of the paths may cancel out while their gaps do not.
        return replace(average, converged=average.converged and abs(average.relative_gap) <= self.tolerance)

    def _follow(self, path: StraightPath, count: int) -> Iterator[Sequence[Attributions]]:
        """What is known of each target after every round of points."""
        integrals = SharedIntegrals(count, self.tolerance, self.max_evaluations)
        while rounds := integrals.wanted():
            for targets, points in rounds.items():
                logits, shares = path.follow(points, targets)
                integrals.take(targets, points, logits, shares, path.scores(logits)[:, targets])
            integrals.add()
            yield integrals.found()
