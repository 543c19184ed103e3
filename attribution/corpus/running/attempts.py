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
        self._now: set[int] = set()
        self._write()

    def count(self, numbers: Sequence[int]) -> list[int]:
        """As in `Ledger`."""
        return [self._begun[number] for number in numbers]

    def begin(self, numbers: Sequence[int]) -> None:
        """As in `Ledger`."""
        self._begun.update(numbers)
        self._now.update(numbers)
        self._write()

    def end(self, numbers: Sequence[int]) -> None:
        """As in `Ledger`."""
        for number in numbers:
            self._begun.pop(number, None)
        self._now.difference_update(numbers)
        self._write()

    def _write(self) -> None:
        write_text(self._path, json.dumps({"begun": self._begun, "now": sorted(self._now)}))


def find_interrupted(folder: str | Path) -> list[int]:
    """The row numbers, from 0, of the documents that a run's process was reading when it was killed."""
    return sorted(_read(Path(folder))[1])


def explain_watched(worker: Worker, documents: Sequence[Document], ledger: Ledger) -> Iterator[list[Outcome]]:
    """The outcomes of some documents, group by group; each one that was being read at a crash is its own group."""
    groups, given_up = part_watched(documents, ledger)
    if given_up:
        yield given_up
    for group in groups:
        with noted(ledger, group):
            outcomes = worker.explain(group)
        yield outcomes


def part_watched(documents: Sequence[Document], ledger: Ledger) -> tuple[list[list[Document]], list[Outcome]]:
    """The groups in which documents are to be read, and the outcomes of those that are given up."""
    deaths = ledger.count([document.number for document in documents])
    counted = list(zip(documents, deaths, strict=True))
    fresh = [document for document, count in counted if not count]
    watched = [[document] for document, count in counted if 0 < count < _MOST]
    given_up = [Outcome(document, error=_KILLED) for document, count in counted if count >= _MOST]
    return [fresh, *watched] if fresh else watched, given_up


@contextmanager
def noted(ledger: Ledger, documents: Sequence[Document]) -> Iterator[None]:
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
