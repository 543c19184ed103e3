"""Occlusion: what the score loses when one word is taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from ..encoders import EncodedText, Encoder
from ..explanation import Floats
from ..scores import SCORES, Score
from .base import Attributions, Watch, check_known, find_baseline
from .words import spread_over_tokens, words_of

Replacement = Literal["pad", "mask", "zero", "mean"]
REPLACEMENTS: tuple[Replacement, ...] = get_args(Replacement)

_BATCH_TOKENS = 4096
_PREVIEWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Occlusion:
    """Takes one word at a time away, and credits it with what the score loses.

    Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901, for words. With the mask token it equals Sequential
    Integrated Gradients (Enguehard 2023, https://arxiv.org/abs/2305.15853) at one forward pass a word: there the path
    moves the one word alone, from the mask to itself, so its integral is the difference of the scores at its ends.
    The values do not add up to a difference of two scores. A word's subwords share its value evenly.

    Args:
        baseline: what stands in for the word.
        score: `centred` explains the logit less the mean of all logits, `logit` the logit alone.

    Raises:
        ValueError: a setting that is not known.
    """

    title: ClassVar[str] = "Occlusion"
    differentiates: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    linear: ClassVar[bool] = True

    baseline: Replacement = "mask"
    score: Score = "centred"

    def __post_init__(self) -> None:
        check_known(baseline=(self.baseline, REPLACEMENTS), score=(self.score, SCORES))

    def attribute(
        self, encoder: Encoder, encoded: EncodedText, directions: Tensor, *, watch: Watch | None = None
    ) -> tuple[Attributions, ...]:
        """Explain K scores, each the logits' product with one row of `directions` [K, C].

        Raises:
            AttributionError: the encoder does not offer this baseline.
        """
        baseline = find_baseline(encoded, self.baseline)
        words = words_of(encoded)  # [W, T]
        size = max(1, _BATCH_TOKENS // encoded.embedded.shape[1])
        rounds = 1 + len(words) // size // _PREVIEWS
        scores = _score(encoder, encoded, encoded.embedded, directions)  # [1, K]
        lost: list[Floats] = []
        for start in range(0, len(words), size):
            taken = words[start : start + size, :, None]
            lost.append(scores - _score(encoder, encoded, torch.where(taken, baseline, encoded.embedded), directions))
            done = start + len(taken) >= len(words)
            if not done and (start // size) % rounds:
                continue
            found = _to_attributions(np.concatenate(lost), encoded, scores[0], done)
            if watch and watch(found) is False:
                break
        return found


def _score(encoder: Encoder, encoded: EncodedText, embedded: Tensor, directions: Tensor) -> Floats:
    """[B, T, E] -> [B, K]."""
    with torch.no_grad():
        logits = encoder.logits(embedded, encoded).cpu().double()
    scores: Floats = (logits @ directions.cpu().double().T).numpy()
    return scores


def _to_attributions(lost: Floats, encoded: EncodedText, scores: Floats, done: bool) -> tuple[Attributions, ...]:
    """`lost` [w, K], by the first w of all words."""
    values = np.zeros((len(encoded.spans), lost.shape[1]))
    values[: len(lost)] = lost
    return tuple(
        Attributions(spread_over_tokens(column, encoded), float(score), np.nan, len(lost) + 1, done, cancelled=not done)
        for column, score in zip(values.T, scores, strict=True)
    )
