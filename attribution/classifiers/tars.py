"""`TARSClassifier`: a label is written before the text, and the network says whether it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from flair.data import Dictionary, Sentence
from flair.models import TARSClassifier
from torch import Tensor

from ..encoders import DocumentEncoder, EncodedText, hold_words
from ..errors import AttributionError, UnknownLabelError
from ..explanation import Floats, Prediction
from ..scores import Score
from ..supported.releases import TODAY, Release
from ..texts.passages import Passage, join_passages, read_passage
from ..texts.tokens import check_encodable
from .base import Kind, Reading, Text, take_one_text

_MOST_LABELS = 1000
_THRESHOLD = 0.5
_TASK = "whylight"


@dataclass(frozen=True, eq=False)
class TarsKind(Kind):
    """Each label has its own input, and its logit is YES less NO; label and separator are held."""

    classifier: TARSClassifier
    encoder: DocumentEncoder
    names: tuple[str, ...]
    multi_label: bool
    release: Release = TODAY
    open_labels: ClassVar[bool] = True

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order given."""
        return self.names

    @property
    def thresholds(self) -> Floats | None:
        """float64 [C]: one half where several labels may fit, else None."""
        return np.full(len(self.labels), _THRESHOLD) if self.multi_label else None

    @property
    def embeddings(self) -> Any:
        """The document embeddings."""
        return self.classifier.tars_embeddings

    def with_labels(self, labels: Sequence[str]) -> TarsKind:
        """The same network with other labels, each once; an empty label is refused."""
        for label in labels:
            check_encodable(label, "label")
            if not Sentence._handle_problem_characters(label).strip():
                raise AttributionError("A label is empty. Write at least one letter.")
        return replace(self, names=tuple(dict.fromkeys(labels)))

    def encode(self, text: Text, label: str | None = None) -> EncodedText:
        """The text behind one label; None for the label that fits best."""
        if label is None:
            label = self.read(text).prediction.label
        shown = label.replace("_", " ") if self.release.cleans_labels else label
        words = read_passage(take_one_text(text))
        parts: list[str | Passage] = [shown, self._separator, words]
        joined = join_passages(words.text, parts, split_again=self.release.splits_joined)
        return hold_words(self.encoder.encode_passage(joined), joined.held)

    def read(self, text: Text) -> Reading:
        """Encode a text behind every label."""
        if not self.labels:
            raise AttributionError("This model has no labels of its own. Give it some: any text can be one.")
        if len(self.labels) > _MOST_LABELS:
            raise AttributionError(
                f"This model reads a text once for each label, and there are {len(self.labels)}. "
                f"Give it at most {_MOST_LABELS} with with_labels()."
            )
        return self.answer({label: self.encode(text, label) for label in self.labels})

    def answer(self, encodings: Mapping[str, EncodedText]) -> Reading:
        """Predict from the text behind every label."""
        answers = torch.stack([self.run(encoded) for encoded in encodings.values()])
        return Reading(self.to_prediction(answers @ _YES_LESS_NO), encodings)

    def to_prediction(self, logits: Tensor) -> Prediction:
        """YES less NO [C]: the sigmoid is each label's softmax over YES and NO, and does not depend on other labels."""
        return Prediction(self.labels, logits.numpy(), torch.sigmoid(logits).numpy(), self.thresholds)

    def probability(self, label: str, logits: Tensor) -> float:
        """The label's probability, from the logits of NO and YES [2]."""
        return float(torch.sigmoid(logits @ _YES_LESS_NO))

    def direction(self, label: str, score: Score) -> Tensor:
        """YES less NO, whichever the score: what both share is left out."""
        if label not in self.labels:
            raise UnknownLabelError(label, self.labels)
        return _YES_LESS_NO.float()

    def predict_itself(self, text: Text) -> Mapping[str, float]:
        """Label -> probability by Flair's `predict()`."""
        names = Dictionary(add_unk=False)
        for label in self.labels:
            names.add_item(label)
        self.classifier._task_specific_attributes[_TASK] = {
            "label_dictionary": names,
            "label_type": _TASK,
            "multi_label": True,
        }
        self.classifier.switch_to_task(_TASK)
        sentence = Sentence(take_one_text(text))
        self.classifier.predict(sentence, label_threshold=-1.0)
        return {label.value: label.score for label in sentence.get_labels(_TASK)}

    def describe(self) -> dict[str, object]:
        """Facts for a reader: the labels, and how a text is read."""
        return {**super().describe(), "Other labels": "any text can be one: it is read before the text"}

    @property
    def _separator(self) -> str:
        tokenizer = self.embeddings.tokenizer
        begin = tokenizer.bos_token if self.release.begins_after_separator else None
        return f"{tokenizer.sep_token or ''}{begin or ''}"


_YES_LESS_NO = torch.tensor([-1.0, 1.0], dtype=torch.float64)
