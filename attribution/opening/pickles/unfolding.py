"""Measures how large a pickle's state is when fully expanded, before anything in it is compared, hashed or shown.

A pickle can hold one part in many places: sixty nested tuples, each holding the next one twice, take a few hundred
bytes, but walking through them would take forever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import CheckpointError
from .stand_ins import StandIn
from .strangers import hold

_TIMES, _SPARE = 32, 2**22
_CONTAINERS = (frozenset, list, set, tuple, dict)
_LEAVES = frozenset({bool, bytes, float, int, str, type, type(None)})
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
            continue
        held = list(hold(part))
        if id(part) not in begun:
            begun.add(id(part))
            deeper = [one for one in held if type(one) not in _LEAVES and _is_filled(one)]
            waiting += [one for one in deeper if id(one) not in weights and id(one) not in begun]
        if waiting[-1] is part:  # all that it holds is weighed, except what contains it in turn
            waiting.pop()
            begun.discard(id(part))
            weights[id(part)] = min(most + 1, _add_up(held, weights))
    if weights[id(saved)] > most:
        raise CheckpointError("The file nests the same parts in each other over and over, too often to be read.")


def _is_filled(part: Any) -> bool:
    """Whether a part holds others: an empty one weighs as much as a number, and most are."""
    return isinstance(part, StandIn) or (isinstance(part, _CONTAINERS) and len(part) > 0)


def _add_up(held: list[Any], weights: Mapping[int, int]) -> int:
    """The weight of a part that holds these: one, and theirs, which is more for a long text or number."""
    total = 1 + len(held)
    for part in held:
        kind = type(part)
        if kind is str or kind is bytes:
            total += len(part) // _LETTERS
        elif kind is int:
            total += part.bit_length() // 64
        elif kind not in _LEAVES and (weight := weights.get(id(part))):
            total += weight - 1
    return total
