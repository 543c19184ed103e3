"""`DocumentCNNEmbeddings`: kernels slide over the words, the largest answer of each stands for the document."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad, relu

from ..base import EncodedText
from .document import WordDocumentEncoder


class CNNDocumentEncoder(WordDocumentEncoder):
    """Follows Flair 0.15.1, `flair/embeddings/document.py`, `DocumentCNNEmbeddings`.

    A text shorter than the largest kernel is filled up with zeros before the words are reprojected.
    """

    def joins(self, encoded: EncodedText) -> bool:
        """Never: where all words are alike, as at a baseline, rounding decides which place is the largest."""
        return False

    def _embed_document(self, words: Tensor, lengths: Tensor | None = None) -> Tensor:
        embeddings = self._embeddings
        missing = embeddings.min_sequence_length - words.shape[1]
        if missing > 0:
            words = pad(words, (0, 0, 0, missing))
        if embeddings.word_reprojection_map is not None:
            words = embeddings.word_reprojection_map(words)
        across = words.transpose(1, 2)
        return torch.cat([relu(kernels(across)).amax(dim=-1) for kernels in embeddings.convs], dim=-1)

    def _describe_document(self) -> dict[str, object]:
        embeddings = self._embeddings
        return {
            "Network over the words": "convolution",
            "Kernels": ", ".join(f"{count} over {size} words" for count, size in embeddings.kernels),
            "Words reprojected": f"to {embeddings.embeddings_dimension}" if embeddings.reproject_words else "no",
        }
