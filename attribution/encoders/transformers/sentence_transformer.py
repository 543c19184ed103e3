"""`SentenceTransformerDocumentEmbeddings`: one transformer reads the text as it stands, not word by word."""

from __future__ import annotations

from typing import Any, cast

import flair
import torch
from flair.data import Sentence
from torch import Tensor

from ...errors import AttributionError, UnsupportedModelError
from ...texts.passages import Passage
from ...texts.tokens import Span
from ..base import Network, baselines_from, find_unread
from ..exclusive import make_exclusive
from .base import EncodedWindows, TransformerEncoder, to_tokens
from .sentence_transformer_embeddings import SentenceTransformerDocument
from .subwords import Piece, split_text


class SentenceTransformerDocumentEncoder(TransformerEncoder):
    """The transformer's word embeddings move. A subword belongs to the word on whose characters it begins."""

    def __init__(self, classifier: Network) -> None:
        self._document = cast(SentenceTransformerDocument, classifier.embeddings)
        if not self._document.tokenizer.is_fast:
            raise UnsupportedModelError("A slow tokenizer does not report which characters its subwords stand for.")
        super().__init__(self._document.network, self._document.tokenizer, classifier.decoder, layers=[-1])
        make_exclusive(self._lock, self._document, "tokenize")

    def encode_passage(self, passage: Passage) -> EncodedWindows:
        """Tokenize one text as sentence-transformers does.

        Raises:
            EmptyTextError: nothing in the text that the network reads.
        """
        sentence = passage.sentence
        pieces, whole = self._split(sentence)
        tokens, spans = to_tokens(pieces, passage, self._document.tokenizer.unk_token_id)
        ids = torch.tensor([[piece.id for piece in pieces]], device=flair.device)
        with torch.no_grad():
            embedded = self._lookup(ids)
        return EncodedWindows(
            text=passage.text,
            tokens=tokens,
            spans=spans,
            embedded=embedded,
            baselines=baselines_from(self._baseline_vectors, embedded, tokens),
            unread=find_unread(tokens, passage.text) if len(pieces) < whole else (),
            slots=torch.arange(len(pieces), device=ids.device)[None],
            looked_up=embedded,
            inputs={"input_ids": ids, "attention_mask": torch.ones_like(ids)},
        )

    def describe(self) -> dict[str, object]:
        """Facts for a reader: what the encoder is and how its states become one vector."""
        settings, config = self._document.settings, self._document.network.config
        return {
            "Encoder": settings.name,
            "Encoder architecture": type(self._document.network).__name__,
            "Layers": getattr(config, "num_hidden_layers", None),
            "Hidden size": config.hidden_size,
            "Vocabulary": config.vocab_size,
            "Maximum length": f"{settings.longest} tokens",
            "Longer texts": "cut off",
            "Pooling": ", ".join(settings.pooling) + (", scaled to one" if settings.normalized else ""),
        }

    def _embed_document(self, layers: list[Tensor], _: Tensor | None) -> Tensor:
        """One layer [B, 1, L, H] -> [B, D]."""
        return self._document.pool(layers[0][:, 0])

    def _split(self, sentence: Sentence) -> tuple[list[Piece], int]:
        """The subwords of a text with the words they stand on, and how many tokens the whole text has."""
        read = self._document.read(sentence)
        if len(read) != len(sentence.to_plain_string()):
            raise AttributionError("A character of this text changes its length when lowercased. Replace it.")
        with self._lock:
            encoding: Any = self._document.tokenize(read, return_offsets_mapping=True, return_special_tokens_mask=True)
            whole = len(self._document.tokenizer(read)["input_ids"])
        return split_text(encoding, _place_words(sentence)), whole


def _place_words(sentence: Sentence) -> list[Span]:
    """Where each word stands in the text that is tokenized."""
    place, spans = 0, []
    for token in sentence.tokens:
        spans.append(Span(place, place + len(token.text)))
        place += len(token.text) + token.whitespace_after
    return spans
