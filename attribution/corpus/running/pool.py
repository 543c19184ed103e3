"""How many workers a run on a cluster gets, and what each takes of a machine."""

from __future__ import annotations

from dataclasses import dataclass

_SHARE = 0.9  # of a processor per worker: if workers took all of them, none would be left to read the documents


@dataclass(frozen=True, slots=True)
class Pool:
    """How many workers there are, and what each takes of a machine."""

    size: int
    processors: float
    on_gpu: bool
    threads: int


def plan_pool(workers: int | None) -> Pool:
    """As many workers as were asked for; else one per GPU or, without a GPU, one per processor."""
    import ray

    there = ray.cluster_resources()
    processors, gpus = there.get("CPU", 1.0), int(there.get("GPU", 0))
    size = workers or gpus or max(1, int(processors))
    on_gpu = 0 < size <= gpus
    share = min(_SHARE, _SHARE * processors / size)
    return Pool(size, share, on_gpu, max(1, int(processors // size)))
