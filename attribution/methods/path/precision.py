"""Whether a network is explained faster in reduced precision on this machine, and as well."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import numpy as np
import torch

from ...errors import AttributionError
from .arithmetic import FLOAT32, REDUCED, Arithmetic
from .line import StraightPath
from .rules import LearnedRule

_SIDE = 384
"""Of matrices that tell whether a machine multiplies faster in bfloat16; with 128 the call itself takes longest."""

_TIMED_TOKENS = 1024
"""Together, at the points that are timed."""

_WORTHWHILE = 1.3
"""How many times faster reduced precision has to be: below that, it costs exactness for little time."""

_MOST_DIFFERENCE = 0.02
"""Of all tokens together, of their size. A rule's own error was 1.3 % at most where it was accepted, and both together
have to stay within 3 %."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What trying a network on a machine has shown.

    Attributes:
        machine: as `name_machine` names it.
        arithmetic: the one to explain by learned rules in.
        speedup: how many times faster than float32 it is; 1 for float32 itself.
        difference: between the attributions in both, the L1 distance over the L1 norm.
    """

    machine: str
    arithmetic: Arithmetic = FLOAT32
    speedup: float = 1.0
    difference: float = 0.0


def name_machine() -> str:
    """Name the machine, as far as it matters to the speed of arithmetics."""
    processor = torch.backends.cpu.get_cpu_capability()
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else processor
    return f"torch {torch.__version__}, transformers {version('transformers')}, {device}"


def try_arithmetics(path: StraightPath, rule: LearnedRule) -> Tried:
    """Evaluate some points of a text in each arithmetic, and hold the fastest against float32.

    It is float32 where the machine multiplies no faster in bfloat16 (an evaluation may then take a minute), where the
    network cannot be computed in it, such as LSTMs on some processors, and where none is 1.3 times faster or the
    attributions of the path's first target differ by more than 2 %.
    """
    machine, level = name_machine(), rule.levels[1]
    points: list[float] = level.points.tolist()
    few = points[: max(2, _TIMED_TOKENS // path.tokens)]
    if not _multiplies_faster(path.device):
        return Tried(machine)
    seconds = {one: _time(path.device, partial(path.follow, few, [0], one)) for one in (FLOAT32, *REDUCED)}
    fastest = min(seconds, key=lambda one: seconds[one])
    speedup = seconds[FLOAT32] / seconds[fastest]
    if speedup < _WORTHWHILE:
        return Tried(machine)
    whole, reduced = (level.pieces.sum(axis=0) @ path.follow(points, [0], one)[1][0] for one in (FLOAT32, fastest))
    difference = float(np.abs(reduced - whole).sum() / np.abs(whole).sum())
    return Tried(machine, fastest, speedup, difference) if difference <= _MOST_DIFFERENCE else Tried(machine)


def _multiplies_faster(device: torch.device) -> bool:
    matrices = {kind: torch.ones(_SIDE, _SIDE, dtype=kind, device=device) for kind in (torch.float32, torch.bfloat16)}
    whole, half = (_time(device, partial(torch.matmul, one, one)) for one in matrices.values())
    return half < whole


def _time(device: torch.device, call: Callable[[], object]) -> float:
    """Seconds of the second try, as much is made ready in the first, without those in which others had their turn.

    They are infinite where it fails.
    """
    clock = time.thread_time if device.type == "cpu" else time.perf_counter
    try:
        call()
        start = clock()
        call()
    except (AttributionError, RuntimeError):
        return np.inf
    return clock() - start
