"""Runs one module of this package in a Python of its own with limits, where importing all of the package takes seconds.

The packages that the module stands in are there without what they import; modules that it imports are imported whole.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from pathlib import Path

with suppress(ImportError):  # Windows knows no such limits
    import resource

START = """
import importlib, sys, types
root, module, *arguments = sys.argv[1:]
parts = module.split(".")
for end in range(1, len(parts)):
    package = types.ModuleType(".".join(parts[:end]))
    package.__path__ = ["/".join([root, *parts[:end]])]
    sys.modules[package.__name__] = package
importlib.import_module(module).main(*arguments)
"""
"""Calls the function `main` of a module: the folder of the package, the module's name and the arguments follow."""

OUT_OF_TIME = -getattr(signal, "SIGXCPU", 0)
"""The exit code of a process that computed for longer than `limit` allows."""


def make_command(module: str, *arguments: object, only_standard: bool = False) -> list[str]:
    """The command that calls a module's `main`; `only_standard` says that it needs nothing but the standard library."""
    options = ["-I", "-S"] if only_standard else ["-I"]
    return [sys.executable, *options, "-c", START, str(Path(__file__).parents[2]), module, *map(str, arguments)]


def limit(memory: int, seconds: int) -> None:
    """Let this process take so many bytes of addresses, and compute so many seconds since it began.

    Then an allocation fails, and the system ends the process. Called again, it may allow more.
    """
    with suppress(NameError):
        for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
            resource.setrlimit(what, (most, resource.getrlimit(what)[1]))
