"""`TextRegressor`: a value for one text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from flair.data import Sentence
from flair.models import TextPairRegressor, TextRegressor
from torch import Tensor

from ..encoders import EncodedText, TextEncoder
from ..explanation import Prediction
from ..scores import Score
from .base import Kind, Text, take_one_text

VALUE = "value"


class ValueKind(Kind):
    """The one target is the value, in its own units."""

    classifier: TextRegressor | TextPairRegressor
    predicts_value: ClassVar[bool] = True

    @property
    def labels(self) -> tuple[str, ...]:
        """The value is all that can be explained."""
        return (VALUE,)

    @property
    def thresholds(self) -> None:
        """A value has none."""
        return None

    def to_prediction(self, logits: Tensor) -> Prediction:
        """The value [1] as it is."""
        return Prediction(self.labels, logits.numpy(), logits.numpy(), value=float(logits[0]))

    def direction(self, label: str, score: Score) -> Tensor:
        """The score is the value, for there is nothing to centre it on."""
        super().direction(label, score)
        return torch.ones(1)

    def describe(self) -> dict[str, object]:
        """Facts for a reader: what the value is called."""
        return {"Value": self.classifier.label_name}


@dataclass(frozen=True, eq=False)
class RegressorKind(ValueKind):
    """A value for one text."""

    classifier: TextRegressor
    encoder: TextEncoder

    @property
    def embeddings(self) -> Any:
        """The document embeddings."""
        return self.classifier.document_embeddings

    def encode(self, text: Text, label: str | None = None) -> EncodedText:
        """One text."""
        return self.encoder.encode(take_one_text(text))

    def predict_itself(self, text: Text) -> Mapping[str, float]:
        """The value by Flair's `predict()`."""
        sentence = Sentence(take_one_text(text))
        self.classifier.predict(sentence, label_name="whylight")
        return {VALUE: float(sentence.get_label("whylight").value)}
