"""The interface between a kind of model and the code that explains a text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ..encoders import EncodedText, Encoder
from ..encoders.pauses import give_way
from ..errors import AttributionError, MultiLabelError, UnknownLabelError
from ..explanation import Floats, Prediction
from ..scores import Score, score_direction
from ..wording import shorten

SAID = {True: "do not exclude each other", False: "exclude each other"}

Text = str | tuple[str, str]
"""What a model reads: a text, or a pair of texts where it compares two."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A text as a model reads it.

    Attributes:
        prediction: the model's prediction.
        encodings: label -> what the network reads where this label is explained; one for all in most models.
    """

    prediction: Prediction
    encodings: Mapping[str, EncodedText]


class Kind(ABC):
    """What a kind of model takes in, what its labels are, and what its logits say.

    Attributes:
        classifier: the object of Flair, or of another library, that predicts.
        encoder: the network as one function of one tensor.
        library: the library that predicts.
        takes_pair: whether it reads two texts.
        open_labels: whether any text can be a label, as the label is a part of the input.
        predicts_value: whether it predicts a value instead of labels.
    """

    classifier: nn.Module
    encoder: Encoder
    library: ClassVar[str] = "Flair"
    takes_pair: ClassVar[bool] = False
    open_labels: ClassVar[bool] = False
    predicts_value: ClassVar[bool] = False

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """Index to label, in the order of the logits."""

    @property
    @abstractmethod
    def thresholds(self) -> Floats | None:
        """float64 [C]: the probability above which each label is assigned; None where labels compete."""

    @property
    @abstractmethod
    def embeddings(self) -> Any:
        """What gives a document its vector."""

    @property
    def saved_with(self) -> str | None:
        """The version of the library that saved it; None where the file does not tell."""
        card = getattr(self.classifier, "model_card", None)
        version = card.get("flair_version") if isinstance(card, Mapping) else None
        return shorten(version, 20) if isinstance(version, str) else None

    @abstractmethod
    def encode(self, text: Text, label: str | None = None) -> EncodedText:
        """A text as the network reads it where this label is explained.

        Raises:
            AttributionError: a pair for a model that reads one text, or one text for a model that compares two.
            EmptyTextError: nothing in the text that the network reads.
        """

    @abstractmethod
    def predict_itself(self, text: Text) -> Mapping[str, float]:
        """Label -> probability by the library that made the model, without the encoder."""

    def predict_several(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        """`predict_itself` of several texts, in one call where the library takes several."""
        return [self.predict_itself(text) for text in texts]

    def with_labels(self, labels: Sequence[str]) -> Kind:
        """The same kind with other labels.

        Raises:
            AttributionError: the labels are fixed, or one of those given is empty.
        """
        raise AttributionError(f"The labels of this model are fixed: {', '.join(self.labels[:20])}.")

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader of the predictions should know."""
        return ()

    @property
    def multi_label_recorded(self) -> bool:
        """Whether the file says if labels are independent of each other; else the reader may say it."""
        return True

    @property
    def multi_label_by_reader(self) -> bool | None:
        """What the reader said of it, where the file does not."""
        return None

    def with_multi_label(self, multi_label: bool | None) -> Kind:
        """The same kind with labels that are independent of each other, or exclude each other, as the reader says.

        Raises:
            MultiLabelError: the file itself says otherwise.
        """
        found = self.thresholds is not None
        if multi_label in (None, found):
            return self
        told = "it predicts a value" if self.predicts_value else f"its labels {SAID[found]}"
        raise MultiLabelError(
            f"The model's file says that {told}, but the reader said that labels {SAID[not found]} "
            f"(multi_label={not found}). Leave that out to use what the file says."
        )

    def read(self, text: Text) -> Reading:
        """Encode a text and predict; errors are those of `encode`."""
        return self.answer(dict.fromkeys(self.labels, self.encode(text)))

    def answer(self, encodings: Mapping[str, EncodedText]) -> Reading:
        """Predict from what the network reads where each label is explained; here the same for all."""
        return Reading(self.to_prediction(self.run(next(iter(encodings.values())))), encodings)

    def run(self, encoded: EncodedText) -> Tensor:
        """The network's answer to an encoded text: float64 [C]."""
        give_way()
        with torch.no_grad():
            return self.encoder.logits(encoded.embedded, encoded)[0].cpu().double()

    def to_prediction(self, logits: Tensor) -> Prediction:
        """The prediction from logits [C]: their softmax where labels compete, else their sigmoid."""
        probabilities = torch.softmax(logits, dim=0) if self.thresholds is None else torch.sigmoid(logits)
        return Prediction(self.labels, logits.numpy(), probabilities.numpy(), self.thresholds)

    def probability(self, label: str, logits: Tensor) -> float:
        """The label's probability, from the network's logits for its encoding; of a regressor, the value."""
        return self.to_prediction(logits).probability_of(label)

    def direction(self, label: str, score: Score) -> Tensor:
        """The direction whose product with the logits of the label's encoding is the label's score.

        Raises:
            UnknownLabelError: the model has no such label.
        """
        if label not in self.labels:
            raise UnknownLabelError(label, self.labels)
        index, multi_label = self.labels.index(label), self.thresholds is not None
        return score_direction(index, len(self.labels), score=score, multi_label=multi_label)

    def describe(self) -> dict[str, object]:
        """Facts for a reader: name -> value."""
        return {"Labels": len(self.labels), "Several labels a text": self.thresholds is not None}


def take_one_text(text: Text) -> str:
    """The text of a model that reads one.

    Raises:
        AttributionError: a pair of texts.
    """
    if isinstance(text, str):
        return text
    raise AttributionError(f"This model reads one text, and {len(text)} were given. Give one.")
