"""The memory of the machine, and how much of it a model would take."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from torch import Tensor

from ....errors import CheckpointError

_ELEMENT = 4
"""Bytes of a weight in memory: Flair makes networks of float32, whatever the file holds."""
_SPARE = 2**20


def check_memory(tensors: Mapping[str, Tensor]) -> None:
    """Check that there is memory for a network of these weights, before it is made.

    Raises:
        CheckpointError: there is not enough.
    """
    needed, free = sum(tensor.numel() for tensor in tensors.values()) * _ELEMENT, free_memory()
    if free is not None and needed > free + _SPARE:
        raise CheckpointError(
            f"The model takes {needed / 1e9:.1f} GB of memory, and this machine has {free / 1e9:.1f} GB left. "
            "Free some, or open it on a larger machine."
        )


def free_memory() -> int | None:
    """Bytes that this process may still take: of the machine, or of the container that it runs in; None if unknown."""
    found = [amount for amount in (_free_of_machine(), _free_of_container()) if amount is not None]
    return min(found, default=None)


def _free_of_machine() -> int | None:
    with suppress(OSError):
        if found := re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text()):
            return int(found[1]) * 1024
    with suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _free_of_container() -> int | None:
    group = Path("/sys/fs/cgroup")
    with suppress(OSError, ValueError):
        limit, used = (int((group / name).read_text()) for name in ("memory.max", "memory.current"))
        cached = re.search(r"^inactive_file (\d+)", (group / "memory.stat").read_text(), re.MULTILINE)
        return limit - used + (int(cached[1]) if cached else 0)
    return None
