"""`DocumentPoolEmbeddings`: the mean, the largest or the smallest of the words' vectors."""

from __future__ import annotations

import torch
from torch import Tensor

from ..base import EncodedText
from .document import WordDocumentEncoder, find_beyond


class PoolDocumentEncoder(WordDocumentEncoder):
    """Pools the words; follows Flair 0.15.1, `flair/embeddings/document.py`, `DocumentPoolEmbeddings.embed`."""

    def joins(self, encoded: EncodedText) -> bool:
        """Whether a text can share a pass with others; where words that are alike tie, rounding must not decide."""
        exact = self._embeddings.pooling == "mean" or self._embeddings.fine_tune_mode == "none"
        return exact and super().joins(encoded)

    def _embed_document(self, words: Tensor, lengths: Tensor | None = None) -> Tensor:
        embeddings = self._embeddings
        if embeddings.fine_tune_mode in ("linear", "nonlinear"):
            words = embeddings.embedding_flex(words)
        if embeddings.fine_tune_mode == "nonlinear":
            words = embeddings.embedding_flex_nonlinear_map(embeddings.embedding_flex_nonlinear(words))
        if lengths is not None:
            neutral = {"mean": 0.0, "max": -torch.inf, "min": torch.inf}[embeddings.pooling]
            words = words.masked_fill(find_beyond(words, lengths), neutral)
        if embeddings.pooling == "mean":
            return words.mean(dim=1) if lengths is None else words.sum(dim=1) / lengths[:, None]
        # amax and amin share the gradient between words that are alike, where max and min choose one of them.
        return words.amax(dim=1) if embeddings.pooling == "max" else words.amin(dim=1)

    def _describe_document(self) -> dict[str, object]:
        layers = {"linear": "a linear layer", "nonlinear": "two layers with a ReLU between them"}
        return {
            "Pooling": self._embeddings.pooling,
            "Before pooling": layers.get(self._embeddings.fine_tune_mode, "nothing"),
        }
