"""Kinds of models, one file per kind: each says what is read, what is predicted, and what a label's score is."""

from __future__ import annotations

from typing import Any

import flair
import torch
from flair.models import TARSClassifier, TextPairClassifier, TextPairRegressor, TextRegressor
from torch import nn

from ..encoders import DocumentEncoder, NetworkParts, make_encoder
from ..encoders.pair import PairEncoder
from ..errors import CheckpointError
from ..supported.releases import TODAY, Release
from .base import Kind, Reading, Text
from .pair import PairKind, PairRegressorKind
from .regressor import RegressorKind
from .tars import TarsKind
from .text import TextKind

__all__ = ["Kind", "Reading", "Text", "make_kind"]


def make_kind(classifier: Any, release: Release = TODAY) -> Kind:
    """The kind of a model that Flair built.

    Raises:
        UnsupportedModelError: no encoder is written for its embeddings.
        CheckpointError: its decoder does not fit its embeddings.
    """
    if isinstance(classifier, TextRegressor):
        return RegressorKind(classifier, _encode(classifier.document_embeddings, classifier.decoder, release))
    if isinstance(classifier, TARSClassifier):
        inner: Any = classifier.tars_model
        labels = tuple(classifier.get_current_label_dictionary().get_items()) if classifier._current_task else ()
        multi_label = not classifier._current_task or classifier.is_current_task_multi_label()
        return TarsKind(classifier, _encode(inner.embeddings, inner.decoder, release), labels, multi_label, release)
    if isinstance(classifier, TextPairRegressor):
        _check_decoder(classifier, 1)
        return PairRegressorKind(classifier, _encode_two(classifier, release), release)
    if classifier._custom_decoder:
        _check_decoder(classifier, len(classifier.label_dictionary))
    if isinstance(classifier, TextPairClassifier):
        return PairKind(classifier, _encode_two(classifier, release), release)
    return TextKind(classifier, make_encoder(classifier, release))


def _encode_two(classifier: Any, release: Release) -> DocumentEncoder | PairEncoder:
    if classifier.embed_separately:
        return PairEncoder(_encode(classifier.embeddings, nn.Identity(), release), classifier.decoder)
    return _encode(classifier.embeddings, classifier.decoder, release)


def _check_decoder(classifier: Any, outputs: int) -> None:
    """Check that a custom decoder fits: Flair accepts any, and fails only when it predicts."""
    texts = 2 if getattr(classifier, "embed_separately", False) else 1
    try:
        logits = classifier.decoder(torch.zeros(1, texts * classifier.embeddings.embedding_length, device=flair.device))
    except RuntimeError as error:
        raise CheckpointError("The classifier's decoder does not fit its embeddings.") from error
    if logits.shape != (1, outputs):
        raise CheckpointError(f"The classifier's decoder gives {logits.shape[-1]} numbers, and {outputs} are expected.")


def _encode(embeddings: Any, decoder: nn.Module, release: Release) -> DocumentEncoder:
    return make_encoder(NetworkParts(embeddings, decoder), release)
