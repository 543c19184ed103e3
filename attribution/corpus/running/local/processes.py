"""The local engine in several processes of this machine.

Weights that a checkpoint holds unpacked are mapped into memory, and so are there once. A process that is killed costs
no more than what it was reading, which is read again, one document at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import chain

from ...documents import Document
from ...documents.batches import make_batches
from ..attempts import Attempts, part_watched
from ..lessons import NOTHING, RunLessons, take_teachers
from ..recipe import Recipe
from ..results import Outcome, Results, to_results, unpack
from .worker_process import WorkerDiedError, WorkerProcess

_MOST_TRIES = 3
"""Groups of documents to learn from, where processes die of them."""


def explain_in_processes(
    recipe: Recipe, documents: Iterable[Document], ledger: Attempts, lessons: RunLessons, workers: int
) -> Generator[Results, None, None]:
    """The results of all documents, some at a time, in any order.

    Raises:
        AttributionError: a worker cannot open the model.
    """
    crew = [WorkerProcess(recipe) for _ in range(workers)]
    try:
        yield from explain_by(crew, documents, ledger, lessons)
    finally:
        for process in crew:
            process.kill()


def explain_by(
    crew: Sequence[WorkerProcess], documents: Iterable[Document], ledger: Attempts, lessons: RunLessons
) -> Generator[Results, None, None]:
    """The results of all documents by workers that are there already.

    Where this is closed before its end, what is being read counts as never begun.
    """
    tasks: dict[Future[bytes], tuple[WorkerProcess, list[Document]]] = {}
    try:
        if lessons.wanted:
            documents = yield from _learn(crew[0], documents, ledger, lessons)
        groups, idle = _Groups(documents, ledger), deque(crew)
        while True:
            while idle and (group := groups.take()):
                process = idle.popleft()
                ledger.begin(_number(group))
                tasks[process.explain(group, lessons.known)] = process, group
            if groups.given_up:
                yield to_results(groups.given_up)
                groups.given_up.clear()
            if not tasks:
                return
            for task in wait(tasks, return_when=FIRST_COMPLETED).done:
                process, group = tasks[task]
                try:
                    results = unpack(process.wait_for(task))
                except WorkerDiedError as death:
                    groups.put_back(group, read=death.opened)
                else:
                    ledger.end(_number(group))
                    yield results
                del tasks[task]
                idle.append(process)
    finally:
        for _, group in tasks.values():
            ledger.end(_number(group))


def _learn(
    process: WorkerProcess, documents: Iterable[Document], ledger: Attempts, lessons: RunLessons
) -> Generator[Results, None, Iterable[Document]]:
    """Explain the documents that teach, and return the others."""
    for _ in range(_MOST_TRIES):
        teachers, documents = take_teachers(documents, ledger)
        if not teachers:
            return documents
        ledger.begin(_number(teachers))
        try:
            results, learned = process.wait_for(process.learn(teachers))
        except WorkerDiedError as death:
            if not death.opened:
                ledger.end(_number(teachers))
            documents = chain(teachers, documents)
        except GeneratorExit:
            ledger.end(_number(teachers))
            raise
        else:
            ledger.end(_number(teachers))
            lessons.keep(learned)
            yield unpack(results)
            return documents
    lessons.keep(NOTHING)
    return documents


class _Groups:
    """What is to be read, in groups: what a process died of comes again, each document alone.

    Attributes:
        given_up: outcomes of documents that too many processes died of.
    """

    def __init__(self, documents: Iterable[Document], ledger: Attempts) -> None:
        self._batches, self._ledger = make_batches(documents), ledger
        self._next: deque[list[Document]] = deque()
        self.given_up: list[Outcome] = []

    def take(self) -> list[Document] | None:
        """The next group; None where there is none left."""
        while not self._next:
            if (batch := next(self._batches, None)) is None:
                return None
            self._part(batch)
        return self._next.popleft()

    def put_back(self, group: list[Document], *, read: bool) -> None:
        """Read a group again whose process died; `read` says whether it was being read."""
        if not read:
            self._ledger.end(_number(group))
        self._part(group)

    def _part(self, documents: list[Document]) -> None:
        groups, given_up = part_watched(documents, self._ledger)
        self._next += groups
        self.given_up += given_up


def _number(documents: Iterable[Document]) -> list[int]:
    return [document.number for document in documents]
