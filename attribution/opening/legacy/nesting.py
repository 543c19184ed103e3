"""Limits how deep and wide the modules of a pickled object may be nested, before any of them is followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...errors import CheckpointError
from ..pickles.stand_ins import StandIn, modules_of, state_of

_MOST_ATTRIBUTES, _MOST_EMBEDDINGS = 500_000, 64


def check_nesting(saved: Any) -> None:
    """Check that an object's modules and their attributes are few enough to be followed one by one.

    A pickle can hold one module in many places: forty that each hold the next one twice unfold to 2**40.

    Raises:
        CheckpointError: there are too many, or a module contains itself.
    """
    if isinstance(saved, StandIn):
        _check(saved, _MOST_ATTRIBUTES, "modules and attributes", _count_attributes)
        _check(saved, _MOST_EMBEDDINGS, "embeddings", lambda module: int(module.name.endswith("Embeddings")))


def _check(saved: StandIn, most: int, what: str, weigh: Callable[[StandIn], int]) -> None:
    counted: dict[int, int] = {}

    def count(module: StandIn) -> int:
        if id(module) not in counted:
            counted[id(module)] = most + 1  # a module that contains itself exceeds the limit
            counted[id(module)] = min(most + 1, weigh(module) + sum(map(count, _parts(module))))
        return counted[id(module)]

    if count(saved) > most:
        raise CheckpointError(f"The file's {saved.name} holds more than {most} {what}, nested in each other.")


def _count_attributes(module: StandIn) -> int:
    state = state_of(module)
    stores = (state.get(name) for name in ("_parameters", "_buffers"))
    return 1 + len(state) + sum(len(store) for store in stores if isinstance(store, Mapping))


def _parts(saved: StandIn) -> Iterator[StandIn]:
    for _, module in modules_of(saved):
        yield module
    words = state_of(saved).get("embeddings")
    for part in words if isinstance(words, (list, tuple)) else [words]:
        if isinstance(part, StandIn):
            yield part
