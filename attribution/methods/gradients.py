"""The gradient of scores at the text itself, for methods that need nothing else."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..encoders import EncodedText, Encoder
from ..encoders.pauses import give_way
from ..explanation import Floats
from .base import Attributions, Watch


def gradients_of_scores(encoder: Encoder, encoded: EncodedText, directions: Tensor) -> tuple[Floats, Tensor]:
    """The K scores of a text, and the gradient of each at its embeddings [K, T, E]."""
    embedded = encoded.embedded.detach().clone().requires_grad_()
    give_way()
    with torch.enable_grad():
        scores = encoder.logits(embedded, encoded)[0].cpu().double() @ directions.cpu().double().T
    gradients = [
        torch.autograd.grad(score, embedded, retain_graph=True, materialize_grads=True)[0][0] for score in scores
    ]
    return scores.detach().numpy(), torch.stack(gradients)


def to_attributions(values: Tensor, scores: Floats, watch: Watch | None) -> tuple[Attributions, ...]:
    """Attributions from `values` [K, T], at one evaluation each; they are not shares of a difference of scores."""
    found = tuple(
        Attributions(row, float(score), np.nan, 1, True)
        for row, score in zip(values.cpu().double().numpy(), scores, strict=True)
    )
    if watch:
        watch(found)
    return found
