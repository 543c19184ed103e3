"""Where long work pauses: before each pass through a network, others may be let in first, or the work be given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_pause: ContextVar[Callable[[], None] | None] = ContextVar("pause", default=None)


def give_way() -> None:
    """Pause where `giving_way` says how; whatever it raises ends the work."""
    if pause := _pause.get():
        pause()


@contextmanager
def giving_way(pause: Callable[[], None]) -> Iterator[None]:
    """Within the block, and in its thread, call `pause` before each pass through a network."""
    before = _pause.set(pause)
    try:
        yield
    finally:
        _pause.reset(before)
