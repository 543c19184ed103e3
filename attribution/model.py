"""A classifier read from a checkpoint, with what is needed to explain it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from .classifiers import Kind, Reading, Text
from .encoders import EncodedText, Encoder, regroup_words
from .encoders.panics import panics_reported
from .errors import FidelityError
from .explanation import Floats, ModelIdentity, Prediction
from .fidelity import check_fidelity, find_worst
from .scores import Score
from .supported.releases import TODAY, Release


@dataclass(frozen=True, eq=False)
class Model:
    """A model that can be explained.

    Attributes:
        kind: what it reads and what its logits say.
        identity: hash of the file, classes, versions.
        size: bytes of the file.
        release: which release saved it, if that one read a text differently from today's.
        notes: sentences that a reader should know.
    """

    kind: Kind
    identity: ModelIdentity
    size: int
    release: Release = TODAY
    notes: tuple[str, ...] = ()
    _predicting: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def classifier(self) -> Any:
        """The object of Flair underneath; its parameters take no gradients."""
        return self.kind.classifier

    @property
    def encoder(self) -> Encoder:
        """The network as one function of one tensor."""
        return self.kind.encoder

    @property
    def labels(self) -> tuple[str, ...]:
        """Index to label, in decoder order."""
        return self.kind.labels

    @property
    def multi_label(self) -> bool:
        """Whether labels are independent of each other (sigmoid) or compete (softmax)."""
        return self.kind.thresholds is not None

    @property
    def multi_label_recorded(self) -> bool:
        """Whether the file says if labels are independent of each other; where it does not, the reader may."""
        return self.kind.multi_label_recorded

    @property
    def thresholds(self) -> Floats | None:
        """float64 [C]: the probability above which each label is assigned; None in single-label models."""
        return self.kind.thresholds

    @property
    def predicts_value(self) -> bool:
        """Whether the model predicts a value instead of labels."""
        return self.kind.predicts_value

    @property
    def takes_pair(self) -> bool:
        """Whether the model compares two texts, given as a pair."""
        return self.kind.takes_pair

    @property
    def open_labels(self) -> bool:
        """Whether any text can be a label."""
        return self.kind.open_labels

    def with_labels(self, labels: Sequence[str]) -> Model:
        """The same model with other labels, where any text can be one; both share their weights.

        Raises:
            AttributionError: the labels of this model are fixed, or one of those given is empty.
        """
        return replace(self, kind=self.kind.with_labels(labels))

    def with_multi_label(self, multi_label: bool | None) -> Model:
        """The same model, its logits read as the reader says; both share their weights.

        Args:
            multi_label: whether labels are independent of each other; None for what the file says.

        Raises:
            MultiLabelError: the file itself says otherwise.
        """
        kind = self.kind.with_multi_label(multi_label)
        if kind is self.kind:
            return self
        identity = replace(self.identity, multi_label_by_reader=kind.multi_label_by_reader)
        notes = tuple(note for note in self.notes if note not in self.kind.notes)
        return replace(self, kind=kind, identity=identity, notes=(*notes, *kind.notes))

    def encode(self, text: Text, label: str | None = None) -> EncodedText:
        """A text as the network reads it where this label is explained.

        Raises:
            EmptyTextError: nothing in the text that the model reads.
            AttributionError: a pair of texts for a model that reads one, or the other way round.
        """
        with panics_reported():
            return regroup_words(self.kind.encode(text, label))

    def direction(self, label: str, score: Score) -> Tensor:
        """The direction whose product with `encoder.logits` on the label's encoding is the label's score.

        Raises:
            UnknownLabelError: the model has no such label.
        """
        return self.kind.direction(label, score)

    def read(self, text: Text) -> Reading:
        """Encode a text and predict, through the encoder; errors are those of `encode`."""
        with panics_reported():
            reading = self.kind.read(text)
            regrouped = {id(encoded): regroup_words(encoded) for encoded in reading.encodings.values()}
        encodings = {label: regrouped[id(encoded)] for label, encoded in reading.encodings.items()}
        return replace(reading, encodings=encodings)

    def predict(self, text: Text) -> Prediction:
        """The model's prediction for a text, computed through the encoder; errors are those of `encode`."""
        return self.read(text).prediction

    def check_fidelity(self, text: Text, prediction: Prediction) -> None:
        """Compare a prediction with that of the library that made the model, where that is a reference.

        Today's `predict()` is none for a model of a release that read a text differently.

        Raises:
            FidelityError: a probability differs by more than `FIDELITY`.
        """
        if self.release == TODAY:
            check_fidelity(prediction, self._predict_itself(text), self.kind.library)

    def find_unfaithful(self, texts: Sequence[str], predictions: Sequence[Prediction]) -> list[bool]:
        """Which of several predictions `check_fidelity` would refuse, where the library predicts all texts in one call.

        Some of Flair's embeddings read a text differently in a batch, so check each text that is found here by itself.
        """
        if self.release != TODAY:
            return [False] * len(texts)
        try:
            with self._predicting:
                expected = self.kind.predict_several(texts)
        except Exception:  # one text can make the call fail for all
            return [True] * len(texts)
        return [find_worst(*pair) is not None for pair in zip(predictions, expected, strict=True)]

    def _predict_itself(self, text: Text) -> Mapping[str, float]:
        try:
            with self._predicting:
                return self.kind.predict_itself(text)
        except Exception as error:
            raise FidelityError(
                f"{self.kind.library} itself cannot predict this text with this model: {error}"
            ) from error

    def describe(self) -> dict[str, object]:
        """Facts for a reader, from the classifier down to its file: name -> value."""
        facts: dict[str, object] = {
            "Classifier": self.identity.classifier,
            **self.kind.describe(),
            "Embeddings": self.identity.embeddings,
            **self.encoder.describe(),
            "Parameters": sum(parameter.numel() for parameter in self.classifier.parameters()),
            f"Saved with {self.kind.library}": self.kind.saved_with or "not recorded",
            "File size": f"{self.size / 1e6:.1f} MB",
            "SHA-256": self.identity.sha256,
        }
        return {name: value for name, value in facts.items() if value is not None}

    @property
    def card(self) -> Mapping[str, Any]:
        """The model card that Flair's trainer left: versions and training parameters; empty without one."""
        card = getattr(self.classifier, "model_card", None)
        return card if isinstance(card, Mapping) else {}
