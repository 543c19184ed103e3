"""How strongly the score reacts to each token, in either direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from ..encoders import EncodedText, Encoder
from ..scores import SCORES, Score
from .base import Attributions, Watch, check_known
from .gradients import gradients_of_scores, to_attributions


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientNorm:
    """The length of the score's gradient at each token's embedding. It has no sign: no token counts against a label.

    Simonyan, Vedaldi and Zisserman 2014, https://arxiv.org/abs/1312.6034 (saliency), for embeddings.

    Raises:
        ValueError: a setting that is not known.
    """

    title: ClassVar[str] = "Gradient norm (unsigned)"
    differentiates: ClassVar[bool] = True
    signed: ClassVar[bool] = False
    linear: ClassVar[bool] = False

    score: Score = "centred"

    def __post_init__(self) -> None:
        check_known(score=(self.score, SCORES))

    def attribute(
        self, encoder: Encoder, encoded: EncodedText, directions: Tensor, *, watch: Watch | None = None
    ) -> tuple[Attributions, ...]:
        """Explain K scores, each the logits' product with one row of `directions` [K, C]."""
        scores, gradients = gradients_of_scores(encoder, encoded, directions)
        return to_attributions(gradients.norm(dim=-1), scores, watch)
