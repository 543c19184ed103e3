"""GradientSHAP: gradients at random places between the text and random baselines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from torch import Tensor

from ..encoders import EncodedText, Encoder
from ..scores import SCORES, Score
from .base import Attributions, Watch, check_known
from .baselines import distinct_baselines
from .path.line import StraightPath

_ROUNDS = 8  # the samples are drawn in so many parts: after each, a preview is shown and the caller may stop


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientShap:
    """The expected gradient times the difference from the baseline, over the encoder's baselines and points between.

    Lundberg and Lee 2017, https://arxiv.org/abs/1705.07874; Erion and others 2021, https://arxiv.org/abs/1906.10670
    (expected gradients). It adds up to the difference of the scores only as closely as the samples allow.

    Args:
        samples: how many points are drawn, from the baselines in turn; each is one evaluation.
        seed: of the random draws; the same seed gives the same values.
        score: `centred` explains the logit less the mean of all logits, `logit` the logit alone.
        tolerance: the relative gap up to which the result counts as converged.

    Raises:
        ValueError: a setting out of its range.
    """

    title: ClassVar[str] = "GradientSHAP"
    differentiates: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    linear: ClassVar[bool] = True

    samples: int = 64
    seed: int = 0
    score: Score = "centred"
    tolerance: float = 0.05

    def __post_init__(self) -> None:
        check_known(score=(self.score, SCORES))
        if not 2 <= self.samples <= 100_000:
            raise ValueError(f"Expected 2 to 100000 samples, got {self.samples}.")
        if not 0 < self.tolerance <= 1:
            raise ValueError(f"Expected a tolerance above 0 and up to 1, got {self.tolerance}.")

    def attribute(
        self, encoder: Encoder, encoded: EncodedText, directions: Tensor, *, watch: Watch | None = None
    ) -> tuple[Attributions, ...]:
        """Explain K scores, each the logits' product with one row of `directions` [K, C]."""
        paths = [StraightPath(encoder, encoded, start, directions) for start in distinct_baselines(encoded)]
        targets = range(len(directions))
        ends = [path.follow([0.0, 1.0], targets)[0] for path in paths]
        points = np.random.default_rng(self.seed).random(self.samples)
        owners = np.arange(self.samples) % len(paths)
        shares = np.zeros((self.samples, len(directions), len(encoded.tokens)))
        found: tuple[Attributions, ...] = ()
        for chosen in np.array_split(np.arange(self.samples), min(_ROUNDS, self.samples)):
            for owner, path in enumerate(paths):
                mine = chosen[owners[chosen] == owner]
                if mine.size:
                    shares[mine] = path.follow(points[mine].tolist(), targets)[1].swapaxes(0, 1)
            drawn = int(chosen[-1]) + 1
            share = np.bincount(owners[:drawn], minlength=len(paths)) / drawn
            baseline_logits = sum(part * end[0] for part, end in zip(share, ends, strict=True))
            found = tuple(
                Attributions(values, score, start, drawn, False, baseline_logits, drawn < self.samples)
                for values, score, start in zip(
                    shares[:drawn].mean(axis=0),
                    paths[0].scores(ends[0])[1].tolist(),
                    paths[0].scores(np.asarray(baseline_logits)[None])[0].tolist(),
                    strict=True,
                )
            )
            if watch and watch(found) is False:
                return found
        return tuple(replace(one, converged=abs(one.relative_gap) <= self.tolerance) for one in found)
