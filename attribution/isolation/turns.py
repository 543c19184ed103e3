"""Who may compute: one question at a time, in turn, each until it gives way."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """A lock that is handed on in the order in which it was asked for, so that nobody waits for more than a piece."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[int] = deque()

    def take(self, number: int) -> None:
        """Wait until it is this question's turn."""
        with self._changed:
            self._queue.append(number)
            self._changed.wait_for(lambda: self._queue[0] == number)

    def leave(self) -> None:
        """Let the next one in."""
        with self._changed:
            self._queue.popleft()
            self._changed.notify_all()

    def hand_on(self, number: int) -> bool:
        """Let all others in who wait, and then take another turn; false if nobody waits."""
        with self._changed:
            if len(self._queue) == 1:
                return False
        self.leave()
        self.take(number)
        return True
