"""Integrated gradients along the straight path from a baseline to the text, with as many points as it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

import numpy as np
from torch import Tensor

from ..encoders import EncodedText, Encoder
from ..encoders.pauses import others_wait
from ..environment import read
from ..errors import AttributionError
from ..explanation import Computed, Floats
from ..scores import SCORES, Score
from .base import Attributions, Watch, check_known
from .baselines import DEFAULT, distinct_baselines, find_baseline
from .path.arithmetic import BFLOAT16, FLOAT32, PRECISIONS, Arithmetic, Precision
from .path.experience import Experience
from .path.learned import COARSEST, FEWEST_EVALUATIONS, FEWEST_OF_BOTH
from .path.line import StraightPath
from .path.own_text import lay_out_text
from .path.precision import Tried, name_machine, try_arithmetics
from .path.rules import Curve, Kind, LearnedRule
from .path.shared import SharedIntegrals

Baseline = Literal["pad", "mask", "zero", "mean", "average", "text"]
BASELINES: tuple[Baseline, ...] = get_args(Baseline)

_FEWEST_TOKENS = 24
"""Of a text that is computed in bfloat16: with 12 it was 1.1 times faster, with 19 to 43 1.6, with 74 2.4 times."""

_SHORT = 128
"""Tokens of a text whose first points by a rule all share one pass: an explanation of so many takes 0.5 CPU seconds."""

Points = Literal["learned", "adaptive"]
POINTS: tuple[Points, ...] = get_args(Points)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegratedGradients:
    """Integrated gradients on the word embeddings, with the network's other inputs held fixed.

    Sundararajan, Taly and Yan 2017, https://arxiv.org/abs/1703.01365. Points are added where completeness is missed,
    until the tolerance is met; see `AdaptiveIntegral`. Once four texts of a model are explained, others begin with the
    points that those needed; see `LearnedIntegral`. Several targets share points and forward passes, and each gets
    exactly the values that it gets alone.

    Args:
        baseline: what stands in for every word at the start of the path; special tokens stay. `average` is the mean
            over all that the encoder offers, `text` is `baseline_text`.
        points: `adaptive` places all points anew in each text, whatever earlier texts have taught.
        baseline_text: its tokens take the places of the explained text's tokens, and padding fills the rest.
        score: `centred` explains the logit less the mean of all logits, `logit` the logit alone.
        tolerance: how much of the difference of the scores may be missed.
        max_evaluations: the most points on one path; if that is not enough, the result says that it has not converged.
        precision: `auto` begins in bfloat16 where points are learned and a trial has shown that this machine is faster
            with it and hardly less exact, and else in float32; see `try_arithmetics` and `LearnedIntegral`.

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
    precision: Precision = "auto"
    points: Points = "learned"
    baseline_text: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.tolerance <= 1:
            raise ValueError(f"Expected a tolerance above 0 and up to 1, got {self.tolerance}.")
        if not 2 <= self.max_evaluations <= 10_000:
            raise ValueError(f"Expected 2 to 10000 evaluations at most, got {self.max_evaluations}.")
        check_known(
            baseline=(self.baseline, BASELINES),
            score=(self.score, SCORES),
            precision=(self.precision, PRECISIONS),
            points=(self.points, POINTS),
        )

    def attribute(
        self,
        encoder: Encoder,
        encoded: EncodedText,
        directions: Tensor,
        *,
        watch: Watch | None = None,
        experience: Experience | None = None,
        logits: Floats | None = None,
    ) -> tuple[Attributions, ...]:
        """Explain K scores, each the logits' product with one row of `directions` [K, C].

        `experience` is that with the network that the encoder wraps; this text adds to it. `logits` [C] are those of
        the text, where they are known.

        Raises:
            AttributionError: the encoder does not offer this baseline, or `baseline_text` is empty.
        """
        experience = experience or Experience()
        reduced = self.find_reduced(experience, len(directions), len(encoded.tokens))
        try:
            return self._attribute(encoder, encoded, directions, watch, experience, logits, reduced)
        except (AttributionError, RuntimeError):
            if reduced is None or self.precision == "bfloat16":
                raise
            experience.tried = Tried(name_machine())  # a text may overflow where the one that was tried did not
            return self._attribute(encoder, encoded, directions, watch, experience, logits, None)

    def _attribute(
        self,
        encoder: Encoder,
        encoded: EncodedText,
        directions: Tensor,
        watch: Watch | None,
        experience: Experience,
        logits: Floats | None,
        reduced: Arithmetic | None,
    ) -> tuple[Attributions, ...]:
        rule = self.find_rule(experience)
        done: list[Sequence[Attributions]] = []
        curves: list[Curve] = []
        for start in self.starts(encoder, encoded):
            path = StraightPath(encoder, encoded, start, directions, experience.memory)
            integrals = self.integrate(len(directions))
            if rule:
                ends, previews = path.read_ends(logits), path.tokens > _SHORT or others_wait()
                integrals = self.integrate_by(rule, ends, path.scores(ends), reduced, previews=previews)
            for found in self._follow(path, integrals, reduced):
                whole = self._average([*done, found])
                if watch and watch(whole) is False:
                    return tuple(replace(one, cancelled=True, converged=False) for one in whole)
            done.append(found)
            curves += integrals.curves()
            if rule:
                self.try_out(experience, path, rule)
            if rule and reduced:
                experience.account(was_enough=found[0].precision == reduced.precision)
        self.teach(experience, encoded, curves)
        return tuple(self._average(done))

    def starts(self, encoder: Encoder, encoded: EncodedText) -> list[Tensor]:
        """Where the paths begin, each [1, T, E]: several where baselines are averaged; errors are `attribute`'s."""
        if self.baseline == "average":
            return distinct_baselines(encoded)
        if self.baseline == "text":
            return [lay_out_text(encoder, encoded, self.baseline_text)]
        return [find_baseline(encoded, self.baseline)]

    def find_rule(self, experience: Experience) -> LearnedRule | None:
        """What earlier texts have taught of paths like these; None where that is not asked for, or too little."""
        return experience.rules.find(self._kind) if self._may_follow_rules else None

    @property
    def _may_follow_rules(self) -> bool:
        coarse = self.tolerance >= COARSEST and self.max_evaluations >= FEWEST_EVALUATIONS
        return coarse and self.points == "learned"

    def find_reduced(self, experience: Experience, targets: int, tokens: int) -> Arithmetic | None:
        """The arithmetic for what is first evaluated by a rule; None where that is float32.

        Several targets hardly share points where some are content with bfloat16 and others are not, and it hardly
        shortens passes over a few tokens.
        """
        if self.precision == "bfloat16":
            return BFLOAT16
        return experience.find_reduced() if self._may_reduce and targets == 1 and tokens >= _FEWEST_TOKENS else None

    @property
    def _may_reduce(self) -> bool:
        may = self.precision == "auto" and read("WHYLIGHT_PRECISION") != "float32"
        return may and self.max_evaluations >= FEWEST_OF_BOTH

    def try_out(self, experience: Experience, path: StraightPath, rule: LearnedRule) -> None:
        """Once for a network, find out on a path of it in which arithmetic it is best followed from now on."""
        if self._may_reduce and experience.tried is None and path.tokens >= _FEWEST_TOKENS:
            experience.tried = try_arithmetics(path, rule)

    @property
    def learns(self) -> bool:
        """Whether texts that it explains teach it where to evaluate others."""
        return self.tolerance == COARSEST and self._may_follow_rules and self.precision != "bfloat16"

    def teach(self, experience: Experience, encoded: EncodedText, curves: Sequence[Curve]) -> None:
        """Let rules be learned from the curves of a text, if they are as exact as a rule has to be."""
        if experience.learns and self.tolerance <= COARSEST and self.precision != "bfloat16":
            experience.rules.learn(self._kind, encoded.text, curves)

    @property
    def _kind(self) -> Kind:
        return self.baseline, self.baseline_text if self.baseline == "text" else "", self.score

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
            learned_from=found[0].learned_from,
            precision="bfloat16" if any(one.precision == "bfloat16" for one in found) else "float32",
        )
        # The score differences of the paths may cancel out while their gaps do not.
        return replace(average, converged=average.converged and abs(average.relative_gap) <= self.tolerance)

    def integrate(self, count: int) -> SharedIntegrals:
        """The integrals of `count` targets, whose points are placed for one text alone."""
        precision: Computed = "bfloat16" if self.precision == "bfloat16" else "float32"
        return SharedIntegrals.adaptive(count, self.tolerance, self.max_evaluations, precision)

    def integrate_by(
        self, rule: LearnedRule, logits: Floats, scores: Floats, reduced: Arithmetic | None, *, previews: bool
    ) -> SharedIntegrals:
        """The integrals of K targets by a rule; for `logits` and `scores`, see `SharedIntegrals.learned`.

        Without previews, the first points are as many as may be enough.
        """
        precision = reduced.precision if reduced else "float32"
        rule = rule if previews else rule.without_first_level()
        return SharedIntegrals.learned(rule, logits, scores, self.tolerance, self.max_evaluations, precision)

    def _follow(
        self, path: StraightPath, integrals: SharedIntegrals, reduced: Arithmetic | None
    ) -> Iterator[Sequence[Attributions]]:
        """What is known of each target after every round of points."""
        while rounds := integrals.wanted():
            for (targets, precision), points in rounds.items():
                arithmetic = reduced if reduced and precision == reduced.precision else FLOAT32
                logits, shares = path.follow(points, targets, arithmetic)
                integrals.take(targets, points, logits, shares, path.scores(logits)[:, targets])
            integrals.add()
            yield integrals.found()
