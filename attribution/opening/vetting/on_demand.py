"""Checks that take seconds to import what they need, and are imported only where a file asks for them.

transformers, scikit-learn and Flair itself: a file of word embeddings is checked without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from ..pickles.stand_ins import StandIn
from .entries import Entries
from .sizes.weights import Weights

_Given = str | Path | None


def vet_transformer(saved: Mapping[str, Any], weights: Weights, tokenizer: _Given) -> dict[str, Any]:
    """As `transformer.vet_transformer`."""
    from .embeddings import transformer

    return transformer.vet_transformer(saved, weights, tokenizer)


def vet_sentence_transformer(saved: Mapping[str, Any], weights: Weights, tokenizer: _Given) -> dict[str, Any]:
    """As `sentence_transformer.vet_sentence_transformer`."""
    from .embeddings import sentence_transformer

    return sentence_transformer.vet_sentence_transformer(saved, weights, tokenizer)


def vet_tfidf(saved: Mapping[str, Any], weights: Weights, tokenizer: _Given) -> dict[str, Any]:
    """As `tfidf.vet_tfidf`."""
    from .embeddings import tfidf

    return tfidf.vet_tfidf(saved, weights, tokenizer)


def vet_prototypes(saved: StandIn, weights: Weights, labels: Entries) -> nn.Module:
    """As `prototypes.vet_prototypes`."""
    from .models import prototypes

    return prototypes.vet_prototypes(saved, weights, len(labels))


def vet_class_means(saved: StandIn, weights: Weights, labels: Entries) -> nn.Module:
    """As `prototypes.vet_class_means`."""
    from .models import prototypes

    return prototypes.vet_class_means(saved, weights, labels)
