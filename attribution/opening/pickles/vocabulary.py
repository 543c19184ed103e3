"""Everything that a checkpoint may refer to: an exact list of (module, name) pairs, each given an inert stand-in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import new_class
from typing import Any

from .plain_calls import Budget, Calls, Function, make_plain_calls
from .stand_ins import StandIn
from .storages import MOST_TENSORS, Sealed, Shape, Storage, check_tensor
from .strangers import Strangers

_SPARE = 2**20


@cache
def allowed_pairs() -> frozenset[tuple[str, str]]:
    """Every (module, name) that a checkpoint may refer to; from vocabulary.txt."""
    lines = Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines()
    entries = (line.split(": ") for line in lines if not line.startswith("#"))
    return frozenset((module, name) for module, names in entries for name in names.split())


@cache
def allowed_names() -> frozenset[str]:
    """The allowed pairs, each as `module.name`."""
    return frozenset(f"{module}.{name}" for module, name in allowed_pairs())


@cache
def plain_names() -> frozenset[str]:
    """The allowed names that give plain data."""
    return frozenset(f"{module}.{name}" for module, name in make_plain_calls(Calls(Budget(0), Strangers())))


def make_vocabulary(
    size: int, strangers: Strangers, rebuild_tensor: Callable[[Storage, int, Shape, Shape], Sealed | Any]
) -> dict[tuple[str, str], Any]:
    """What each pair stands for, made anew for each reading.

    Args:
        size: bytes of the file, which limit how much calls may make.
        strangers: of the same reading.
        rebuild_tensor: makes a tensor of (storage, offset, size, stride), all of which lies inside of the storage.
    """
    vocabulary: dict[tuple[str, str], Any] = {pair: make_inert(*pair, strangers) for pair in allowed_pairs()}
    plain = make_plain_calls(Calls(Budget(size + _SPARE), strangers))
    if not plain.keys() <= vocabulary.keys():
        raise RuntimeError("A pair is missing in vocabulary.txt.")
    vocabulary.update(plain)
    tensors = Budget(MOST_TENSORS)

    def rebuild(storage: Any, offset: Any, shape: Any, stride: Any, *rest: Any) -> Any:
        check_tensor(storage, offset, shape, stride)
        tensors.spend(1)
        tensor = rebuild_tensor(storage, offset, shape, stride)
        strangers.keep(tensor, rest)
        return tensor

    vocabulary["torch._utils", "_rebuild_tensor_v2"] = Function(rebuild)
    return vocabulary


def make_inert(module: str, name: str, strangers: Strangers | None = None) -> type[StandIn]:
    """A class that stands for `module.name` and can do nothing."""
    kind = f"{module}.{name}"
    made = new_class(name, (StandIn,), exec_body=lambda namespace: namespace.update(kind=kind))
    return strangers.let_call(made, kind) if strangers else made
