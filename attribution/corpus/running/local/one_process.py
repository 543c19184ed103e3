"""The local engine in one process, this one."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from ...documents import Document
from ...documents.batches import make_batches
from ..attempts import Attempts, explain_watched, noted
from ..lessons import RunLessons, take_teachers
from ..results import Results, to_results
from ..worker import Worker


def explain_locally(
    worker: Worker, documents: Iterable[Document], ledger: Attempts, lessons: RunLessons
) -> Generator[Results, None, None]:
    """The results of all documents, some at a time; the ledger tells which of them an earlier process died on."""
    if lessons.wanted:
        teachers, documents = take_teachers(documents, ledger)
        if teachers:
            with noted(ledger, teachers):
                outcomes, learned = worker.learn(teachers)
            lessons.keep(learned)
            yield to_results(outcomes)
    elif lessons.known is not None:
        worker.keep_to(lessons.known)
    for batch in make_batches(documents):
        yield from map(to_results, explain_watched(worker, batch, ledger))
