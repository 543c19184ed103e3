"""Occlusion: what the score loses when one word is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from ..encoders import EncodedText, Encoder, TextEncoder, regroup_words
from ..encoders.pauses import give_way
from ..errors import AttributionError, EmptyTextError, UnsupportedModelError
from ..explanation import Floats
from ..scores import SCORES, Score
from ..texts.tokens import delete_words
from .base import Attributions, Watch, check_known
from .baselines import find_baseline
from .words import replace_words, spread_over_tokens

Replacement = Literal["pad", "mask", "zero", "mean"]
REPLACEMENTS: tuple[Replacement, ...] = get_args(Replacement)
Occluded = Literal["pad", "mask", "zero", "mean", "delete"]
OCCLUDED: tuple[Occluded, ...] = get_args(Occluded)

_BATCH_TOKENS = 4096  # tokens in one forward pass, which limits the memory that it takes
_PREVIEWS = 20  # how often `watch` is called on the way, however long the text is


@dataclass(frozen=True, slots=True, kw_only=True)
class Occlusion:
    """Takes away one word at a time, and credits it with what the score loses.

    Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901, for words. With the mask token it equals Sequential
    Integrated Gradients (Enguehard 2023, https://arxiv.org/abs/2305.15853) at one forward pass a word: there the path
    moves the one word alone, from the mask to itself, so its integral is the difference of the scores at its ends.
    The values do not add up to a difference of two scores. A word's subwords share its value evenly.

    Args:
        baseline: what stands in for the word; `delete` takes it out of the text, and the rest is read anew.
        score: `centred` explains the logit less the mean of all logits, `logit` the logit alone.

    Raises:
        ValueError: a setting that is not known.
    """

    title: ClassVar[str] = "Occlusion"
    differentiates: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    linear: ClassVar[bool] = True

    baseline: Occluded = "mask"
    score: Score = "centred"

    def __post_init__(self) -> None:
        check_known(baseline=(self.baseline, OCCLUDED), score=(self.score, SCORES))

    def attribute(
        self, encoder: Encoder, encoded: EncodedText, directions: Tensor, *, watch: Watch | None = None
    ) -> tuple[Attributions, ...]:
        """Explain K scores, each the logits' product with one row of `directions` [K, C].

        Raises:
            AttributionError: the encoder does not offer this baseline, or no word can be deleted.
        """
        scores, count = _score(encoder, encoded, encoded.embedded, directions), len(encoded.spans)  # [1, K]
        if self.baseline == "delete":
            without = _delete_each(encoder, encoded, directions)
        else:
            without = _replace_each(encoder, encoded, find_baseline(encoded, self.baseline), directions)
        lost, shown = np.empty((0, len(directions))), -1
        for answer in without:
            lost = np.concatenate([lost, scores - answer])
            done, part = len(lost) == count, len(lost) * _PREVIEWS // count
            if part == shown and not done:
                continue
            shown, found = part, _to_attributions(lost, encoded, scores[0], done)
            if watch and watch(found) is False:
                break
        return found


def _replace_each(encoder: Encoder, encoded: EncodedText, baseline: Tensor, directions: Tensor) -> Iterator[Floats]:
    """[w, K]: the scores of the text with the baseline in place of one word, for each of W words in turn."""
    single = torch.eye(len(encoded.spans), dtype=torch.bool)  # [W, W]
    size = max(1, _BATCH_TOKENS // encoded.embedded.shape[1])
    for start in range(0, len(single), size):
        yield _score(encoder, encoded, replace_words(encoded, single[start : start + size], baseline), directions)


def _delete_each(encoder: Encoder, encoded: EncodedText, directions: Tensor) -> Iterator[Floats]:
    """[1, K]: the scores of the text without one word, for each of W words in turn."""
    if not isinstance(encoder, TextEncoder) or regroup_words(encoder.encode(encoded.text)).tokens != encoded.tokens:
        raise UnsupportedModelError(
            "This model reads more than the text itself, so no word can be deleted. Choose another baseline."
        )
    # Unread text would move up and fill the gap.
    text = encoded.text[: encoded.unread[0].start] if encoded.unread else encoded.text
    for span in encoded.spans:
        try:
            left = encoder.encode(delete_words(text, [(span.start, span.end)]))
        except EmptyTextError as error:
            raise AttributionError("Nothing is left of the text without its word. Choose another baseline.") from error
        yield _score(encoder, left, left.embedded, directions)


def _score(encoder: Encoder, encoded: EncodedText, embedded: Tensor, directions: Tensor) -> Floats:
    """[B, T, E] -> [B, K]."""
    give_way()
    with torch.no_grad():
        logits = encoder.logits(embedded, encoded).cpu().double()
    scores: Floats = (logits @ directions.cpu().double().T).numpy()
    return scores


def _to_attributions(lost: Floats, encoded: EncodedText, scores: Floats, done: bool) -> tuple[Attributions, ...]:
    """Attributions from `lost` [w, K], what the scores lost without each of the first w words."""
    values = np.zeros((len(encoded.spans), lost.shape[1]))
    values[: len(lost)] = lost
    return tuple(
        Attributions(spread_over_tokens(column, encoded), float(score), np.nan, len(lost) + 1, done, cancelled=not done)
        for column, score in zip(values.T, scores, strict=True)
    )
