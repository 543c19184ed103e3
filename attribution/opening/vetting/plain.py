"""Plain data: what a state may hold where it holds no tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ...errors import CheckpointError, UnsafeCheckpointError
from ...wording import quote
from ..pickles.plain import to_plain

__all__ = ["take_known", "to_plain"]

_DROPOUTS = {"context_dropout", "dropout", "locked_dropout", "word_dropout"}


def take_known(saved: Mapping[str, Any], kinds: Mapping[str, Any], elsewhere: set[str]) -> dict[str, Any]:
    """The parameters of an embedding class that are in `kinds`, each of that type; `elsewhere` are checked by others.

    Raises:
        UnsafeCheckpointError: a parameter that no honest file has.
        CheckpointError: a parameter of another type.
    """
    taken: dict[str, Any] = {}
    for key, value in saved.items():
        if key in kinds:
            if not isinstance(value, cast("type[Any]", kinds[key])) or (kinds[key] is int and isinstance(value, bool)):
                raise CheckpointError(f"The embeddings' {key!r} is of the wrong type, {type(value).__name__}.")
            taken[key] = to_plain(value, key)
            check_dropout(key, value)
        elif key not in elsewhere and value is not None:
            raise UnsafeCheckpointError(f"The embeddings have a parameter {quote(key)}, which no honest file has.")
    return taken


def check_dropout(key: str, value: Any) -> None:
    """Check that a dropout is a share, if it is one.

    Raises:
        CheckpointError: it is none.
    """
    is_share = isinstance(value, (float, int)) and 0.0 <= value <= 1.0
    if key in _DROPOUTS and value is not None and not is_share:
        raise CheckpointError(f"Expected a number from 0 to 1 as {key!r}, got {quote(value)}.")


def need(vetted: Mapping[str, Any], *keys: str) -> None:
    """Check that parameters are there.

    Raises:
        CheckpointError: one is missing.
    """
    missing = [key for key in keys if vetted.get(key) is None]
    if missing:
        raise CheckpointError(f"The embeddings' parameters lack {' and '.join(missing)}. The file is damaged.")
