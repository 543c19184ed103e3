"""Plain data: what a state may hold where it holds no tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...errors import CheckpointError, UnsafeCheckpointError
from ...wording import shorten
from .stand_ins import StandIn

_MOST_PARTS = 500_000
_LONGEST_TEXT = 2**17
_LETTERS = 256  # of a text that count as another part
_HALVES = re.compile("[\ud800-\udfff]")  # lone surrogates


def to_plain(value: Any, where: str) -> Any:
    """Plain data, copied; in a model card classes and objects become their names. Keys are texts and numbers.

    Raises:
        UnsafeCheckpointError: it is not plain data.
        CheckpointError: more parts than any honest file has, such as lists that each hold the next one twice.
    """
    most = _MOST_PARTS + (2 * len(value) if isinstance(value, Mapping) else 0)
    return _copy(value, where, _Count(), most)


class _Count:
    """Counts parts; a long text counts as many."""

    def __init__(self) -> None:
        self._parts = 0

    def add(self, value: Any) -> int:
        self._parts += 1 + (len(value) // _LETTERS if isinstance(value, str) else 0)
        return self._parts


def _copy(value: Any, where: str, counted: _Count, most: int) -> Any:
    if counted.add(value) > most:
        raise CheckpointError(f"Expected plain data under {where!r}, got more than {most} parts, nested in each other.")
    if value is None or type(value) in (bool, int, float):
        return value
    if type(value) is str:
        return _copy_text(value, where)
    if isinstance(value, Mapping):
        if where != "model_card" and not all(key is None or isinstance(key, (bool, float, int, str)) for key in value):
            raise CheckpointError(f"Expected texts or numbers as the keys of {where!r}.")
        return {_copy(key, where, counted, most): _copy(item, where, counted, most) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_copy(item, where, counted, most) for item in value)
    if where == "model_card":  # for display only: anything else becomes its name
        named = isinstance(value, StandIn) or (isinstance(value, type) and issubclass(value, StandIn))
        return f"({value.kind if named else type(value).__name__})"
    raise UnsafeCheckpointError(f"Expected plain data under {where!r}, got {type(value).__name__}.")


def _copy_text(text: str, where: str) -> str:
    if where == "model_card":
        shown = shorten(text, _LONGEST_TEXT)
        return shown.encode("utf-8", "replace").decode("utf-8") if _HALVES.search(shown) else shown
    if len(text) > _LONGEST_TEXT or _HALVES.search(text):
        what = f"text of {len(text):,} letters" if len(text) > _LONGEST_TEXT else "lone surrogates"
        raise CheckpointError(f"Expected plain data under {where!r}, got {what}.")
    return text
