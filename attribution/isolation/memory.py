"""The memory of processes, as the system counts it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil


def read_status(process: int | str) -> dict[str, int]:
    """Bytes by the names of `/proc/<process>/status`, such as VmData; empty where nothing tells."""
    with suppress(OSError):
        lines = Path(f"/proc/{process}/status").read_text("ascii", "replace").splitlines()
        return {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}
    return {}


def measure_memory(process: psutil.Process) -> int:
    """Bytes that are a process's own: files that are mapped do not count, nor what it shares with who forked it."""
    if status := read_status(process.pid):
        return status.get("RssAnon", 0) + status.get("RssShmem", 0)
    try:
        info = process.memory_info()
    except psutil.Error:
        return 0
    return int(info.rss - getattr(info, "shared", 0))
