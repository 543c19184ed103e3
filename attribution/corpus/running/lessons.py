"""A run's lessons: what some of its documents taught of where to evaluate the model.

All other documents are explained by them, whichever worker of this machine explains them, in whatever order, and after
the run was resumed as well. So the numbers of a document do not depend on that. On Ray each worker learns by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from ...files import write_text
from ...methods import IntegratedGradients, Method
from ..documents import Document
from ..documents.batches import take_window
from .attempts import Ledger

NOTHING = "[]"
"""Lessons of a run whose first documents taught nothing."""

_FILE = ".lessons.json"
_MOST = 10
"""Documents: by what 8 taught, 12 points were enough for 63 of 64 others of the same file, as by what 16 did."""

_SHORTER = 0.9
"""Of the documents that are looked at: what is longest takes long, while everybody waits for the lessons."""


class RunLessons:
    """What the documents of a run have taught, kept in its folder.

    Attributes:
        known: the lessons as JSON; None until they are known.
    """

    def __init__(self, folder: Path, method: Method) -> None:
        self._path, self._learns = folder / _FILE, isinstance(method, IntegratedGradients) and method.learns
        self.known: str | None = self._path.read_text("utf-8", "replace") if self._path.exists() else None

    @property
    def wanted(self) -> bool:
        """Whether they are to be learned first."""
        return self._learns and self.known is None

    def keep(self, lessons: str) -> None:
        """Write them down."""
        self.known = lessons
        write_text(self._path, lessons)


def take_teachers(documents: Iterable[Document], ledger: Ledger) -> tuple[list[Document], Iterator[Document]]:
    """The documents to learn from, taken out of the first of a stream, and the stream without them.

    They are as different in length as the others, but none of the longest, and no process has died on any of them.
    """
    stream = iter(documents)
    window = list(take_window(stream))
    deaths = ledger.count([one.number for one in window])
    good = [one for one, count in zip(window, deaths, strict=True) if one.error is None and not count]
    good.sort(key=lambda one: len(one.text))
    count = min(_MOST, len(good))
    last = max(count, round(_SHORTER * len(good))) - 1
    chosen = [good[round(place * last / max(1, count - 1))] for place in range(count)]
    numbers = {one.number for one in chosen}
    return chosen, chain((one for one in window if one.number not in numbers), stream)
