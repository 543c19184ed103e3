"""`DocumentCNNEmbeddings`: kernels slide over the words, the largest answer of each stands for the document."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad, relu

from .word_document import WordDocumentEncoder


class CNNDocumentEncoder(WordDocumentEncoder):
    """Follows Flair 0.15.1, `flair/embeddings/document.py`, `DocumentCNNEmbeddings`.

    A text shorter than the largest kernel is filled up with zeros before the words are reprojected.
    """

    def _embed_document(self, words: Tensor, lengths: Tensor | None = None) -> Tensor:
        embeddings = self._embeddings
        missing = embeddings.min_sequence_length - words.shape[1]
        if missing > 0:
            words = pad(words, (0, 0, 0, missing))
        if embeddings.word_reprojection_map is not None:
            words = embeddings.word_reprojection_map(words)
        across = words.transpose(1, 2)
        answers = [relu(kernels(across)) for kernels in embeddings.convs]
        if lengths is not None:
            read = lengths.clamp(min=embeddings.min_sequence_length)
            answers = [
                answer.masked_fill(_find_outside(answer, read - size + 1), 0.0)
                for answer, (_, size) in zip(answers, embeddings.kernels, strict=True)
            ]
        return torch.cat([answer.amax(dim=-1) for answer in answers], dim=-1)

    def _describe_document(self) -> dict[str, object]:
        embeddings = self._embeddings
        return {
            "Network over the words": "convolution",
            "Kernels": ", ".join(f"{count} over {size} words" for count, size in embeddings.kernels),
            "Words reprojected": f"to {embeddings.embeddings_dimension}" if embeddings.reproject_words else "no",
        }


def _find_outside(answers: Tensor, counts: Tensor) -> Tensor:
    """Which of a kernel's answers [B, K, P] are beyond the first `counts` [B] of each text: [B, 1, P]."""
    return (torch.arange(answers.shape[-1], device=answers.device) >= counts[:, None])[:, None]
