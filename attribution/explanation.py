"""The frozen result types."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from .notebook import show_in_notebook
from .texts.tokens import Span, Token, Word

Floats = NDArray[np.float64]

Computed = Literal["float32", "bfloat16"]
"""What the products of a network were computed in."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """A model's prediction for a text.

    Attributes:
        labels: every label, in decoder order.
        logits: float64 [C], aligned with `labels`.
        probabilities: float64 [C]; softmax of the logits, or their sigmoid in multi-label models. A regressor has one
            label, "value", and what it predicts stands here as it is.
        thresholds: float64 [C] in multi-label models: a label is assigned where its probability exceeds it. Else None.
        value: what a regressor predicts; None for models with labels.
    """

    labels: tuple[str, ...]
    logits: Floats
    probabilities: Floats
    thresholds: Floats | None = None
    value: float | None = None

    @property
    def is_value(self) -> bool:
        """Whether this is a regressor's value, and there are no labels to choose from."""
        return self.value is not None

    @property
    def label(self) -> str:
        """The most probable label."""
        return self.labels[int(self.probabilities.argmax())]

    @property
    def probability(self) -> float:
        """The probability of the most probable label."""
        return float(self.probabilities.max())

    @property
    def assigned(self) -> tuple[str, ...]:
        """The labels that the model assigns to the text; in multi-label models there may be none, or several."""
        if self.thresholds is None:
            return (self.label,)
        return tuple(self.labels[index] for index in np.flatnonzero(self.probabilities > self.thresholds))

    @property
    def predicted(self) -> tuple[str, ...]:
        """What "the predicted labels" are: those assigned, the most probable first, or the most probable if none is."""
        return self.ordered()[: max(1, len(self.assigned))]

    def probability_of(self, label: str) -> float:
        """The probability of one label."""
        return float(self.probabilities[self.labels.index(label)])

    def ordered(self) -> tuple[str, ...]:
        """Labels as a reader wants them: those that are assigned, then the others, each the most probable first."""
        assigned = set(self.assigned)
        return tuple(sorted((label for label, _ in self.ranked()), key=lambda label: label not in assigned))

    def ranked(self) -> list[tuple[str, float]]:
        """Labels with their probabilities, the most probable first."""
        order = np.argsort(-self.probabilities, kind="stable")
        return [(self.labels[index], float(self.probabilities[index])) for index in order]


class MethodTraits(Protocol):
    """What a reader needs to know about an attribution method; a method's fields are its settings.

    Attributes:
        title: its name for readers.
        signed: whether it distinguishes what speaks for a label from what speaks against it.
        linear: whether the attributions of a sum of scores are the sum of their attributions.
    """

    title: ClassVar[str]
    signed: ClassVar[bool]
    linear: ClassVar[bool]


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model an explanation speaks of: hash of its file, classes, versions of what computed it.

    `read_as` names the release whose way of reading a text was followed, where that is not today's; `library` made
    the model; `tokenizer` is the hash of the one that was given along, empty where none was. `multi_label_by_reader`
    tells whether labels are independent of each other, as the reader said where the file does not; else it is None.
    """

    sha256: str
    classifier: str
    embeddings: str
    encoder: str
    versions: tuple[tuple[str, str], ...]
    read_as: str = ""
    library: str = "Flair"
    tokenizer: str = ""
    multi_label_by_reader: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """The identity as plain data."""
        return {
            "sha256": self.sha256,
            "classifier": self.classifier,
            "embeddings": self.embeddings,
            "encoder": self.encoder,
            "versions": dict(self.versions),
            "read_as": self.read_as,
            "library": self.library,
            "tokenizer": self.tokenizer,
            "multi_label_by_reader": self.multi_label_by_reader,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """What each token of a text added to, or took from, the score of one label.

    Attributes:
        text: the text as given, never altered.
        label: the label explained.
        tokens: what the encoder read, special tokens included.
        spans: where each word that the model read stands in the text.
        attributions: float64 [T], in logits, aligned with `tokens`.
        score: what is explained of the label on this text, in logits.
        baseline_score: the same on the baseline; NaN, as is the gap, where the method's attributions do not add up to
            the difference of two scores.
        evaluations: gradients of the model that were computed, or forward passes by methods without gradients.
        converged: whether the attributions are as exact as the method's settings ask for.
        unread: the stretches of the text that the model did not read: its end, and the end of the first of two texts.
        rather_than: in a contrast, the label that `label` is set against: the scores' difference is explained.
        source: the text, or the pair of texts, as it was given to `explain`; empty in one made by hand.
        prediction: the model's prediction for the text.
        method: the method with its settings.
        model: which model it was.
        baseline_prediction: the prediction for the baseline, ideally undecided; None for methods without a baseline.
        cancelled: whether it was stopped before its end and is a preview only.
        learned_from: of how many earlier texts of the model it was learned where to evaluate; 0 where that was found
            for this text alone.
        precision: in which the network's gradients were computed; its predictions are always in float32.
    """

    text: str
    label: str
    tokens: tuple[Token, ...]
    spans: tuple[Span, ...]
    attributions: Floats
    score: float
    baseline_score: float
    evaluations: int
    converged: bool
    prediction: Prediction
    method: MethodTraits
    model: ModelIdentity
    baseline_prediction: Prediction | None = None
    cancelled: bool = False
    unread: tuple[Span, ...] = ()
    source: str | tuple[str, str] = ""
    rather_than: str | None = None
    learned_from: int = 0
    precision: Computed = "float32"

    def __post_init__(self) -> None:
        if self.attributions.shape != (len(self.tokens),):
            raise ValueError(
                f"Expected one attribution a token ({len(self.tokens)}), got shape {self.attributions.shape}."
            )
        self.attributions.flags.writeable = False

    @property
    def truncated_at(self) -> int | None:
        """The character from which on the model read nothing; None where it read to the end."""
        return next((stretch.start for stretch in self.unread if stretch.end == len(self.text)), None)

    @property
    def skipped(self) -> Span | None:
        """The end of the first of two texts where the model did not read it; else None."""
        return next((stretch for stretch in self.unread if stretch.end < len(self.text)), None)

    @property
    def explains_value(self) -> bool:
        """Whether the model is a regressor, and its value is explained in place of a label's score."""
        return self.prediction.is_value

    @property
    def gap(self) -> float:
        """What the integration missed, in logits: sum of attributions less the difference of the scores.

        Completeness, Sundararajan, Taly and Yan 2017, proposition 1, https://arxiv.org/abs/1703.01365.
        """
        return float(self.attributions.sum()) - (self.score - self.baseline_score)

    @property
    def relative_gap(self) -> float:
        """The gap over the absolute difference of the scores; its sign is the gap's."""
        return relative_gap(self.gap, self.score - self.baseline_score)

    _repr_html_ = show_in_notebook

    @property
    def texts(self) -> tuple[str, ...]:
        """The text as it was given, or both."""
        source = self.source or self.text
        return (source,) if isinstance(source, str) else source

    @property
    def text_sha256(self) -> str:
        """The hash of what was given, as in `hash_texts`."""
        return hash_texts(self.texts)

    @property
    def unknown(self) -> tuple[int, ...]:
        """The indices in `words()` of words that the model has no entry for, or does not read."""
        known = {token.word for token in self.tokens} - {token.word for token in self.tokens if token.unknown}
        return tuple(word for word in range(len(self.spans)) if word not in known)

    def words(self) -> tuple[Word, ...]:
        """The words that the model read, each with the sum of its tokens' attributions."""
        sums = np.zeros(len(self.spans))
        for token, attribution in zip(self.tokens, self.attributions, strict=True):
            if token.word is not None:
                sums[token.word] += attribution
        return tuple(
            Word(self.text[span.start : span.end], span.start, span.end, float(total))
            for span, total in zip(self.spans, sums, strict=True)
        )


def relative_gap(gap: float, difference: float) -> float:
    """A gap over the absolute difference of the scores; 0 where there is neither, infinite where only the gap is."""
    if difference == 0:
        return 0.0 if gap == 0 else float(np.copysign(np.inf, gap))
    return gap / abs(difference)


def hash_texts(texts: Sequence[str]) -> str:
    """The SHA-256 of a text; for two texts, that of their hashes, one after the other."""
    found = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()
