"""Encoders, one file per family of document embeddings: each presents a classifier as a function of one tensor."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import UnsupportedModelError
from ..lazy import import_by_name
from ..supported.embeddings import DOCUMENT_EMBEDDINGS
from ..supported.releases import TODAY, Release
from .base import DocumentEncoder, EncodedText, Encoder, JointEncoder, Network, NetworkParts, TextEncoder, hold_words
from .black_box import BlackBoxEncoder
from .regrouping import regroup_words

__all__ = [
    "DocumentEncoder",
    "EncodedText",
    "Encoder",
    "JointEncoder",
    "Network",
    "NetworkParts",
    "TextEncoder",
    "hold_words",
    "make_encoder",
    "regroup_words",
]


def make_encoder(network: Network, release: Release = TODAY) -> DocumentEncoder:
    """The encoder for a classifier's document embeddings; a `BlackBoxEncoder` if there is none with gradients.

    Raises:
        UnsupportedModelError: no encoder is written for these embeddings, and Flair itself cannot predict with them.
    """
    try:
        return _make_differentiable(network, release)
    except UnsupportedModelError:
        black_box = BlackBoxEncoder(network)
        if release != TODAY or not black_box.can_read():
            raise
        return black_box


def _make_differentiable(network: Network, release: Release) -> DocumentEncoder:
    kind = type(network.embeddings).__name__
    supported = (one for name, one in DOCUMENT_EMBEDDINGS.items() if kind == (one.built_as or name))
    is_known = type(network.embeddings).__module__.startswith(("flair.", "attribution."))
    if (support := next(supported, None) if is_known else None) is None:
        raise UnsupportedModelError(
            f"The classifier reads its text through {kind}. Whylight explains {', '.join(sorted(DOCUMENT_EMBEDDINGS))}."
        )
    encoder: Callable[..., DocumentEncoder] = import_by_name(__name__, support.reading)
    return encoder(network, release) if support.by_release else encoder(network)
