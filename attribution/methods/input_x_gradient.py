"""Input times gradient: what each token would contribute if the network were linear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from ..encoders import EncodedText, Encoder
from ..scores import SCORES, Score
from .base import Attributions, Watch, check_known
from .gradients import gradients_of_scores, to_attributions


@dataclass(frozen=True, slots=True, kw_only=True)
class InputXGradient:
    """The product of each token's embedding and the score's gradient at it, at one evaluation.

    Shrikumar, Greenside, Shcherbina and Kundaje 2016, https://arxiv.org/abs/1605.01713.

    Raises:
        ValueError: a setting that is not known.
    """

    title: ClassVar[str] = "Input times gradient"
    differentiates: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    linear: ClassVar[bool] = True

    score: Score = "centred"

    def __post_init__(self) -> None:
        check_known(score=(self.score, SCORES))

    def attribute(
        self, encoder: Encoder, encoded: EncodedText, directions: Tensor, *, watch: Watch | None = None
    ) -> tuple[Attributions, ...]:
        """Explain K scores, each the logits' product with one row of `directions` [K, C]."""
        scores, gradients = gradients_of_scores(encoder, encoded, directions)
        return to_attributions((gradients * encoded.embedded).sum(dim=-1), scores, watch)
