"""The worker that explains documents: it holds a model, and knows which labels of each document to explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import torch
from torch import Tensor

from ...classifiers import Reading
from ...encoders import EncodedText, JointEncoder
from ...errors import AttributionError
from ...explaining.explain import explain_labels, to_explanations
from ...explaining.lessons import recall_lessons, tell_lessons
from ...explanation import Explanation, Floats, Prediction
from ...methods import IntegratedGradients, Method
from ...methods.path.joint import JointPaths, joins, keeps_apart
from ...opened_model import OpenedModel
from ..documents import Document
from .record import Explained
from .results import Outcome

_TRIED = 2
"""Of the documents that a worker learns from, so many show how it does by what the others taught."""


@dataclass(slots=True, eq=False)
class _Joined:
    """A document that shares forward passes with others."""

    document: Document
    encoded: EncodedText
    prediction: Prediction | None = None
    labels: tuple[str, ...] = ()


class Worker:
    """Explains documents, a batch at a time; an error in one document is reported for that document only.

    Where the model's network can read several texts at once, the documents of a batch share forward passes, and each
    gets the same result as from `explain`. Documents for which that would not hold are explained alone.
    """

    def __init__(self, model: OpenedModel, method: Method, explained: Explained) -> None:
        self._model, self._method, self._explained = model, method, explained
        self._paths, self._lessons = JointPaths(model.encoder, model.experience), ""
        may_join = joins(method) and isinstance(model.encoder, JointEncoder)
        self.joins: bool | None = None if may_join and not model.open_labels and not model.takes_pair else False

    def learn(self, documents: Sequence[Document]) -> tuple[list[Outcome], str]:
        """Explain documents, and keep to what they taught; returns that as well, for other workers."""
        learned, tried = documents[:-_TRIED], documents[-_TRIED:]
        outcomes = self.explain(learned) if learned else []
        self.keep_to(tell_lessons(self._model))
        outcomes += self.explain(tried)  # which shows in which arithmetic, if there is a rule now
        self._lessons = tell_lessons(self._model)
        return outcomes, self._lessons

    def keep_to(self, lessons: str) -> None:
        """Explain by what other documents taught, and learn nothing more: so all workers get the same numbers."""
        if lessons != self._lessons:
            self._model.experience.keep_to(())
            recall_lessons(self._model, lessons)
            self._lessons = lessons

    def explain(self, documents: Sequence[Document]) -> list[Outcome]:
        """One outcome per document, in the same order."""
        joined = self._join(documents)
        try:
            together = self._explain_together(joined) if joined else {}
        except Exception:  # one document fails the whole batch: explained alone, it reports its error
            together = {}
        return [
            Outcome(document, together[document.number])
            if document.number in together
            else self._explain_alone(document)
            for document in documents
        ]

    def _join(self, documents: Sequence[Document]) -> list[_Joined]:
        """The documents that share forward passes: two or more, or none."""
        if self.joins is False:
            return []
        encoder, joined = cast(JointEncoder, self._model.encoder), []
        for document in documents:
            encoded = self._encode(document)
            if encoded is not None and encoder.joins(encoded):
                joined.append(_Joined(document, encoded))
        if self.joins is None:
            self.joins = _try_out(encoder, [one.encoded for one in joined])
        return joined if self.joins and len(joined) > 1 else []

    def _encode(self, document: Document) -> EncodedText | None:
        """The encoded document; None if that fails, as the error is reported once it is explained alone."""
        try:
            self._check(document)
            return self._model.encode(document.text)
        except Exception:
            return None

    def _explain_together(self, joined: Sequence[_Joined]) -> dict[int, tuple[Explanation, ...]]:
        """Document's number -> explanations; without documents for which the library's own prediction differs."""
        found = self._paths.integrate(
            cast(IntegratedGradients, self._method), [one.encoded for one in joined], partial(self._hear, joined)
        )
        predictions = [cast(Prediction, one.prediction) for one in joined]
        unfaithful = self._model.find_unfaithful([one.document.text for one in joined], predictions)
        explained = {}
        for one, prediction, attributions, is_unfaithful in zip(joined, predictions, found, unfaithful, strict=True):
            if not is_unfaithful:
                reading = Reading(prediction, dict.fromkeys(one.labels, one.encoded))
                explanations = to_explanations(
                    self._model, one.document.text, reading, self._method, one.labels, attributions
                )
                explained[one.document.number] = tuple(explanations.values())
        return explained

    def _hear(self, joined: Sequence[_Joined], place: int, logits: Floats) -> Tensor:
        """Note a document's prediction, and return one direction for each of its labels to explain."""
        one = joined[place]
        one.prediction = self._model.kind.to_prediction(torch.from_numpy(logits))
        one.labels = self._choose(one.document, one.prediction)
        return torch.stack([self._model.direction(label, self._method.score) for label in one.labels])

    def _explain_alone(self, document: Document) -> Outcome:
        try:
            self._check(document)
            labels: tuple[str, ...] = self._model.labels
            if self._explained != "all":
                labels = self._choose(document, self._model.predict(document.text))
            return Outcome(document, explain_labels(self._model, document.text, labels, self._method))
        except AttributionError as error:
            return Outcome(document, error=str(error))
        except Exception as error:  # no error of Flair, torch or a tokenizer may stop the other documents
            return Outcome(document, error=f"It cannot be explained: {type(error).__name__}: {error}"[:1000])

    def _check(self, document: Document) -> None:
        if document.error:
            raise AttributionError(document.error)
        if self._explained == "gold" and document.gold is None:
            raise AttributionError("The document has no gold label, but only gold labels are explained.")

    def _choose(self, document: Document, prediction: Prediction) -> tuple[str, ...]:
        """The labels to explain; the predicted ones if the model has none of the gold labels."""
        if self._explained == "all":
            return self._model.labels
        predicted = prediction.predicted
        golds = tuple(gold for gold in document.gold or () if gold in self._model.labels)
        if self._explained == "predicted" or not golds:
            return predicted
        return golds if self._explained == "gold" else tuple(dict.fromkeys((*predicted, *golds)))


def _try_out(encoder: JointEncoder, encoded: Sequence[EncodedText]) -> bool | None:
    """Whether batched texts leave each other alone, tried on the shortest and longest; None if all are equally long."""
    by_length = sorted(encoded, key=lambda one: len(one.tokens))
    if not by_length or len(by_length[0].tokens) == len(by_length[-1].tokens):
        return None
    try:
        return keeps_apart(encoder, by_length[0], by_length[-1])
    except Exception:  # networks raise all kinds of errors for input that they do not support
        return False
