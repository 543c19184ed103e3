"""The engine that needs nothing else: this process."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from .batches import make_batches
from .documents import Document
from .results import Results, to_results
from .worker import Worker


def explain_locally(worker: Worker, documents: Iterable[Document]) -> Generator[Results, None, None]:
    """The results of all documents, some at a time."""
    for batch in make_batches(documents):
        yield to_results(worker.explain(batch))
