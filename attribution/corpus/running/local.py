"""The local engine: it explains in this process, and needs nothing else."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from ..documents import Document
from ..documents.batches import make_batches
from .attempts import Attempts, explain_watched
from .results import Results, to_results
from .worker import Worker


def explain_locally(worker: Worker, documents: Iterable[Document], ledger: Attempts) -> Generator[Results, None, None]:
    """The results of all documents, some at a time; the ledger tells which of them an earlier process died on."""
    for batch in make_batches(documents):
        yield from map(to_results, explain_watched(worker, batch, ledger))
