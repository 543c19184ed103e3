"""How much a pickle's state is when it is written out, told before anything in it is compared, hashed or shown.

A pickle can hold one part in many places: a tuple that holds the next one twice, sixty times over, takes a few hundred
bytes, and would take all time and memory to be walked through.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from .errors import CheckpointError
from .stand_ins import StandIn

_TIMES, _SPARE = 32, 2**22
_SEQUENCES = (frozenset, list, set, tuple)
_CONTAINERS = (*_SEQUENCES, dict, StandIn)
_LETTERS = 16


def check_unfolded(saved: Any, size: int) -> None:
    """Check that all that is in a state, each part as often as it is held, is in proportion to its `size` bytes.

    Raises:
        CheckpointError: it is not.
    """
    most = _TIMES * size + _SPARE
    weights: dict[int, int] = {}
    begun: set[int] = set()
    waiting = [saved]
    while waiting:
        part = waiting[-1]
        if id(part) in weights:
            waiting.pop()
        elif id(part) in begun:  # all that it holds is weighed, but for what holds it in turn
            total = 1 + sum(weights.get(id(held), _weigh(held)) for held in _held_by(part))
            weights[id(part)] = min(most + 1, total)
            waiting.pop()
        else:
            begun.add(id(part))
            waiting += [held for held in _held_by(part) if isinstance(held, _CONTAINERS) and id(held) not in begun]
    if weights[id(saved)] > most:
        raise CheckpointError("The file holds the same parts in each other over and over, more than could be read.")


def _held_by(part: Any) -> Iterator[Any]:
    if isinstance(part, StandIn):
        return iter(part.__dict__.values())
    if isinstance(part, dict):
        return chain(part.keys(), part.values())
    return iter(part) if isinstance(part, _SEQUENCES) else iter(())


def _weigh(part: Any) -> int:
    """One, and more for a long text or number."""
    if isinstance(part, (bytes, str)):
        return 1 + len(part) // _LETTERS
    return 1 + part.bit_length() // 64 if isinstance(part, int) else 1
