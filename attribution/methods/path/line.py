"""The straight line from a baseline to a text, and a network's scores and gradients along it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.linalg import qr
from torch import Tensor

from ...encoders import EncodedText, Encoder
from ...encoders.pauses import give_way
from ...explanation import Computed, Floats
from .arithmetic import FLOAT32, Arithmetic, RoundedWeights

_MEMORY = 192 * 2**20
"""Bytes that a pass may keep for its gradients; on a GPU it is half of the memory that is free there."""
_MOST_TOKENS = 2048
"""In a pass on a processor."""
_DEPENDENT = 1e-6
"""Of the largest direction's size: directions come in float32."""


class PassMemory:
    """How much a network keeps of a token for the gradients of a pass; threads may share it."""

    def __init__(self) -> None:
        self._known: dict[Computed, tuple[int, float]] = {}

    @property
    def is_known(self) -> bool:
        """Whether there was a pass."""
        return bool(self._known)

    def note(self, precision: Computed, embedded: Tensor, saved: SavedTensors) -> None:
        """A pass over [B, T, E], computed so, kept this."""
        self._known[precision] = embedded.shape[1], max(1.0, saved.size / embedded.shape[:2].numel())

    def fit(self, precision: Computed, tokens: int, device: torch.device, *, most: int) -> float:
        """How many tokens of texts of so many each fit in a pass: none where nothing is known yet.

        What attention keeps of a token grows with the length of the text at most, and what bfloat16 keeps is less than
        what float32 does, which comes first. `most` holds on a processor.
        """
        if not self._known:
            return 0.0
        known, size = self._known.get(precision) or next(iter(self._known.values()))
        size *= max(1.0, tokens / known)
        if device.type == "cuda":
            return torch.cuda.mem_get_info(device)[0] / 2 / size
        return min(_MEMORY / size, most)


class StraightPath:
    """A network's logits between a baseline and a text, and how each token makes its scores grow.

    Nothing is hooked or set on the network, so threads that share it do not disturb each other. The memory
    that a pass keeps for its gradients is measured; later ones take in as many points as fit.
    """

    def __init__(
        self,
        encoder: Encoder,
        encoded: EncodedText,
        baseline: Tensor,
        directions: Tensor,
        memory: PassMemory | None = None,
    ) -> None:
        """`baseline` [1, T, E] is where the path starts; the scores are the logits' products with `directions`.

        `memory` is that of the network.
        """
        self._encoder, self._encoded = encoder, encoded
        self._baseline, self._difference = baseline, encoded.embedded - baseline
        self._directions = directions.cpu().double()
        self._memory = memory or PassMemory()
        self._rounded: RoundedWeights = {}

    @property
    def tokens(self) -> int:
        """How many the text has."""
        return self._difference.shape[1]

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return self._difference.device

    def follow(
        self, points: Sequence[float], targets: Sequence[int], arithmetic: Arithmetic = FLOAT32
    ) -> tuple[Floats, Floats]:
        """At n points between 0 and 1: the logits [n, C], and each target's growth by every token [K, n, T]."""
        if not self._memory.is_known:
            self._read(self._lay_out([1.0]), arithmetic)  # so that points share passes as they do in later texts
        logits, shares, start = [], [], 0
        while start < len(points):
            fitting = self._memory.fit(arithmetic.precision, self.tokens, self.device, most=_MOST_TOKENS)
            batch = points[start : start + max(1, int(fitting / self.tokens))]
            answer, growth = self._evaluate(batch, targets, arithmetic)
            logits.append(answer)
            shares.append(growth)
            start += len(batch)
        return np.concatenate(logits), np.concatenate(shares, axis=1)

    def read_ends(self, text: Floats | None = None) -> Floats:
        """The logits [2, C] at the baseline and at the text, without gradients; those of the text [C] may be known."""
        give_way()
        ends = [self._baseline] if text is not None else [self._baseline, self._baseline + self._difference]
        with torch.no_grad():
            logits: Floats = self._encoder.logits(torch.cat(ends), self._encoded).cpu().double().numpy()
        return logits if text is None else np.stack([logits[0], text])

    def scores(self, logits: Floats) -> Floats:
        """[n, C] -> [n, K]."""
        scores: Floats = logits @ self._directions.T.numpy()
        return scores

    def _evaluate(
        self, points: Sequence[float], targets: Sequence[int], arithmetic: Arithmetic
    ) -> tuple[Floats, Floats]:
        embedded = self._lay_out(points)
        logits = self._read(embedded, arithmetic)
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

    def _lay_out(self, points: Sequence[float]) -> Tensor:
        """What the network reads at each point: [n, T, E]."""
        steps = torch.tensor(points, dtype=self._difference.dtype, device=self.device)[:, None, None]
        return (self._baseline + steps * self._difference).detach().requires_grad_()

    def _read(self, embedded: Tensor, arithmetic: Arithmetic) -> Tensor:
        """[n, T, E] -> [n, C], with what is kept for gradients."""
        give_way()
        with torch.enable_grad(), SavedTensors() as saved, arithmetic.applied(self.device, self._rounded):
            logits = self._encoder.logits(embedded, self._encoded).cpu().double()
        self._memory.note(arithmetic.precision, embedded, saved)
        return logits


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
