"""The embedded demo model: a news classifier over all-MiniLM-L6-v2, built on first use, and texts to try it on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from ..storage.store import Store
from .texts import LABELS, NAME, Paragraph, Sample, paragraphs, samples

__all__ = ["LABELS", "NAME", "Paragraph", "Sample", "checkpoint", "paragraphs", "samples"]

_building = threading.Lock()


def checkpoint(store: Store | None = None, *, on_progress: Callable[[float], None] | None = None) -> Path:
    """The demo model's file in the store, built if it is not there yet (half a minute on two cores).

    `on_progress` is called with the share of the work that is done, 0 to 1.

    Raises:
        AttributionError: the package with the encoder is missing, or its weights are not the expected ones.
    """
    from .train import build, recipe

    store = store or Store()
    with _building:
        stored = store.find(recipe()) or build(store, on_progress or (lambda share: None))
    return store.path(stored.sha256)
