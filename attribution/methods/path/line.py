"""The straight line from a baseline to a text, and a network's scores and gradients along it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, get_args

import numpy as np
import torch
from scipy.linalg import qr
from torch import Tensor

from ...encoders import EncodedText, Encoder
from ...encoders.pauses import give_way
from ...explanation import Floats

Precision = Literal["float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

MEMORY = 192 * 2**20
"""Bytes that a pass may keep for its gradients."""
_MOST_TOKENS = 2048
_DEPENDENT = 1e-6
"""Of the largest direction's size: directions come in float32."""


class StraightPath:
    """A network's logits between a baseline and a text, and how each token makes its scores grow.

    Nothing is hooked or set on the network, so threads that share it do not disturb each other. The memory
    that a pass keeps for its gradients is measured on the first one; later passes take in as many points as fit.
    """

    def __init__(
        self,
        encoder: Encoder,
        encoded: EncodedText,
        baseline: Tensor,
        directions: Tensor,
        precision: Precision = "float32",
    ) -> None:
        """`baseline` [1, T, E] is where the path starts; the scores are the logits' products with `directions`."""
        self._encoder, self._encoded = encoder, encoded
        self._baseline, self._difference = baseline, encoded.embedded - baseline
        self._directions = directions.cpu().double()
        self._precision = precision
        self._batch = 0

    def follow(self, points: Sequence[float], targets: Sequence[int]) -> tuple[Floats, Floats]:
        """At n points between 0 and 1: the logits [n, C], and each target's growth by every token [K, n, T]."""
        logits, shares, start = [], [], 0
        while start < len(points):
            batch = points[start : start + (self._batch or 1)]
            answer, growth = self._evaluate(batch, targets)
            logits.append(answer)
            shares.append(growth)
            start += len(batch)
        return np.concatenate(logits), np.concatenate(shares, axis=1)

    def read_ends(self) -> Floats:
        """The logits [2, C] at the baseline and at the text, without gradients."""
        give_way()
        with torch.no_grad():
            ends = torch.cat([self._baseline, self._baseline + self._difference])
            logits: Floats = self._encoder.logits(ends, self._encoded).cpu().double().numpy()
        return logits

    def scores(self, logits: Floats) -> Floats:
        """[n, C] -> [n, K]."""
        scores: Floats = logits @ self._directions.T.numpy()
        return scores

    def _evaluate(self, points: Sequence[float], targets: Sequence[int]) -> tuple[Floats, Floats]:
        steps = torch.tensor(points, dtype=self._difference.dtype, device=self._difference.device)[:, None, None]
        embedded = (self._baseline + steps * self._difference).detach().requires_grad_()
        give_way()
        with torch.enable_grad(), SavedTensors() as saved, self._autocast():
            logits = self._encoder.logits(embedded, self._encoded).cpu().double()
        if not self._batch:
            self._batch = max(1, min(MEMORY // max(saved.size, 1), _MOST_TOKENS // embedded.shape[1]))
        directions = self._directions[list(targets)]
        rows, combinations = find_basis(directions.numpy())
        scores = logits @ directions[rows].T
        shares = []
        for place in range(len(rows)):
            (gradient,) = torch.autograd.grad(
                scores[:, place].sum(), embedded, retain_graph=place < len(rows) - 1, materialize_grads=True
            )
            shares.append((gradient * self._difference).sum(dim=-1).cpu().double())
        return logits.detach().numpy(), np.tensordot(combinations, torch.stack(shares).numpy(), axes=1)

    def _autocast(self) -> AbstractContextManager[object]:
        if self._precision == "float32":
            return nullcontext()
        return torch.autocast(self._difference.device.type, torch.bfloat16)


def find_basis(directions: Floats) -> tuple[list[int], Floats]:
    """Rows of `directions` [K, C] that are independent of each other, and what all rows are of them, [K, R].

    A gradient is linear in its direction, so no more are needed: the centred scores of all labels add up to nothing.
    """
    rank = np.linalg.matrix_rank(directions, rtol=_DEPENDENT)
    if rank == len(directions) or rank == 0:
        return list(range(len(directions))), np.eye(len(directions))
    rows = sorted(qr(directions.T, mode="r", pivoting=True)[1][:rank].tolist())
    combinations: Floats = directions @ np.linalg.pinv(directions[rows])
    combinations[rows] = np.eye(len(rows))
    return rows, combinations


class SavedTensors:
    """Measures what a pass keeps for its gradients: `size`, in bytes. Weights are kept anyway and do not count."""

    def __init__(self) -> None:
        self.size = 0
        self._seen: set[int] = set()
        self._hooks = torch.autograd.graph.saved_tensors_hooks(self._note, lambda tensor: tensor)

    def __enter__(self) -> SavedTensors:
        self._hooks.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._hooks.__exit__()

    def _note(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if tensor.requires_grad and storage.data_ptr() not in self._seen:
            self._seen.add(storage.data_ptr())
            self.size += storage.nbytes()
        return tensor.detach()  # the tensor itself may own the graph that saves it: a cycle that is never freed
