"""How often the reading of a document was begun and never ended, for whatever read it was killed.

No document kills for ever. Those that were being read at a death are read one at a time from then on, which tells the
one that kills from its company, and that one is given up after a few deaths.
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
_MOST = 3
_KILLED = "The process crashed three times on this document. It may need more memory than this machine has."


class Ledger(Protocol):
    """Keeps count, and outlives what reads the documents."""

    def count(self, numbers: Sequence[int]) -> list[int]:
        """How often the reading of each document was begun and not ended."""
        ...

    def begin(self, numbers: Sequence[int]) -> None:
        """Some documents are about to be read."""
        ...

    def end(self, numbers: Sequence[int]) -> None:
        """They were read, whatever came of it."""
        ...


class Attempts:
    """A ledger in a run's folder: it tells the process that goes on what the one before died of."""

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
    """The documents that a process was reading in a run's folder when it was killed: their rows, from 0."""
    return sorted(_read(Path(folder))[1])


def explain_watched(worker: Worker, documents: Sequence[Document], ledger: Ledger) -> Iterator[list[Outcome]]:
    """The outcomes of some documents, group by group; those that were at hand at a death are a group each."""
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
    """Within the block the documents are being read; an error ends it as well, and a death does not."""
    numbers = [document.number for document in documents]
    ledger.begin(numbers)
    try:
        yield
    finally:
        ledger.end(numbers)


def _read(folder: Path) -> tuple[dict[int, int], list[int]]:
    """How often each document was begun, and those that are being read."""
    try:
        said = json.loads((folder / _FILE).read_text("utf-8"))
        return {int(number): int(count) for number, count in said["begun"].items()}, [int(one) for one in said["now"]]
    except (OSError, AttributeError, KeyError, TypeError, ValueError):
        return {}, []
