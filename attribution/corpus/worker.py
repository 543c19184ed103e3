"""What explains documents: it holds a model, and knows which labels of each are wanted."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import AttributionError, UnknownLabelError
from ..explain import explain_labels
from ..methods import Method
from ..model import Model
from .documents import Document
from .results import Outcome
from .run import Explained


class Worker:
    """Explains documents, a batch at a time; what is wrong with one is said of that one."""

    def __init__(self, model: Model, method: Method, explained: Explained) -> None:
        self._model, self._method, self._explained = model, method, explained

    def explain(self, documents: Sequence[Document]) -> list[Outcome]:
        """One outcome a document, in their order."""
        return [self._explain_one(document) for document in documents]

    def _explain_one(self, document: Document) -> Outcome:
        try:
            self._check(document)
            if self._explained == "all":
                labels = self._model.labels
            else:
                labels = self._choose(document, self._model.predict(document.text).label)
            return Outcome(document, explain_labels(self._model, document.text, labels, self._method))
        except AttributionError as error:
            return Outcome(document, error=str(error))
        except Exception as error:  # whatever one text does to Flair, torch or a tokenizer, the others go on
            return Outcome(document, error=f"It cannot be explained: {type(error).__name__}: {error}"[:1000])

    def _check(self, document: Document) -> None:
        if document.error:
            raise AttributionError(document.error)
        if document.gold is not None and document.gold not in self._model.labels and not self._model.open_labels:
            raise UnknownLabelError(document.gold, self._model.labels)
        if self._explained == "gold" and document.gold is None:
            raise AttributionError("The document has no gold label, and that is the one to explain.")

    def _choose(self, document: Document, predicted: str) -> tuple[str, ...]:
        if self._explained == "predicted" or document.gold is None:
            return (predicted,)
        if self._explained == "gold":
            return (document.gold,)
        return tuple(dict.fromkeys((predicted, document.gold)))
