"""Encoders: one file a family of document embeddings, each a classifier seen as one function of one tensor."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flair.embeddings import (
    DocumentCNNEmbeddings,
    DocumentLMEmbeddings,
    DocumentPoolEmbeddings,
    DocumentRNNEmbeddings,
    DocumentTFIDFEmbeddings,
    TransformerDocumentEmbeddings,
)

from ..errors import UnsupportedModelError
from ..releases import TODAY, Release
from .base import DocumentEncoder, EncodedText, Encoder, JointEncoder, Network, NetworkParts, TextEncoder, hold_words
from .black_box import BlackBoxEncoder
from .lm import LMDocumentEncoder
from .regrouping import regroup_words
from .tfidf import TFIDFDocumentEncoder
from .transformers.document import TransformerDocumentEncoder
from .transformers.sentence_transformer import SentenceTransformerDocumentEncoder
from .transformers.sentence_transformer_embeddings import SentenceTransformerDocument
from .words.cnn import CNNDocumentEncoder
from .words.pool import PoolDocumentEncoder
from .words.rnn import RNNDocumentEncoder

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

_FAMILIES: Mapping[type, Callable[[Network], DocumentEncoder]] = {
    DocumentLMEmbeddings: LMDocumentEncoder,
    DocumentTFIDFEmbeddings: TFIDFDocumentEncoder,
    SentenceTransformerDocument: SentenceTransformerDocumentEncoder,
}
_OF_RELEASES: Mapping[type, Callable[[Network, Release], DocumentEncoder]] = {
    DocumentCNNEmbeddings: CNNDocumentEncoder,
    DocumentPoolEmbeddings: PoolDocumentEncoder,
    DocumentRNNEmbeddings: RNNDocumentEncoder,
    TransformerDocumentEmbeddings: TransformerDocumentEncoder,
}
"""Those that may hold a transformer, which releases read a text with in their own ways."""


def make_encoder(network: Network, release: Release = TODAY) -> DocumentEncoder:
    """The encoder that explains a classifier's document embeddings; a `BlackBoxEncoder` where no gradient can.

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
    kind = type(network.embeddings)
    if kind in _OF_RELEASES:
        return _OF_RELEASES[kind](network, release)
    if kind not in _FAMILIES:
        supported = ", ".join(sorted(family.__name__ for family in {**_FAMILIES, **_OF_RELEASES}))
        raise UnsupportedModelError(
            f"The classifier reads its text through {kind.__name__}. Whylight explains {supported}."
        )
    return _FAMILIES[kind](network)
