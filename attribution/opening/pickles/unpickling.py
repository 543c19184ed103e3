"""An unpickler that knows only the names in `vocabulary`, for both checkpoint formats; every other name is inert.

It needs only the standard library, so that the worker process of `rehearse` starts quickly.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from typing import Any

from ...errors import UnsafeCheckpointError
from ...wording import quote
from .storages import Storage
from .strangers import Strangers

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # torch/serialization.py, MAGIC_NUMBER
WIDTHS = {
    "BFloat16Storage": 2,
    "BoolStorage": 1,
    "ByteStorage": 1,
    "CharStorage": 1,
    "DoubleStorage": 8,
    "FloatStorage": 4,
    "HalfStorage": 2,
    "IntStorage": 4,
    "LongStorage": 8,
    "ShortStorage": 2,
}
"""Kinds of storages, and the bytes that an element of each takes."""


class StorageKind(str):
    """The name of a kind of storage, a key of `WIDTHS`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """How a pickle is read.

    Attributes:
        vocabulary: what each (module, name) stands for.
        note_storage: called with each storage.
        strangers: collects what is not in the vocabulary; `find_strangers` tells afterwards where it is.
        note: called with each reference.
    """

    vocabulary: dict[tuple[str, str], Any]
    note_storage: Callable[[Storage], None]
    strangers: Strangers
    note: Callable[[str], None] = lambda _: None


def read_pickle(file: BufferedReader, rules: Rules) -> Any:
    """Read one pickle, from where the file stands.

    Raises:
        Exception: of any kind, if the pickle is damaged.
    """
    try:
        return _RestrictedUnpickler(file, rules).load()
    finally:
        rules.strangers.close()


class _RestrictedUnpickler(pickle.Unpickler):
    def __init__(self, file: BufferedReader, rules: Rules) -> None:
        super().__init__(file)
        self._rules = rules

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in WIDTHS:
            return StorageKind(name)
        self._rules.note(f"{module}.{name}")
        if (module, name) in self._rules.vocabulary:
            return self._rules.vocabulary[module, name]
        return self._rules.strangers.name(module, name)

    def persistent_load(self, saved: Any) -> Any:
        if not isinstance(saved, tuple) or not saved:
            raise ValueError("an identifier of something outside of the file")
        what, *rest = saved
        if type(what) is str and what == "module" and rest:  # (what, class, file, source): the source is not looked at
            return rest[0]
        if (
            type(what) is not str
            or what != "storage"
            or len(rest) not in (4, 5)
            or any(x is not None for x in rest[4:])
        ):
            raise ValueError("an identifier that names no storage")
        kind, key, _, count = rest[:4]
        if type(kind) is not StorageKind or type(key) is not str or type(count) is not int or count < 0:
            raise ValueError("a malformed storage")
        storage = Storage(kind, key, count)
        self._rules.note_storage(storage)
        return storage


def refuse_reference(kind: str) -> UnsafeCheckpointError:
    """The error for a reference outside of the vocabulary."""
    return UnsafeCheckpointError(
        f"The file refers to {quote(kind, 120)}, which no text classifier needs. "
        "It was not opened: what it names could run code."
    )


def refuse_call(kind: str) -> UnsafeCheckpointError:
    """The error for a model card that calls what could run something."""
    return UnsafeCheckpointError(
        f"The file's model card calls {quote(kind, 120)}, which no honest model card does. "
        "It was not opened: what it calls could run code."
    )
