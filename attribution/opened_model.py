"""A classifier read from a checkpoint, with what is needed to explain it, in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from torch import Tensor

from .classifiers import Kind, Reading, Text
from .encoders import EncodedText, Encoder, regroup_words
from .encoders.panics import panics_reported
from .errors import FidelityError
from .explanation import ModelIdentity, Prediction
from .fidelity import check_fidelity, find_worst
from .methods.path.experience import Experience
from .model import Model, ModelFacts
from .scores import Score
from .supported.releases import TODAY, Release
from .wording import say_error

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class OpenedModel(Model):
    """A model that is open in this process.

    Attributes:
        kind: what it reads and what its logits say.
        release: which release saved it, if that one read a text differently from today's.
        experience: what its explained texts have taught of how it is best explained.
    """

    kind: Kind
    release: Release = TODAY
    experience: Experience = field(default_factory=Experience, repr=False)
    _predicting: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def of(
        cls, kind: Kind, identity: ModelIdentity, size: int, notes: Sequence[str], release: Release = TODAY
    ) -> OpenedModel:
        """The model of a network, with what is known of its file."""
        facts = ModelFacts(
            identity=identity,
            size=size,
            labels=kind.labels,
            thresholds=kind.thresholds,
            multi_label_recorded=kind.multi_label_recorded,
            predicts_value=kind.predicts_value,
            takes_pair=kind.takes_pair,
            open_labels=kind.open_labels,
            differentiable=kind.encoder.differentiable,
            notes=tuple(notes),
            label_notes=kind.notes,
        )
        return cls(facts, kind, release)

    def ask(self, question: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The answer of a function decorated with `asks_model`."""
        return question(self, *args, **kwargs)

    @property
    def classifier(self) -> Any:
        """The object of Flair underneath; its parameters take no gradients."""
        return self.kind.classifier

    @property
    def encoder(self) -> Encoder:
        """The network as one function of one tensor."""
        return self.kind.encoder

    def with_labels(self, labels: Sequence[str]) -> OpenedModel:  # noqa: D102
        kind = self.kind.with_labels(labels)
        return replace(self, kind=kind, facts=replace(self.facts, labels=kind.labels, thresholds=kind.thresholds))

    def with_multi_label(self, multi_label: bool | None) -> OpenedModel:  # noqa: D102
        kind = self.kind.with_multi_label(multi_label)
        if kind is self.kind:
            return self
        identity = replace(self.identity, multi_label_by_reader=kind.multi_label_by_reader)
        notes = [note for note in self.notes if note not in self.kind.notes]
        return replace(
            self.of(kind, identity, self.size, (*notes, *kind.notes), self.release),
            experience=self.experience,
            _predicting=self._predicting,
        )

    def with_tokenizer(self, sha256: str) -> OpenedModel:
        """The same model, known to read with a tokenizer that was given along, whose hash this is."""
        return replace(self, facts=replace(self.facts, identity=replace(self.identity, tokenizer=sha256)))

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

    def predict(self, text: Text) -> Prediction:  # noqa: D102
        return self.read(text).prediction

    def check_fidelity(self, text: Text, prediction: Prediction) -> None:
        """Compare a prediction with that of the library that made the model, where that is a reference.

        Today's `predict()` is none for a model of a release that read a text differently.

        Raises:
            FidelityError: a probability differs by more than `FIDELITY`, or is no number.
        """
        if not np.isfinite(prediction.probabilities).all():
            raise FidelityError("The model predicts what is no number for this text, so it cannot be explained.")
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
                f"{self.kind.library} itself cannot predict this text with this model. {say_error(error)}."
            ) from error

    def describe(self) -> dict[str, object]:  # noqa: D102
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
