"""Scores: what is explained of a label, as a direction in the space of the logits."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

Score = Literal["centred", "logit"]
SCORES: tuple[Score, ...] = get_args(Score)


def score_direction(index: int, count: int, *, score: Score, multi_label: bool) -> Tensor:
    """The direction [C] whose product with the logits is a label's score.

    Softmax ignores what all logits share, so in single-label models a label's centred score is its logit less the
    mean of all logits. In multi-label models labels do not compete, and a label's score is its logit.
    """
    direction = torch.zeros(count)
    direction[index] = 1.0
    if score == "centred" and not multi_label and count > 1:
        direction -= 1.0 / count
    return direction
