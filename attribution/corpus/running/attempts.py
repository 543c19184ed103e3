"""Counts how often a document was started but never finished, because the process that read it was killed.

No document can crash a run for ever. The documents that were being read when a process died are read one at a time
from then on, which shows which of them is to blame. That one is skipped after a few crashes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from ...files import write_text
from ..documents import Document
from .results import Outcome
from .worker import Worker

_FILE = ".reading.json"
_MOST = 3  # crashes on one document before it is skipped; `_KILLED` says the same
_KILLED = "The process crashed three times on this document. It may need more memory than this machine has."


class Ledger(Protocol):
    """Counts the attempts at each document; it outlives the process that reads them."""

    def count(self, numbers: Sequence[int]) -> list[int]:
        """How often each document was started but not finished."""
        ...

    def begin(self, numbers: Sequence[int]) -> None:
        """Note that some documents are about to be read."""
        ...

    def end(self, numbers: Sequence[int]) -> None:
        """Note that they were read, successfully or not."""
        ...


class Attempts:
    """A ledger in a run's folder: it tells a resumed run which documents the previous process died on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._begun: Counter[int] = Counter(_read(folder)[0])
        self._write(())

    def count(self, numbers: Sequence[int]) -> list[int]:
        """As in `Ledger`."""
        return [self._begun[number] for number in numbers]

    def begin(self, numbers: Sequence[int]) -> None:
        """As in `Ledger`."""
        self._begun.update(numbers)
        self._write(numbers)

    def end(self, numbers: Sequence[int]) -> None:
        """As in `Ledger`."""
        for number in numbers:
            self._begun.pop(number, None)
        self._write(())

    def _write(self, now: Sequence[int]) -> None:
        write_text(self._path, json.dumps({"begun": self._begun, "now": list(now)}))


def find_interrupted(folder: str | Path) -> list[int]:
    """The row numbers, from 0, of the documents that a run's process was reading when it was killed."""
    return sorted(_read(Path(folder))[1])


def explain_watched(worker: Worker, documents: Sequence[Document], ledger: Ledger) -> Iterator[list[Outcome]]:
    """The outcomes of some documents, group by group; each one that was being read at a crash is its own group."""
    deaths = ledger.count([document.number for document in documents])
    watched = [(document, count) for document, count in zip(documents, deaths, strict=True) if count]
    if fresh := [document for document, count in zip(documents, deaths, strict=True) if not count]:
        with _noted(ledger, fresh):
            outcomes = worker.explain(fresh)
        yield outcomes
    for document, count in watched:
        if count >= _MOST:
            yield [Outcome(document, error=_KILLED)]
            continue
        with _noted(ledger, [document]):
            outcomes = worker.explain([document])
        yield outcomes


@contextmanager
def _noted(ledger: Ledger, documents: Sequence[Document]) -> Iterator[None]:
    """Mark documents as being read within the block; an exception removes the mark, a killed process leaves it."""
    numbers = [document.number for document in documents]
    ledger.begin(numbers)
    try:
        yield
    finally:
        ledger.end(numbers)


def _read(folder: Path) -> tuple[dict[int, int], list[int]]:
    """How often each document was started, and which ones are being read."""
    try:
        said = json.loads((folder / _FILE).read_text("utf-8"))
        return {int(number): int(count) for number, count in said["begun"].items()}, [int(one) for one in said["now"]]
    except (OSError, AttributeError, KeyError, TypeError, ValueError):
        return {}, []
