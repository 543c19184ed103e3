"""Document embeddings that are a network over the vectors of words: what they have in common."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor

from ..releases import TODAY, Release
from ..tokens import Passage
from .base import DocumentEncoder, EncodedText, Network
from .word_vectors import WordVectors


class WordDocumentEncoder(DocumentEncoder):
    """A classifier over the vectors of words; a family says how the words become a document."""

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

    def describe(self) -> dict[str, object]:
        """Facts for a reader: the network over the words, then the words."""
        return {**self._describe_document(), **self._words.describe()}

    @abstractmethod
    def _embed_document(self, words: Tensor) -> Tensor:
        """[B, W, D] -> [B, H]."""

    @abstractmethod
    def _describe_document(self) -> dict[str, object]:
        """Facts for a reader: the network over the words."""
