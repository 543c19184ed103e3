"""`TransformerWordEmbeddings` in a stack: a transformer reads the text, each word gets the states of its subwords.

The transformer's own word embeddings move, so a word is not credited with what its neighbours do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import torch
from flair.embeddings import TokenEmbeddings, TransformerWordEmbeddings
from torch import Tensor, nn

from ...errors import AttributionError, UnsupportedModelError
from ...supported.releases import TODAY, Release
from ...texts.passages import Passage
from ..base import EncodedText, NetworkParts, as_kind
from .base import EncodedWindows
from .document import TransformerDocumentEncoder


class TransformerWords(TransformerDocumentEncoder):
    """A transformer's states as vectors of words; one token a subword.

    Pooling of subwords follows Flair 0.15.1, `flair/embeddings/transformer.py`, `fill_masked_elements`,
    `insert_missing_embeddings` and `fill_mean_token_embeddings`: a word without subwords gets zeros.
    """

    def __init__(self, embeddings: TransformerWordEmbeddings, release: Release = TODAY) -> None:
        if embeddings.allow_long_sentences and not embeddings.tokenizer.is_fast:
            raise UnsupportedModelError("Flair reads long texts only with fast tokenizers, and this one is slow.")
        super().__init__(NetworkParts(embeddings, nn.Identity()), replace(release, initial_cls=None))

    @property
    def leaves(self) -> Sequence[TokenEmbeddings]:
        """The embeddings that are read here."""
        return (cast(TransformerWordEmbeddings, self._embeddings),)

    def joins(self, encoded: EncodedText) -> bool:
        """Never: which subwords make up a word differs from text to text."""
        return False

    def encode_passage(self, passage: Passage) -> EncodedWindows:
        """Tokenize one text as Flair does, and find the states that make up each word."""
        encoded = super().encode_passage(passage)
        if self._release.jumbles_windows and len(encoded.slots) > 1:
            raise AttributionError(
                f"{self._release.saved_with} jumbled the words of texts as long as this one. Give a shorter text."
            )
        word_ids = _number_words(encoded) if encoded.word_ids is None else encoded.word_ids
        joined = self._join_windows(word_ids[None, :, :, None])[0, :, 0].tolist()
        shares = _share_states(joined, len(passage.sentence), self._embeddings.subtoken_pooling)
        return replace(encoded, shares=tuple(shares.to(encoded.embedded.device)))

    def read(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, E] -> [B, W, D]."""
        states = self.logits(embedded, encoded)
        sides = [share.to(states.dtype) @ states for share in as_kind(encoded, EncodedWindows).shares]
        if not self._release.interleaves_layers or self._embeddings.layer_mean:
            return torch.cat(sides, dim=-1)
        layers = len(self._embeddings.layer_indexes)
        return torch.stack([side.unflatten(-1, (layers, -1)) for side in sides], dim=-2).flatten(-3)

    def describe(self) -> dict[str, object]:
        """Facts for a reader: what the transformer is and how subwords become words."""
        facts = super().describe()
        del facts["Pooling"]
        return {**facts, "Pooling of subwords": self._embeddings.subtoken_pooling}

    def _embed_document(self, layers: list[Tensor], _: Tensor | None) -> Tensor:
        """The chosen layers, each [B, W, L, H] -> the states of the whole text [B, N, H] or [B, N, layers * H]."""
        whole = torch.stack(layers).mean(dim=0) if self._embeddings.layer_mean else torch.cat(layers, dim=-1)
        return self._join_windows(whole)


def _number_words(encoded: EncodedWindows) -> Tensor:
    """[W, L]: the word of each subword in each window, -1 for special ones and padding."""
    words = [-1 if token.word is None else token.word for token in encoded.tokens]
    return torch.tensor([*words, -1])[encoded.slots.cpu()]


def _share_states(word_ids: list[int], length: int, pooling: str) -> Tensor:
    """[P, W, N]: how much each of N states gives to each word; P is 2 where first and last are put side by side."""
    if pooling == "mean":
        shares, counts = torch.zeros(1, length, len(word_ids)), Counter(word_ids)
        for place, word in enumerate(word_ids):
            if word >= 0:
                shares[0, word, place] = 1.0 / counts[word]
        return shares
    sides = {"first": (-1,), "last": (1,), "first_last": (-1, 1)}[pooling]
    shares = torch.zeros(len(sides), length, len(word_ids))
    for side, step in enumerate(sides):
        for word, edge in enumerate(_find_edges(word_ids, length, step)):
            if edge is not None:
                shares[side, word, edge] = 1.0
    return shares


def _find_edges(word_ids: list[int], length: int, step: int) -> list[int | None]:
    """The place of each word's first (step -1) or last (step 1) state; None for a word without any."""
    neighbours: list[int | None] = [None, *word_ids[:-1]] if step < 0 else [*word_ids[1:], None]
    found: list[int | None] = [
        place
        for place, (word, neighbour) in enumerate(zip(word_ids, neighbours, strict=True))
        if word >= 0 and word != neighbour
    ]
    known = set(word_ids)
    if len(found) < length:
        for word in range(length):
            if word not in known:
                found.insert(word, None)
    if len(found) != length:
        raise AttributionError(
            f"The tokenizer finds {len(found)} words in a text of {length}, and Flair cannot read it. Change the text."
        )
    return found
