"""An unpickler whose only words are those of `vocabulary`, for both formats of checkpoints.

It needs nothing but the standard library: `rehearse` uses it in a process that starts in no time.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from typing import Any

from .errors import UnsafeCheckpointError, shorten
from .vocabulary import make_inert

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


class Storage(str):
    """The name of a kind of storage, a key of `WIDTHS`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a pickle is read.

    Attributes:
        vocabulary: what each (module, name) stands for.
        load_storage: called with the kind of a storage, its key and the number of its elements.
        note: called with each reference. With it, what is not in the vocabulary becomes a stand-in too, so that all
            references are met; without it, it is refused.
    """

    vocabulary: dict[tuple[str, str], Any]
    load_storage: Callable[[str, str, int], Any]
    note: Callable[[str], None] | None = None


def read_pickle(file: BufferedReader, rules: Rules) -> Any:
    """Read one pickle, from where the file stands.

    Raises:
        UnsafeCheckpointError: it refers to anything outside of the vocabulary.
        Exception: it is damaged.
    """
    return _RestrictedUnpickler(file, rules).load()


class _RestrictedUnpickler(pickle.Unpickler):
    def __init__(self, file: BufferedReader, rules: Rules) -> None:
        super().__init__(file)
        self._rules = rules

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in WIDTHS:
            return Storage(name)
        rules, kind = self._rules, f"{module}.{name}"
        if rules.note is None and (module, name) not in rules.vocabulary:
            raise refuse_reference(kind)
        if rules.note is not None:
            rules.note(kind)
            rules.vocabulary.setdefault((module, name), make_inert(module, name))
        return rules.vocabulary[module, name]

    def persistent_load(self, saved: Any) -> Any:
        if not isinstance(saved, tuple) or not saved:
            raise ValueError("an identifier of something outside of the file")
        kind, *rest = saved
        if kind == "module":  # ('module', class, file, source): the source is never looked at
            return rest[0]
        if kind != "storage" or len(rest) not in (4, 5) or rest[4:] not in ([], [None]):
            raise ValueError("an identifier of something that is no storage")
        storage, key, _, count = rest[:4]
        if type(storage) is not Storage or not isinstance(key, str) or type(count) is not int or count < 0:
            raise ValueError("a storage that is none")
        return self._rules.load_storage(storage, key, count)


def refuse_reference(kind: str) -> UnsafeCheckpointError:
    """The error for a reference outside of the vocabulary."""
    return UnsafeCheckpointError(
        f"The file refers to {shorten(kind)!r}, which no text classifier needs. "
        "It was not opened: what it names could run code."
    )
