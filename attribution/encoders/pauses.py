"""Where long work pauses: before each pass through a network, others may be let in first, or the work be given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_pause: ContextVar[Callable[[], None] | None] = ContextVar("pause", default=None)
_waiting: ContextVar[Callable[[], bool]] = ContextVar("waiting", default=lambda: False)


def others_wait() -> bool:
    """Whether others wait until this work pauses: then it had better come in small pieces."""
    return _waiting.get()()


def give_way() -> None:
    """Pause where `giving_way` says how; whatever it raises ends the work."""
    if pause := _pause.get():
        pause()


@contextmanager
def giving_way(pause: Callable[[], None], waiting: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Within the block, and in its thread, call `pause` before each pass; `waiting` says whether others wait."""
    before, waiting_before = _pause.set(pause), _waiting.set(waiting)
    try:
        yield
    finally:
        _pause.reset(before)
        _waiting.reset(waiting_before)
