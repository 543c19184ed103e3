"""`AutoModelForSequenceClassification` of Hugging Face: labels, or a value, for one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from torch import Tensor
from transformers import PreTrainedModel

from ..encoders import EncodedText
from ..encoders.hugging_face import HuggingFaceEncoder
from ..explanation import Floats, Prediction
from .base import Kind, Text, take_one_text
from .regressor import VALUE

_THRESHOLD = 0.5


@dataclass(frozen=True, eq=False)
class HuggingFaceKind(Kind):
    """Labels compete (softmax), or are independent of each other (sigmoid, assigned above one half)."""

    classifier: PreTrainedModel
    encoder: HuggingFaceEncoder
    names: tuple[str, ...]
    independent: bool = False
    library: ClassVar[str] = "transformers"

    @property
    def labels(self) -> tuple[str, ...]:
        """Index to label, as the model's configuration names them."""
        return self.names

    @property
    def thresholds(self) -> Floats | None:
        """float64 [C] in multi-label models, else None."""
        return np.full(len(self.labels), _THRESHOLD) if self.independent else None

    @property
    def embeddings(self) -> Any:
        """The transformer under the classifier's head."""
        return self.classifier.base_model

    @property
    def saved_with(self) -> str | None:
        """The version of transformers, as the configuration tells it."""
        return self.classifier.config.transformers_version  # type: ignore[no-any-return]

    def encode(self, text: Text, label: str | None = None) -> EncodedText:
        """One encoding for all labels."""
        return self.encoder.encode(take_one_text(text))

    def predict_itself(self, text: Text) -> Mapping[str, float]:
        """Label -> probability by a plain call of transformers."""
        return self.predict_several([take_one_text(text)])[0]

    def predict_several(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        """`predict_itself` of several texts, in one call."""
        predictions = [self.to_prediction(logits) for logits in self.encoder.predict_itself(texts).cpu().double()]
        return [dict(zip(one.labels, one.probabilities.tolist(), strict=True)) for one in predictions]

    def describe(self) -> dict[str, object]:
        """Facts for a reader: the labels, and how the model was trained on them."""
        return {**super().describe(), "Problem type": self.classifier.config.problem_type or "not recorded"}


class HuggingFaceRegressorKind(HuggingFaceKind):
    """The one target is the value, in its own units."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The value is all that can be explained."""
        return (VALUE,)

    def to_prediction(self, logits: Tensor) -> Prediction:
        """The value [1] as it is."""
        return Prediction(self.labels, logits.numpy(), logits.numpy(), value=float(logits[0]))
