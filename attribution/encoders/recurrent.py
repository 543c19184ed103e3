"""Recurrent networks in evaluation mode, with gradients."""

from __future__ import annotations

from contextlib import nullcontext
from typing import cast

import torch
from torch import Tensor, nn


def run_recurrent(network: nn.RNNBase, inputs: Tensor) -> Tensor:
    """The states of the last layer at every place; on a GPU without cuDNN, which has no gradients in evaluation."""
    without_cudnn = torch.backends.cudnn.flags(enabled=False) if inputs.is_cuda else nullcontext()
    with without_cudnn:
        return cast(Tensor, network(inputs)[0])
