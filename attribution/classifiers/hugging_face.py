"""`AutoModelForSequenceClassification` of Hugging Face: labels, or a value, for one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from torch import Tensor
from transformers import PreTrainedModel

from ..encoders import EncodedText
from ..encoders.transformers.sequence_classifier import HuggingFaceEncoder
from ..explanation import Floats, Prediction
from ..wording import shorten
from .base import SAID, Kind, Text, take_one_text
from .regressor import VALUE

_THRESHOLD = 0.5
_HOW = "with the switch below the model on the page, --multi-label in the shell, or multi_label=True in Python."
_TAKEN = (
    "The model's file does not say whether its labels exclude each other, so they are taken as if they do. If they do "
    f"not, say so: {_HOW}"
)
_TAKEN_AS_VALUE = (
    "The model has one output, and its file does not say what it is, so it is taken for a value. If it is the logit of "
    f"a label, say that labels do not exclude each other: {_HOW}"
)
_BY_READER = {
    True: "The model's file does not say whether its labels exclude each other. They do not, as its reader said: each "
    "is assigned where its own probability is above one half.",
    False: "The model's file does not say whether its labels exclude each other. They do, as its reader said.",
}
_ROUNDED = {"bfloat16": "0.01", "float16": "0.001"}
"""The largest differences of probabilities found, in tiny networks of four families: benchmarks/RESULTS.md."""


@dataclass(frozen=True, eq=False)
class HuggingFaceKind(Kind):
    """Labels compete (softmax), or are independent of each other (sigmoid, assigned above one half).

    `rounding` names the 16-bit dtype in which the release that saved the model computes; empty if it is none.
    """

    classifier: PreTrainedModel
    encoder: HuggingFaceEncoder
    names: tuple[str, ...]
    independent: bool = False
    multi_label_recorded: bool = True
    multi_label_by_reader: bool | None = None
    rounding: str = ""
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

    @property
    def notes(self) -> tuple[str, ...]:
        """How labels are read where the file does not say it, and how the precision here differs from the release's."""
        return (*self._say_labels(), *self._say_rounding())

    def _say_labels(self) -> tuple[str, ...]:
        if self.multi_label_recorded:
            return ()
        if self.multi_label_by_reader is None:
            return (_TAKEN_AS_VALUE if self.predicts_value else _TAKEN,)
        return (_BY_READER[self.multi_label_by_reader],)

    def _say_rounding(self) -> tuple[str, ...]:
        if not self.rounding:
            return ()
        return (
            f"This model was saved by transformers {shorten(self.saved_with or '?', 20)}, which by default computes in "
            f"16 bits ({self.rounding}). Here it is computed in 32 bits, so probabilities can differ from that "
            f"release's own by about {_ROUNDED[self.rounding]}.",
        )

    def with_multi_label(self, multi_label: bool | None) -> Kind:
        """The same network, its logits read as the reader says; a single output is then a label or a value.

        Raises:
            MultiLabelError: the file itself says otherwise.
        """
        if self.multi_label_recorded:
            return super().with_multi_label(multi_label)
        kind = HuggingFaceRegressorKind if len(self.names) == 1 and not multi_label else HuggingFaceKind
        return kind(self.classifier, self.encoder, self.names, bool(multi_label), False, multi_label, self.rounding)

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
        return {**super().describe(), "Problem type": self.classifier.config.problem_type or self._say_unrecorded()}

    def _say_unrecorded(self) -> str:
        said = self.multi_label_by_reader
        return "not recorded" if said is None else f"not recorded; the reader said that labels {SAID[said]}"


class HuggingFaceRegressorKind(HuggingFaceKind):
    """The one target is the value, in its own units."""

    predicts_value: ClassVar[bool] = True

    @property
    def labels(self) -> tuple[str, ...]:
        """The value is all that can be explained."""
        return (VALUE,)

    def to_prediction(self, logits: Tensor) -> Prediction:
        """The value [1] as it is."""
        return Prediction(self.labels, logits.numpy(), logits.numpy(), value=float(logits[0]))
