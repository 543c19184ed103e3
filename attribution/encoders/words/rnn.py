"""`DocumentRNNEmbeddings`: a GRU or LSTM reads the words, its last state stands for the document."""

from __future__ import annotations

import torch
from torch import Tensor

from ..recurrent import run_recurrent
from .document import WordDocumentEncoder


class RNNDocumentEncoder(WordDocumentEncoder):
    """Follows Flair 0.15.1, `flair/embeddings/document.py`, `DocumentRNNEmbeddings`.

    Where all rows of a batch are versions of one text they are equally long, and nothing is packed.
    """

    def _embed_document(self, words: Tensor, lengths: Tensor | None = None) -> Tensor:
        embeddings = self._embeddings
        if embeddings.reproject_words:
            words = embeddings.word_reprojection_map(words)
        states = run_recurrent(embeddings.rnn, words, lengths)
        last = states[:, -1] if lengths is None else states[torch.arange(len(states)), lengths - 1]
        return torch.cat([states[:, 0], last], dim=-1) if embeddings.bidirectional else last

    def _describe_document(self) -> dict[str, object]:
        rnn = self._embeddings.rnn
        return {
            "Network over the words": type(rnn).__name__ + (", bidirectional" if rnn.bidirectional else ""),
            "Layers of the network": rnn.num_layers,
            "Units a layer": rnn.hidden_size,
            "Words reprojected": f"to {rnn.input_size}" if self._embeddings.reproject_words else "no",
        }
