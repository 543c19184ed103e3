"""Inert stand-ins for the objects that old releases pickled whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


class StandIn:
    """Holds what was saved of an object, and can do nothing.

    Attributes:
        kind: `module.name` of the class, or of the function, that the file refers to.
        arguments: what it was called with.
        state: what was to be set on it, as saved.
        items: what was to be put into it: pairs for a mapping, values for a list.
        rest: keywords that it was called with, and states that a later one replaced; absent if there are none.
    """

    kind = ""

    def __new__(cls, *arguments: Any, **keywords: Any) -> StandIn:  # noqa: D102
        made = super().__new__(cls)
        made.__dict__.update(arguments=arguments, state=None, items=[])
        if keywords:
            made.__dict__["rest"] = [keywords]
        return made

    def __init__(self, *_: Any, **__: Any) -> None:
        """Take anything: the arguments are kept by `__new__`."""

    def __setstate__(self, state: Any) -> None:
        if self.__dict__["state"] is not None:
            self.__dict__.setdefault("rest", []).append(self.__dict__["state"])
        self.__dict__["state"] = state

    def __setitem__(self, key: Any, value: Any) -> None:
        self.__dict__["items"].append((key, value))

    def append(self, value: Any) -> None:
        """Keep a value that was to be appended."""
        self.__dict__["items"].append(value)

    def extend(self, values: Iterable[Any]) -> None:
        """Keep values that were to be appended."""
        self.__dict__["items"].extend(values)

    @property
    def name(self) -> str:
        """The bare name of the class."""
        return self.kind.rpartition(".")[2]

    def __repr__(self) -> str:
        return f"<{self.kind}>"


def state_of(saved: Any) -> dict[str, Any]:
    """The attributes of a saved object: a stand-in's state, or a mapping's own items; empty for anything else."""
    if isinstance(saved, StandIn):
        state = saved.__dict__["state"]
        if isinstance(state, tuple) and len(state) == 2:  # attributes and slots
            state = {**(state[0] or {}), **(state[1] or {})}
        return dict(state) if isinstance(state, Mapping) else {}
    return dict(saved) if isinstance(saved, Mapping) else {}


def text_of(value: Any) -> str:
    """A text as saved; empty for anything else, which is not made a text: a list may hold one text a million times."""
    return value if isinstance(value, str) else ""


def modules_of(saved: Any) -> Iterator[tuple[str, StandIn]]:
    """The sub-modules of a saved torch module, by name."""
    modules = state_of(saved).get("_modules")
    if isinstance(modules, Mapping):
        for name, module in modules.items():
            if isinstance(module, StandIn):
                yield text_of(name), module
