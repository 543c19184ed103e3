"""A worker in a process of its own, with one thread."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from typing import TypeVar

import torch

from ....errors import AttributionError
from ...documents import Document
from ..recipe import Recipe
from ..results import pack, to_results
from ..worker import Worker

Found = TypeVar("Found")

_MOST_DEATHS = 3
"""Deaths in a row before the model is open; then something else is wrong than a document."""


class WorkerDiedError(Exception):
    """The process died; another one is started in its place.

    Attributes:
        opened: whether the model was open, so that what was being read may be to blame.
    """

    def __init__(self, *, opened: bool) -> None:
        super().__init__()
        self.opened = opened


class WorkerProcess:
    """A worker in a process of its own. It ends with the one that started it, and is replaced where it dies.

    It is an executor of one process: where that dies, nobody else's documents are lost.
    """

    def __init__(self, recipe: Recipe) -> None:
        """Start it; it opens the model meanwhile."""
        self._recipe, self._deaths = recipe, 0
        self._start()

    def learn(self, documents: Sequence[Document]) -> Future[tuple[bytes, str]]:
        """Explain documents, and tell what they taught: see `Worker.learn`. The results are packed."""
        return self._executor.submit(_learn, self._recipe, documents)

    def explain(self, documents: Sequence[Document], lessons: str | None) -> Future[bytes]:
        """Explain documents, by lessons if there are any; the results are packed."""
        return self._executor.submit(_explain, self._recipe, documents, lessons)

    def wait_for(self, task: Future[Found]) -> Found:
        """What became of a task.

        Raises:
            WorkerDiedError: the process died of it.
            AttributionError: the model cannot be opened, or the process keeps dying before it is.
        """
        try:
            return task.result()
        except BrokenProcessPool:
            opened = self._opening.exception() is None
            self._deaths = 0 if opened else self._deaths + 1
            self.kill()
            if self._deaths == _MOST_DEATHS:
                raise AttributionError(
                    f"A worker's process died {_MOST_DEATHS} times before it had opened the model. With fewer workers "
                    "there is more memory for each. A script that asks for several has to do so below "
                    'if __name__ == "__main__", for each of them imports it.'
                ) from None
            self._start()
            raise WorkerDiedError(opened=opened) from None

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._held.close()
        self._executor.shutdown(cancel_futures=True)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        watched, self._held = context.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(1, context, _begin, (watched,))
        self._opening = self._executor.submit(_open, self._recipe)
        watched.close()


def _begin(watched: Connection) -> None:
    """Make this process a worker's, which ends when whoever holds the other end of a pipe lets go of it, or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a reader who stops the run stops it where it was started
    threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
    torch.set_num_threads(1)


def _end_with(watched: Connection) -> None:
    with suppress(EOFError, OSError):
        watched.recv()
    os._exit(0)


@cache
def _build(recipe: Recipe) -> Worker:
    return recipe.build()


def _open(recipe: Recipe) -> None:
    _build(recipe)


def _learn(recipe: Recipe, documents: Sequence[Document]) -> tuple[bytes, str]:
    outcomes, lessons = _build(recipe).learn(documents)
    return pack(to_results(outcomes)), lessons


def _explain(recipe: Recipe, documents: Sequence[Document], lessons: str | None) -> bytes:
    worker = _build(recipe)
    if lessons is not None:
        worker.keep_to(lessons)
    return pack(to_results(worker.explain(documents)))
