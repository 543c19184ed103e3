"""Recurrent networks in evaluation mode, with gradients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

_switching = Lock()


def run_recurrent(network: nn.RNNBase, inputs: Tensor, lengths: Tensor | None = None) -> Tensor:
    """The states of the last layer at every place; cuDNN is off on a GPU, as it has no gradients in evaluation mode.

    With `lengths` [B], each row is read to its own end.
    """
    with _without_cudnn() if inputs.is_cuda else nullcontext():
        if lengths is None:
            return cast(Tensor, network(inputs)[0])
        packed = pack_padded_sequence(inputs, lengths.cpu(), batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(network(packed)[0], batch_first=True)[0]


@contextmanager
def _without_cudnn() -> Iterator[None]:
    """Turn cuDNN off for one thread at a time: the switch is process-wide, and each thread must find it as it was."""
    with _switching, torch.backends.cudnn.flags(enabled=False):
        yield
