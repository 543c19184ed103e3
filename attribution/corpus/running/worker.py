"""What explains documents: it holds a model, and knows which labels of each are wanted."""

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
from ...explanation import Explanation, Floats, Prediction
from ...methods import IntegratedGradients, Method
from ...methods.path.joint import JointPaths, joins, keeps_apart
from ...model import Model
from ..documents import Document
from .record import Explained
from .results import Outcome


@dataclass(slots=True, eq=False)
class _Joined:
    """A document that is explained in the company of others."""

    document: Document
    encoded: EncodedText
    prediction: Prediction | None = None
    labels: tuple[str, ...] = ()


class Worker:
    """Explains documents, a batch at a time; what is wrong with one is said of that one.

    Where the model's network reads several texts at once, documents of a batch share its passes, and each gets what
    `explain` gives it alone. Any that would not are explained alone.
    """

    def __init__(self, model: Model, method: Method, explained: Explained) -> None:
        self._model, self._method, self._explained = model, method, explained
        self._paths = JointPaths(model.encoder)
        may_join = joins(method) and isinstance(model.encoder, JointEncoder)
        self.joins: bool | None = None if may_join and not model.open_labels and not model.takes_pair else False

    def explain(self, documents: Sequence[Document]) -> list[Outcome]:
        """One outcome a document, in their order."""
        joined = self._join(documents)
        try:
            together = self._explain_together(joined) if joined else {}
        except Exception:  # one of them spoils it for all: alone, it says why
            together = {}
        return [
            Outcome(document, together[document.number])
            if document.number in together
            else self._explain_alone(document)
            for document in documents
        ]

    def _join(self, documents: Sequence[Document]) -> list[_Joined]:
        """Those that share passes: two or more, or none."""
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
        """None where something is wrong with it, which is said once it is explained alone."""
        try:
            self._check(document)
            return self._model.encode(document.text)
        except Exception:
            return None

    def _explain_together(self, joined: Sequence[_Joined]) -> dict[int, tuple[Explanation, ...]]:
        """Document's number -> its explanations; without those that the library predicts otherwise."""
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
        """What is to be explained of a document, now that the network has read it."""
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
        except Exception as error:  # whatever one text does to Flair, torch or a tokenizer, the others go on
            return Outcome(document, error=f"It cannot be explained: {type(error).__name__}: {error}"[:1000])

    def _check(self, document: Document) -> None:
        if document.error:
            raise AttributionError(document.error)
        if self._explained == "gold" and document.gold is None:
            raise AttributionError("The document has no gold label, and that is the one to explain.")

    def _choose(self, document: Document, prediction: Prediction) -> tuple[str, ...]:
        """The labels to explain; for a gold label that the model lacks, the one that it predicts."""
        if self._explained == "all":
            return self._model.labels
        predicted = prediction.predicted
        golds = tuple(gold for gold in document.gold or () if gold in self._model.labels)
        if self._explained == "predicted" or not golds:
            return predicted
        return golds if self._explained == "gold" else tuple(dict.fromkeys((*predicted, *golds)))


def _try_out(encoder: JointEncoder, encoded: Sequence[EncodedText]) -> bool | None:
    """Whether the network keeps texts apart, tried on the shortest and the longest; None where all are as long."""
    by_length = sorted(encoded, key=lambda one: len(one.tokens))
    if not by_length or len(by_length[0].tokens) == len(by_length[-1].tokens):
        return None
    try:
        return keeps_apart(encoder, by_length[0], by_length[-1])
    except Exception:  # networks refuse what they are not made for in their own ways
        return False
