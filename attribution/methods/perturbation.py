"""What KernelSHAP and LIME share: a linear model is fitted to the network's scores of the text without some words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from ..encoders import EncodedText, Encoder
from ..encoders.pauses import give_way
from ..explanation import Floats
from ..scores import SCORES, Score
from .base import Attributions, StoppedError, Watch, check_known
from .baselines import find_baseline
from .occlusion import REPLACEMENTS, Replacement
from .words import replace_words, spread_over_tokens

_BATCH_TOKENS = 4096  # tokens in one forward pass, which limits the memory that it takes
_ENOUGH = 2  # samples a word: the fit has one unknown for each word, so fewer do not count as converged
_drawing = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Perturbation:
    """A linear model, fitted by Captum, whose features are whether each word is present.

    Args:
        baseline: what stands in for a word that is taken away.
        samples: how many sets of words are tried, each one forward pass; None takes 4 a word and 200 more.
        seed: of the random draws; the same seed gives the same values.
        score: `centred` explains the logit less the mean of all logits, `logit` the logit alone.

    Raises:
        ValueError: a setting out of its range.
    """

    title: ClassVar[str]
    differentiates: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    linear: ClassVar[bool] = True
    _captum: ClassVar[Callable[..., Any]]
    _adds_up: ClassVar[bool]

    baseline: Replacement = "mask"
    samples: int | None = None
    seed: int = 0
    score: Score = "centred"

    def __post_init__(self) -> None:
        check_known(baseline=(self.baseline, REPLACEMENTS), score=(self.score, SCORES))
        if self.samples is not None and not 2 <= self.samples <= 1_000_000:
            raise ValueError(f"Expected 2 to 1000000 samples, got {self.samples}.")

    def attribute(
        self, encoder: Encoder, encoded: EncodedText, directions: Tensor, *, watch: Watch | None = None
    ) -> tuple[Attributions, ...]:
        """Explain K scores, each the logits' product with one row of `directions` [K, C]; one after the other.

        Raises:
            AttributionError: the encoder does not offer this baseline.
        """
        trial = _Trial(encoder, encoded, find_baseline(encoded, self.baseline), directions, watch)
        count = len(encoded.spans)
        samples = self.samples or 4 * count + 200
        found: list[Attributions] = []
        try:
            scores, without = trial.score(torch.stack([torch.ones(count), torch.zeros(count)]))
            for target, (score, start) in enumerate(zip(scores, without, strict=True)):
                # With one word there is nothing to sample: it gets the whole difference.
                values = np.array([score - start]) if count == 1 else self._fit(trial, encoded, target, samples)
                told = spread_over_tokens(values, encoded), float(score), float(start) if self._adds_up else np.nan
                found.append(Attributions(*told, samples, samples >= _ENOUGH * count))
        except StoppedError:
            return (*found, *trial.nothing(cancelled=True)[len(found) :])
        if watch:
            watch(found)
        return tuple(found)

    def _fit(self, trial: _Trial, encoded: EncodedText, target: int, samples: int) -> Floats:
        """[W]."""
        count, draws = len(encoded.spans), _Draws(self.seed)

        def score(present: Tensor) -> Tensor:
            with draws.paused():  # other questions may be answered in the meantime, and draw as well
                return torch.from_numpy(trial.score(present)[:, target])

        with draws:
            fitted = self._captum(score).attribute(
                torch.ones(1, count),
                baselines=torch.zeros(1, count),
                n_samples=samples,
                perturbations_per_eval=max(1, _BATCH_TOKENS // len(encoded.tokens)),
            )
        values: Floats = fitted[0].double().numpy()
        return values


class _Draws:
    """The draws of one fit from torch's global generator, as Captum knows no other: nobody else draws in the block."""

    def __init__(self, seed: int) -> None:
        self._own = torch.Generator().manual_seed(seed).get_state()

    def __enter__(self) -> None:
        _drawing.acquire()
        self._others = torch.get_rng_state()
        torch.set_rng_state(self._own)

    def __exit__(self, *_: object) -> None:
        self._own = torch.get_rng_state()
        torch.set_rng_state(self._others)
        _drawing.release()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let others draw while this fit does not, and go on afterwards where it was."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()


class _Trial:
    """Scores the text with only some of its words present."""

    def __init__(
        self, encoder: Encoder, encoded: EncodedText, baseline: Tensor, directions: Tensor, watch: Watch | None
    ) -> None:
        self._encoder, self._encoded, self._baseline = encoder, encoded, baseline
        self._directions, self._watch = directions, watch
        self._tried = 0

    def score(self, present: Tensor) -> Floats:
        """The scores [n, K] of n sets of words [n, W], 1 for each word that is present."""
        embedded = replace_words(self._encoded, present < 0.5, self._baseline)
        give_way()
        with torch.no_grad():
            logits = self._encoder.logits(embedded, self._encoded).cpu().double()
        self._tried += len(present)
        if self._watch and self._watch(self.nothing()) is False:
            raise StoppedError
        scores: Floats = (logits @ self._directions.cpu().double().T).numpy()
        return scores

    def nothing(self, *, cancelled: bool = False) -> tuple[Attributions, ...]:
        """What is known before the fit: how many sets were tried."""
        values = np.zeros(len(self._encoded.tokens))
        return (Attributions(values, np.nan, np.nan, self._tried, False, None, cancelled),) * len(self._directions)
