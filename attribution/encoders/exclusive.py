"""Serializes calls of Flair, tokenizers and transformers that are not thread-safe.

Fast tokenizers switch truncation and padding on themselves ("Already borrowed"), and transformers 4.57 gathers the
hidden states of Llama and its like by exchanging the `forward` of their layers during a call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any


def make_exclusive(lock: RLock, owner: object, method: str) -> None:
    """From now on whoever calls `owner.method`, Flair's own `predict()` included, waits for the lock."""
    setattr(owner, method, _exclusive(lock, getattr(owner, method)))


def _exclusive(lock: RLock, call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def call_alone(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return call(*args, **kwargs)

    return call_alone
