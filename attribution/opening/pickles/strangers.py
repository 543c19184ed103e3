"""Strangers: what a pickle refers to although the vocabulary does not list it. Only a model card may hold them.

Flair 0.10 and later save a model together with a card of how it was trained, which includes the trainer's arguments:
any class or object of any package. While a pickle is being read, it is not known where such an object will end up. So
each becomes an inert stand-in that keeps all that it is given; afterwards everything outside of the card is searched,
and must hold no stranger. Nor may a stranger be missing from the result: that is a call whose result was thrown away.

This module needs only the standard library, so that the worker process of `rehearse` starts quickly.
"""

from __future__ import annotations

import builtins
import sys
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from types import new_class
from typing import Any

from ...wording import quote
from .stand_ins import StandIn

CARD = "model_card"
_CALLED = frozenset({"builtins.getattr", "__builtin__.getattr", "functools.partial"})
_CONTAINERS = (dict, frozenset, list, set, tuple, type, StandIn)


class Stranger(StandIn):
    """Stands for an object of a class that the vocabulary does not list, or for the result of such a function.

    `path` is the dotted path of what was called.
    """

    path = ""

    def add(self, value: Any) -> None:
        """Keep a value that was to be put into a set."""
        self.__dict__["items"].append(value)


@dataclass(slots=True)
class Strangers:
    """The strangers of one reading.

    Attributes:
        classes: (module, name) -> its stand-in, in the order in which they were referred to.
        made: the results of calling them.
        kept: what calls of the vocabulary were given but did not use: (result of the call, what it did not use).
    """

    classes: dict[tuple[str, str], type[Stranger]] = field(default_factory=dict)
    made: list[Stranger] = field(default_factory=list)
    kept: list[tuple[Any, tuple[Any, ...]]] = field(default_factory=list)
    _callable: list[type[StandIn]] = field(default_factory=list)

    def name(self, module: str, name: str) -> type[Stranger]:
        """The class that stands for `module.name`."""
        if (module, name) not in self.classes:
            kind, path = f"{module}.{name}", ".".join(_name_today(module, name))
            self.classes[module, name] = self._make_class(kind, path)
            self.let_call(self.classes[module, name], path)
        return self.classes[module, name]

    def keep(self, owner: Any, given: tuple[Any, ...]) -> None:
        """Note what a call of the vocabulary was given but did not use."""
        held = tuple(one for one in given if isinstance(one, _CONTAINERS))
        if held:
            self.kept.append((owner, held))

    def let_call(self, kind: type[StandIn], path: str) -> type[StandIn]:
        """The class itself; if `path` is one of `_CALLED`, its objects can be called until the reading ends."""
        if path in _CALLED:
            kind.__call__ = lambda called, *arguments: self._call(called, arguments)  # type: ignore[method-assign]
            self._callable.append(kind)
        return kind

    def close(self) -> None:
        """End the reading: nothing that came of it can be called any more."""
        while self._callable:
            del self._callable.pop().__call__

    def _call(self, called: StandIn, arguments: tuple[Any, ...]) -> Stranger:
        """The result of a method, called as `getattr(class, name)(…)` or, in protocol 2 with keywords, by `partial`.

        Raises:
            TypeError: what is called is not a method of a class.
        """
        owner, name = _find_method(called)
        kind = getattr(owner, "kind", owner.__name__)
        return self._make_class(f"{called.kind}({kind}, {quote(name)})", f"{kind}.{name}")(called, *arguments)

    def _make_class(self, kind: str, path: str) -> type[Stranger]:
        made = self.made

        def note(cls: type[Stranger], *arguments: Any, **keywords: Any) -> Stranger:
            one: Stranger = StandIn.__new__(cls, *arguments, **keywords)  # type: ignore[assignment]
            made.append(one)
            return one

        body = {"kind": kind, "path": path, "__new__": note}
        return new_class("Inert", (Stranger,), exec_body=lambda space: space.update(body))


def _find_method(called: Any) -> tuple[type, str]:
    """The class and the name of the method that is called."""
    given: tuple[Any, ...] = called.__dict__["arguments"] if isinstance(called, StandIn) else ()
    if getattr(called, "kind", "") == "functools.partial" and given:
        owner, name = _find_method(given[0])
        if name == "__new__":
            return owner, name
    elif getattr(called, "kind", "") in ("builtins.getattr", "__builtin__.getattr") and len(given) == 2:
        owner, name = given
        if isinstance(owner, type) and isinstance(name, str):
            return owner, name
    raise TypeError("what is called is no class, and no method of one")


@dataclass(frozen=True, slots=True)
class Found:
    """Where the strangers of a reading are.

    Attributes:
        named: the `module.name` of each that stands in a model card, and nowhere else.
        outside: the name of the first that stands anywhere else, or was thrown away; empty if there is none.
        called: the name of the first that a card calls and that could run something; empty if there is none.
    """

    named: tuple[str, ...] = ()
    outside: str = ""
    called: str = ""


def find_strangers(saved: Any, strangers: Strangers) -> Found:
    """Find where the strangers of a reading are in its result, `saved`."""
    if not strangers.classes and not strangers.made:
        return Found()
    kept = _by_owner(strangers)
    cards = [holder[CARD] for holder in find_holders(saved)]
    outside = _reach([saved], kept, apart=True)
    inside = _reach(cards, kept)
    met: list[type[Stranger] | Stranger] = [*strangers.classes.values(), *strangers.made]
    lost = [one.kind for one in met if id(one) in outside or id(one) not in inside]
    calls = [one.kind for one in strangers.made if not _is_harmless(one.path)]
    named = tuple(dict.fromkeys(one.kind for one in strangers.classes.values() if one.kind not in {*lost, *calls}))
    return Found(named, next(iter(lost), ""), next(iter(calls), ""))


def find_holders(saved: Any) -> Iterator[dict[Any, Any]]:
    """The mappings of a state that hold a model card: what Flair saves, or the attributes of a model saved whole."""
    parts = [saved]
    if isinstance(saved, StandIn):
        state = saved.__dict__["state"]
        parts = list(state) if isinstance(state, tuple) else [state]
    for part in parts:
        if isinstance(part, dict):
            if CARD in part:
                yield part
            for key in ("model", "tars_model"):
                if isinstance(part.get(key), StandIn):
                    yield from find_holders(part[key])


def hold(part: Any) -> Iterator[Any]:
    """What a part of a state holds."""
    if isinstance(part, StandIn):
        return iter((type(part), *part.__dict__.values()))
    if isinstance(part, dict):
        return chain(part.keys(), part.values())
    return iter(part) if isinstance(part, (frozenset, list, set, tuple)) else iter(())


def _reach(begin: list[Any], kept: dict[int, list[Any]], *, apart: bool = False) -> set[int]:
    """The ids of all objects that can be reached; with `apart`, without entering the model cards."""
    cards = {id(holder): holder for holder in find_holders(begin[0])} if apart else {}
    met: set[int] = set()
    waiting = list(begin)
    while waiting:
        part = waiting.pop()
        if id(part) in met:
            continue
        met.add(id(part))
        held = hold(part)
        if id(part) in cards:
            held = chain(part.keys(), (value for key, value in part.items() if key != CARD))
        waiting += [one for one in held if isinstance(one, _CONTAINERS) or id(one) in kept]
        waiting += kept.get(id(part), ())
    return met


def _by_owner(strangers: Strangers) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for owner, held in strangers.kept:
        found.setdefault(id(owner), []).extend(held)
    return found


def _is_harmless(path: str) -> bool:
    """Whether a card may call it: an honest one only makes data of the standard library and objects of packages."""
    parts = path.split(".")
    above = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    rules = _read_rules()
    if rules["through"] & set(parts[1:]):
        return False
    if parts[0] in sys.stdlib_module_names:
        return bool(above & rules["data"]) or (parts[0] == "builtins" and _is_exception(parts[1:]))
    return not above & rules["loads"]


@cache
def _read_rules() -> dict[str, frozenset[str]]:
    """What strangers.txt says."""
    rules: dict[str, set[str]] = {}
    for line in Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            rule, _, names = line.partition(": ")
            rules.setdefault(rule, set()).update(names.split())
    return {rule: frozenset(names) for rule, names in rules.items()}


def _name_today(module: str, name: str) -> tuple[str, str]:
    """Today's name of what Python 2's standard library called otherwise; protocols up to 2 write the old name."""
    return NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))


def _is_exception(names: list[str]) -> bool:
    found = getattr(builtins, names[0], None) if len(names) == 1 else None
    return isinstance(found, type) and issubclass(found, BaseException)
