"""Measures how large a pickle's state is when fully expanded, before anything in it is compared, hashed or shown.

A pickle can hold one part in many places: sixty nested tuples, each holding the next one twice, take a few hundred
bytes, but walking through them would take forever.
"""

from __future__ import annotations

from typing import Any

from ...errors import CheckpointError
from .stand_ins import StandIn
from .strangers import hold

_TIMES, _SPARE = 32, 2**22
_CONTAINERS = (frozenset, list, set, tuple, dict, StandIn)
_LETTERS = 16


def check_unfolded(saved: Any, size: int) -> None:
    """Check that a state, with each part counted as often as it is held, is in proportion to its `size` bytes.

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
        elif id(part) in begun:  # all that it holds is weighed, except what contains it in turn
            total = 1 + sum(weights.get(id(held), _weigh(held)) for held in hold(part))
            weights[id(part)] = min(most + 1, total)
            waiting.pop()
        else:
            begun.add(id(part))
            waiting += [held for held in hold(part) if isinstance(held, _CONTAINERS) and id(held) not in begun]
    if weights[id(saved)] > most:
        raise CheckpointError("The file nests the same parts in each other over and over, too often to be read.")


def _weigh(part: Any) -> int:
    """One, and more for a long text or number."""
    if isinstance(part, (bytes, str)):
        return 1 + len(part) // _LETTERS
    return 1 + part.bit_length() // 64 if isinstance(part, int) else 1
