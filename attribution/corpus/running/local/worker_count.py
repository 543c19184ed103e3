"""How many workers a run gets on one machine."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import joblib
import psutil
import torch

from ....opened_model import OpenedModel

_FEWEST_DOCUMENTS = 32
"""Of each worker: in the seconds that a process takes to start and to open a model, one could explain some ten."""

_MEMORY = 900 * 2**20
"""Bytes of a worker beside its model: 680 MB with the demo model, of which the libraries take 400."""

_LIMIT, _USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
"""Of a container; those of version 1 are not read."""


def count_workers(model: OpenedModel, documents: int) -> int:
    """One worker per processor, or fewer if memory or the documents do not suffice; 1 with a GPU, which it fills.

    A model counts once for each worker, though its weights may be mapped and shared.
    """
    if torch.cuda.is_available():
        return 1
    fit = _read_available() // (_MEMORY + model.facts.size)
    return max(1, min(int(joblib.cpu_count()), documents // _FEWEST_DOCUMENTS, fit))


def _read_available() -> int:
    """Bytes that this machine, or this container, has left."""
    left = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):  # there is no limit
        left = min(left, int(_LIMIT.read_text()) - int(_USED.read_text()))
    return left
