"""The engine that needs nothing else: this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from .documents import Document
from .results import Results, to_results
from .worker import Worker

_BATCH = 16


def explain_locally(worker: Worker, documents: Iterable[Document]) -> Iterator[Results]:
    """The results of all documents, some at a time."""
    waiting = iter(documents)
    while batch := list(islice(waiting, _BATCH)):
        yield to_results(worker.explain(batch))
