"""`TextPairClassifier` and `TextPairRegressor`: labels, or a value, for two texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flair.data import Sentence, TextPair
from flair.models import TextPairClassifier, TextPairRegressor

from ..encoders import DocumentEncoder, EncodedText, hold_words
from ..encoders.pair import PairEncoder
from ..errors import AttributionError
from ..supported.releases import TODAY, Release
from ..texts.passages import join_passages, read_pair
from .base import Kind, Text
from .regressor import VALUE, ValueKind
from .text import LabelledKind


class TwoTextsKind(Kind):
    """Two texts are embedded as one, with the tokenizer's separator between, or each on its own."""

    classifier: TextPairClassifier | TextPairRegressor
    encoder: DocumentEncoder | PairEncoder
    release: Release
    takes_pair: ClassVar[bool] = True

    @property
    def embeddings(self) -> Any:
        """The document embeddings."""
        return self.classifier.embeddings

    def encode(self, text: Text, label: str | None = None) -> EncodedText:
        """One encoding of both texts for all labels; what stands between them is held."""
        first, second = read_pair(*take_two_texts(text))
        if isinstance(self.encoder, PairEncoder):
            return self.encoder.encode_passages(first, second)
        if self.release.joins_plain:
            glue = "[SEP]" if hasattr(self.embeddings, "tokenizer") else " "
            joined = join_passages(first.text, [first, second], glue=glue, as_they_stand=True, split_again=True)
        else:
            joined = join_passages(first.text, [first, second], glue=self.classifier.sep)
        return hold_words(self.encoder.encode_passage(joined), joined.held)

    def describe(self) -> dict[str, object]:
        """Facts for a reader: those of the labels or the value, and how the two texts are read."""
        separately = self.classifier.embed_separately
        return {**super().describe(), "Two texts": "each on its own" if separately else "joined, then read as one"}


@dataclass(frozen=True, eq=False)
class PairKind(TwoTextsKind, LabelledKind):
    """Labels for two texts."""

    classifier: TextPairClassifier
    encoder: DocumentEncoder | PairEncoder
    release: Release = TODAY

    def predict_itself(self, text: Text) -> Mapping[str, float]:
        """Label -> probability by Flair's `predict()`."""
        pair = _to_pair(text)
        self.classifier.predict(pair, label_name="whylight", return_probabilities_for_all_classes=True)
        return {label.value: label.score for label in pair.get_labels("whylight")}


@dataclass(frozen=True, eq=False)
class PairRegressorKind(TwoTextsKind, ValueKind):
    """A value for two texts."""

    classifier: TextPairRegressor
    encoder: DocumentEncoder | PairEncoder
    release: Release = TODAY

    def predict_itself(self, text: Text) -> Mapping[str, float]:
        """The value by Flair's `predict()`."""
        pair = _to_pair(text)
        self.classifier.predict(pair, label_name="whylight")
        return {VALUE: float(pair.get_label("whylight").value)}


def _to_pair(text: Text) -> TextPair:
    first, second = take_two_texts(text)
    return TextPair(Sentence(first), Sentence(second))


def take_two_texts(text: Text) -> tuple[str, str]:
    """The texts of a model that compares two.

    Raises:
        AttributionError: another number of texts.
    """
    if isinstance(text, str) or len(text) != 2:
        count = 1 if isinstance(text, str) else len(text)
        raise AttributionError(f"This model compares two texts, and {count} was given. Give a pair: (first, second).")
    return text
