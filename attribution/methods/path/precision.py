"""Whether reduced precision is faster on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch

from ...encoders import EncodedText, Encoder
from .line import StraightPath

_TRIES = 2
_SIDE = 128


def measure_speedup(encoder: Encoder, encoded: EncodedText) -> float:
    """How many times faster an evaluation is in bfloat16 than in float32, the best of two tries each.

    0 if it is of no use: without gradients, if the machine does not multiply faster in bfloat16 (an evaluation may then
    take a minute), and if the network cannot be computed in it, such as LSTMs on some processors.
    """
    if not encoder.differentiable or not _multiplies_faster(encoded.embedded.device):
        return 0.0
    with torch.no_grad():
        count = encoder.logits(encoded.embedded, encoded).shape[1]
    path = {
        kind: StraightPath(encoder, encoded, torch.zeros_like(encoded.embedded), torch.eye(count)[:1], kind)
        for kind in ("float32", "bfloat16")
    }
    try:
        seconds = {kind: _time(partial(one.follow, [0.5], [0])) for kind, one in path.items()}
    except RuntimeError:
        return 0.0
    return seconds["float32"] / seconds["bfloat16"]


def _multiplies_faster(device: torch.device) -> bool:
    matrices = {kind: torch.ones(_SIDE, _SIDE, dtype=kind, device=device) for kind in (torch.float32, torch.bfloat16)}
    whole, half = (_time(partial(torch.matmul, one, one)) for one in matrices.values())
    return half < whole


def _time(call: Callable[[], object]) -> float:
    """Seconds of the fastest try."""
    seconds = []
    for _ in range(_TRIES):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
