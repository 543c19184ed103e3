"""`TextClassifier`: labels for one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from flair.data import Sentence
from flair.models import TextClassifier
from flair.nn import DefaultClassifier

from ..encoders import EncodedText, TextEncoder
from ..explanation import Floats
from .base import Kind, Text, take_one_text


class LabelledKind(Kind):
    """Labels compete (softmax), or are independent of each other (sigmoid, each with its threshold)."""

    classifier: DefaultClassifier[Any, Any]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Index to label, in the decoder's order."""
        return tuple(self.classifier.label_dictionary.get_items())

    @cached_property
    def thresholds(self) -> Floats | None:
        """float64 [C] in multi-label models, else None."""
        if not self.classifier.multi_label:
            return None
        return np.array([self.classifier._get_label_threshold(label) for label in self.labels], dtype=np.float64)

    @property
    def embeddings(self) -> Any:
        """The document embeddings."""
        return self.classifier.embeddings

    def describe(self) -> dict[str, object]:
        """Facts for a reader: the labels and their type."""
        return {**super().describe(), "Label type": self.classifier.label_type}


@dataclass(frozen=True, eq=False)
class TextKind(LabelledKind):
    """One text, encoded once for all labels."""

    classifier: TextClassifier
    encoder: TextEncoder

    def encode(self, text: Text, label: str | None = None) -> EncodedText:
        """One encoding for all labels."""
        return self.encoder.encode(take_one_text(text))

    def predict_itself(self, text: Text) -> Mapping[str, float]:
        """Label -> probability by Flair's `predict()`, which never reports the label "O"."""
        return self.predict_several([take_one_text(text)])[0]

    def predict_several(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        """`predict_itself` of several texts, in one call; none is the context of another."""
        sentences = [Sentence(text) for text in texts]
        for sentence in sentences:
            Sentence.set_context_for_sentences([sentence])
        self.classifier.predict(
            sentences,
            mini_batch_size=len(sentences),
            label_name="whylight",
            return_probabilities_for_all_classes=True,
        )
        return [{label.value: label.score for label in sentence.get_labels("whylight")} for sentence in sentences]
