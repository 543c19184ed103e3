"""Checks that are imported only when a file needs them, as what they import takes seconds.

They import transformers, scikit-learn or Flair itself; a file of word embeddings is checked without them.
"""

from __future__ import annotations

from torch import nn

from ..pickles.stand_ins import StandIn
from .entries import Entries
from .sizes.weights import Weights


def vet_prototypes(saved: StandIn, weights: Weights, labels: Entries) -> nn.Module:
    """As `prototypes.vet_prototypes`."""
    from .models import prototypes

    return prototypes.vet_prototypes(saved, weights, len(labels))


def vet_class_means(saved: StandIn, weights: Weights, labels: Entries) -> nn.Module:
    """As `prototypes.vet_class_means`."""
    from .models import prototypes

    return prototypes.vet_class_means(saved, weights, labels)
