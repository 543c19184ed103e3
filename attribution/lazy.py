"""What is imported when somebody first asks for it (PEP 562 for public names): torch and Flair take seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def import_by_name(package: str, name: str) -> Any:
    """What a dotted name stands for inside a package: the last part is in the module that the others name."""
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(f"{package}.{module}"), attribute)


def import_on_demand(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the `__getattr__` of a package.

    `places` maps each public name to the module of the package that holds it; a module is mapped to itself.
    """

    def find(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{places[name]}")
        found = module if name == places[name] else getattr(module, name)
        setattr(sys.modules[package], name, found)
        return found

    return find
