"""What all document embeddings that are a network over the vectors of words have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from ...supported.releases import TODAY, Release
from ...texts.passages import Passage
from ..base import DocumentEncoder, EncodedText, Network
from .vectors import WordVectors


class WordDocumentEncoder(DocumentEncoder):
    """A classifier over the vectors of words; subclasses say how the words become a document."""

    def __init__(self, classifier: Network, release: Release = TODAY) -> None:
        self._classifier = classifier
        self._embeddings = classifier.embeddings
        self._words = WordVectors(self._embeddings.embeddings, release)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader of an explanation should know."""
        return self._words.notes

    def encode_passage(self, passage: Passage) -> EncodedText:
        """Embed the words of one text; errors are those of `WordVectors.encode_passage`."""
        return self._words.encode_passage(passage)

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, E] -> [B, C]."""
        document = self._embed_document(self._words.read(embedded, encoded))
        return self._classifier.decoder(document)

    def joins(self, encoded: EncodedText) -> bool:
        """Whether a text can share a pass with others: only if the vectors that move are the words' own."""
        return self._words.static

    def logits_together(self, embedded: Tensor, encoded: Sequence[EncodedText]) -> Tensor:
        """[R, L, E] -> [R, C]: the answer to one version of each of R texts, those shorter than L followed by zeros."""
        lengths = torch.tensor([len(one.tokens) for one in encoded], device=embedded.device)
        return self._classifier.decoder(self._embed_document(embedded, lengths))

    def describe(self) -> dict[str, object]:
        """Facts for a reader: the network over the words, then the words."""
        return {**self._describe_document(), **self._words.describe()}

    @abstractmethod
    def _embed_document(self, words: Tensor, lengths: Tensor | None = None) -> Tensor:
        """[B, W, D] -> [B, H]; where texts are of several lengths [B], zeros follow the words of the shorter ones."""

    @abstractmethod
    def _describe_document(self) -> dict[str, object]:
        """Facts for a reader: the network over the words."""


def find_beyond(words: Tensor, lengths: Tensor) -> Tensor:
    """Which of words [B, W, D] are beyond the end of their texts of lengths [B]: [B, W, 1]."""
    return (torch.arange(words.shape[1], device=words.device) >= lengths[:, None])[..., None]
