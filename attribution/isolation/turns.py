"""Who may compute: one question at a time, each until it gives way; those that are soon answered come first."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

_LONG = 1.0
"""Seconds of computing after which a question lets others in first that have had less."""

_PATIENCE = 10.0
"""Seconds after which it waits no longer for those."""


@dataclass(slots=True, eq=False)
class Turn:
    """A question's place in the queue.

    Attributes:
        is_long: whether it has shown something already, or has computed for long.
        since: when it began to wait, or to compute.
        taken: seconds that it has computed so far.
    """

    is_long: bool = False
    since: float = 0.0
    taken: float = 0.0


class Turns:
    """A lock that is handed on piece by piece, so that each question has its first answer soon, however many there are.

    Of those that wait, the one that came first is next; questions that are long come after those that are not, unless
    they have waited for ten seconds.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Turn] = []
        self._next: Turn | None = None
        self._held = False

    def take(self, turn: Turn) -> None:
        """Wait until it is this question's turn."""
        with self._changed:
            turn.since = time.monotonic()
            self._waiting.append(turn)
            if not self._held and self._next is None:
                self._next = turn
            self._changed.wait_for(lambda: self._next is turn)
            self._waiting.remove(turn)
            self._next, self._held, turn.since = None, True, time.monotonic()

    def leave(self, turn: Turn) -> None:
        """Let the next one in."""
        with self._changed:
            turn.taken += time.monotonic() - turn.since
            turn.is_long = turn.is_long or turn.taken > _LONG
            self._held, self._next = False, self._choose()
            self._changed.notify_all()

    def is_wanted(self) -> bool:
        """Whether others wait."""
        return bool(self._waiting)

    def hand_on(self, turn: Turn) -> bool:
        """Let others in who wait, and then take another turn; false if nobody waits."""
        if not self.is_wanted():
            return False
        self.leave(turn)
        self.take(turn)
        return True

    def _choose(self) -> Turn | None:
        patient = time.monotonic() - _PATIENCE
        return min(self._waiting, key=lambda turn: (turn.is_long and turn.since > patient, turn.since), default=None)
