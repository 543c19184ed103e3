"""Integrated gradients as in the original notebook: Captum's, with a fixed number of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

import numpy as np
import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor, nn

from ..encoders import EncodedText, Encoder
from ..encoders.pauses import give_way
from ..explanation import Floats
from ..scores import SCORES, Score
from .base import Attributions, StoppedError, Watch, check_known
from .baselines import DEFAULT, find_baseline

Baseline = Literal["pad", "mask", "zero", "mean"]
Quadrature = Literal["gausslegendre", "riemann_trapezoid", "riemann_middle", "riemann_left", "riemann_right"]
BASELINES: tuple[Baseline, ...] = get_args(Baseline)
QUADRATURES: tuple[Quadrature, ...] = get_args(Quadrature)

_BATCH_TOKENS = 2048  # tokens in one pass, which limits the memory that it takes


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptumIntegratedGradients:
    """Captum's layer integrated gradients on the word embeddings, with the network's other inputs held fixed.

    Sundararajan, Taly and Yan 2017, https://arxiv.org/abs/1703.01365. Each target is integrated separately.

    Args:
        steps: points on the path; each is one evaluation.
        quadrature: the rule that places and weighs them; Captum's names.
        internal_batch_size: points in one forward pass; None fits it to the length of the text. It changes no result.
        baseline: what stands in for every word at the start of the path; special tokens stay.
        score: `centred` explains the logit less the mean of all logits, `logit` the logit alone.
        tolerance: the relative gap up to which the result counts as converged.

    Raises:
        ValueError: a setting out of its range.
    """

    title: ClassVar[str] = "Integrated gradients, fixed steps (Captum)"
    differentiates: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    linear: ClassVar[bool] = True

    steps: int = 50
    quadrature: Quadrature = "gausslegendre"
    internal_batch_size: int | None = None
    baseline: Baseline = DEFAULT
    score: Score = "centred"
    tolerance: float = 0.01

    def __post_init__(self) -> None:
        if not 2 <= self.steps <= 10_000:
            raise ValueError(f"Expected 2 to 10000 steps, got {self.steps}.")
        if self.internal_batch_size is not None and self.internal_batch_size < 1:
            raise ValueError(f"Expected an internal batch of at least 1, got {self.internal_batch_size}.")
        if not 0 < self.tolerance <= 1:
            raise ValueError(f"Expected a tolerance above 0 and up to 1, got {self.tolerance}.")
        check_known(
            quadrature=(self.quadrature, QUADRATURES),
            baseline=(self.baseline, BASELINES),
            score=(self.score, SCORES),
        )

    def attribute(
        self, encoder: Encoder, encoded: EncodedText, directions: Tensor, *, watch: Watch | None = None
    ) -> tuple[Attributions, ...]:
        """Explain K scores, each the logits' product with one row of `directions` [K, C].

        Raises:
            AttributionError: the encoder does not offer this baseline.
        """
        baseline = find_baseline(encoded, self.baseline)
        with torch.no_grad():
            logits = encoder.logits(torch.cat([encoded.embedded, baseline]), encoded).cpu().double()
        told = _Told(watch, len(directions), len(encoded.tokens), self.steps)
        for direction in directions.to(logits):
            try:
                values = self._integrate(encoder, encoded, baseline, direction, told.tell)
            except StoppedError:
                return told.so_far(cancelled=True)
            score, baseline_score = (logits @ direction).tolist()
            found = Attributions(values, score, baseline_score, self.steps, False, logits[1].numpy())
            told.finish(replace(found, converged=abs(found.relative_gap) <= self.tolerance))
        if watch:
            watch(told.so_far())
        return told.so_far()

    def _integrate(
        self,
        encoder: Encoder,
        encoded: EncodedText,
        baseline: Tensor,
        direction: Tensor,
        on_points: Callable[[int], None] = lambda _: None,
    ) -> Floats:
        """[T]; `on_points` is called before each pass with the number of its points."""

        def score(embedded: Tensor) -> Tensor:
            on_points(len(embedded))
            give_way()
            return encoder.logits(embedded, encoded).cpu().double() @ direction

        run = _Run(score)
        found = LayerIntegratedGradients(run, run.door).attribute(
            encoded.embedded,
            baselines=baseline,
            n_steps=self.steps,
            method=self.quadrature,
            internal_batch_size=self.internal_batch_size or max(1, _BATCH_TOKENS // encoded.embedded.shape[1]),
        )
        values: Floats = found[0].detach().cpu().double().sum(dim=-1).numpy()
        # Captum's trapezoid weights add up to (n - 1) / n.
        return values * (self.steps / (self.steps - 1)) if self.quadrature == "riemann_trapezoid" else values


class _Told:
    """The progress over several targets, which is reported to whoever watches."""

    def __init__(self, watch: Watch | None, targets: int, tokens: int, steps: int) -> None:
        self._done: list[Attributions] = []
        self._watch, self._targets, self._tokens, self._steps = watch, targets, tokens, steps
        self._points = 0

    def tell(self, points: int) -> None:
        """Report the progress before `points` more are computed.

        Raises:
            StoppedError: the watcher wants to stop.
        """
        if self._watch and self._watch(self.so_far()) is False:
            raise StoppedError
        self._points += points

    def finish(self, found: Attributions) -> None:
        """Add the result of a target that is done."""
        self._done.append(found)
        self._points = 0

    def so_far(self, *, cancelled: bool = False) -> tuple[Attributions, ...]:
        """One result per target; those that are not done have no values yet."""
        evaluations = min(self._steps, self._points)
        rest = Attributions(np.zeros(self._tokens), np.nan, np.nan, evaluations, False, None, cancelled)
        return (*self._done, *[rest] * (self._targets - len(self._done)))


class _Run:
    """One integration: the function that Captum calls, and the layer at which it integrates.

    The layer belongs to this run and passes its input on unchanged: Captum sets its hooks on it and not on the model,
    which other threads may be using.
    """

    def __init__(self, score: Callable[[Tensor], Tensor]) -> None:
        self.door = nn.Identity()
        self._score = score

    def __call__(self, embedded: Tensor) -> Tensor:
        """[B, T, E] -> [B], with gradients."""
        return self._score(self.door(embedded))
