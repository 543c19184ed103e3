"""What may be asked of a model, whether it is open in this process or in one of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from .classifiers import Text
from .explanation import Floats, ModelIdentity, Prediction

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound="Model")


@dataclass(frozen=True, slots=True, eq=False)
class ModelFacts:
    """What a reader may know of a model without asking it anything.

    Attributes:
        identity: hash of the file, classes, versions.
        size: bytes of the file.
        labels: index to label, in decoder order.
        thresholds: float64 [C]: the probability above which each label is assigned; None in single-label models.
        multi_label_recorded: whether the file says if labels are independent of each other; else the reader may.
        predicts_value: whether the model predicts a value instead of labels.
        takes_pair: whether it compares two texts, given as a pair.
        open_labels: whether any text can be a label.
        differentiable: whether its network has a gradient.
        notes: sentences that a reader should know.
        label_notes: those of them that are about its labels.
    """

    identity: ModelIdentity
    size: int
    labels: tuple[str, ...]
    thresholds: Floats | None
    multi_label_recorded: bool
    predicts_value: bool
    takes_pair: bool
    open_labels: bool
    differentiable: bool
    notes: tuple[str, ...]
    label_notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Model(ABC):
    """A model that can be explained; `load_model` opens it."""

    facts: ModelFacts

    @abstractmethod
    def ask(self, question: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The answer of a function decorated with `asks_model`, where the model is open."""

    @abstractmethod
    def with_labels(self: M, labels: Sequence[str]) -> M:
        """The same model with other labels, where any text can be one; both share their weights.

        Raises:
            AttributionError: the labels of this model are fixed, or one of those given is empty.
        """

    @abstractmethod
    def with_multi_label(self: M, multi_label: bool | None) -> M:
        """The same model, its logits read as the reader says; both share their weights.

        Args:
            multi_label: whether labels are independent of each other; None for what the file says.

        Raises:
            MultiLabelError: the file itself says otherwise.
        """

    @abstractmethod
    def predict(self, text: Text) -> Prediction:
        """The model's prediction for a text, computed through the network that is explained.

        Raises:
            EmptyTextError: nothing in the text that the model reads.
            AttributionError: a pair of texts for a model that reads one, or the other way round.
        """

    @abstractmethod
    def describe(self) -> dict[str, object]:
        """Facts for a reader, from the classifier down to its file: name -> value."""

    @property
    def identity(self) -> ModelIdentity:
        """Hash of the file, classes, versions."""
        return self.facts.identity

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.facts.size

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader should know."""
        return self.facts.notes

    @property
    def labels(self) -> tuple[str, ...]:
        """Index to label, in decoder order."""
        return self.facts.labels

    @property
    def thresholds(self) -> Floats | None:
        """float64 [C]: the probability above which each label is assigned; None in single-label models."""
        return self.facts.thresholds

    @property
    def multi_label(self) -> bool:
        """Whether labels are independent of each other (sigmoid) or compete (softmax)."""
        return self.facts.thresholds is not None

    @property
    def multi_label_recorded(self) -> bool:
        """Whether the file says if labels are independent of each other; where it does not, the reader may."""
        return self.facts.multi_label_recorded

    @property
    def predicts_value(self) -> bool:
        """Whether the model predicts a value instead of labels."""
        return self.facts.predicts_value

    @property
    def takes_pair(self) -> bool:
        """Whether the model compares two texts, given as a pair."""
        return self.facts.takes_pair

    @property
    def open_labels(self) -> bool:
        """Whether any text can be a label."""
        return self.facts.open_labels

    @property
    def differentiable(self) -> bool:
        """Whether the network has a gradient, which some methods need."""
        return self.facts.differentiable


def asks_model(question: Callable[Concatenate[M, P], R]) -> Callable[Concatenate[Model, P], R]:
    """Let a function whose first argument is an opened model take any model: it runs where the model is open.

    What it is given and what it returns must be data that `isolation.messages` can write; functions that it calls
    back are named `on_…`, and may return False to stop it.
    """
    QUESTIONS[name_question(question)] = question

    @wraps(question)
    def ask(model: Model, *args: P.args, **kwargs: P.kwargs) -> R:
        return model.ask(question, *args, **kwargs)

    return cast(Callable[Concatenate[Model, P], R], ask)


QUESTIONS: dict[str, Callable[..., Any]] = {}
"""Every function that may be asked of a model, by its name: a process asked from outside runs these and no others."""


def name_question(question: Callable[..., Any]) -> str:
    """The name of a function in `QUESTIONS`."""
    return f"{question.__module__}.{question.__qualname__}"
