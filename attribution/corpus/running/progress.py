"""How far a run has got, and how fast it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from .parts import Parts
from .record import Run
from .results import Results


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has got.

    Attributes:
        done: documents that were explained, or failed.
        failed: those of them that could not be explained.
        total: all documents; None if unknown.
        documents_per_second: since the run was begun or resumed.
        seconds_left: None if unknown.
    """

    done: int
    failed: int
    total: int | None
    documents_per_second: float
    seconds_left: float | None


OnProgress = Callable[[Progress], bool | None]
"""Called after each batch of documents; if it returns False, the run stops, and can be resumed."""


class Clock:
    """Keeps track of how far a run has got, and how fast it is."""

    def __init__(self, run: Run, parts: Parts) -> None:
        self._run, self._parts = run, parts
        self._start = time.monotonic()
        self._done, self._failed = parts.done, parts.failed
        self._done_before = parts.done

    def note(self, wrote: bool, results: Results, on_progress: OnProgress | None) -> bool:
        """Count results, written or pending; returns whether to continue."""
        self._done += len(results)
        self._failed += results.failed
        if wrote:
            self.stamp().write()
        return on_progress is None or on_progress(self._progress()) is not False

    def stamp(self, **changes: Any) -> Run:
        """The run with its current time and counts; only documents that are written count."""
        seconds = self._run.seconds + time.monotonic() - self._start
        return replace(
            self._run, done=self._parts.done, failed=self._parts.failed, seconds=round(seconds, 3), **changes
        )

    def _progress(self) -> Progress:
        rate = (self._done - self._done_before) / max(time.monotonic() - self._start, 1e-9)
        total = self._run.documents
        left = None if total is None or not rate else (total - self._done) / rate
        return Progress(self._done, self._failed, total, rate, left)


def tell_time() -> str:
    """The time in UTC, to the second, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
