"""Two texts, each read on its own by one network; the vectors of both documents are concatenated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..texts.passages import Passage
from ..texts.tokens import Span
from .base import DocumentEncoder, EncodedText, Encoder, as_kind


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EncodedPair(EncodedText):
    """Two encoded texts as one: tokens one after the other, vectors as long as the longer of the two."""

    parts: tuple[EncodedText, ...]


class PairEncoder(Encoder):
    """Follows Flair 0.15.1, `TextPairClassifier._get_embedding_for_data_point` with `embed_separately`."""

    def __init__(self, document: DocumentEncoder, decoder: Callable[[Tensor], Tensor]) -> None:
        self._document = document
        self._decoder = decoder
        self.differentiable = document.differentiable

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader of an explanation should know."""
        return self._document.notes

    def encode_passages(self, first: Passage, second: Passage) -> EncodedPair:
        """Encode both; errors are those of the network's own encoder."""
        parts = tuple(self._document.encode_passage(passage) for passage in (first, second))
        words = len(parts[0].spans)
        moved = tuple(
            token if token.word is None else replace(token, word=token.word + words) for token in parts[1].tokens
        )
        return EncodedPair(
            text=first.text,
            tokens=parts[0].tokens + moved,
            spans=parts[0].spans + parts[1].spans,
            embedded=_put_side_by_side([part.embedded for part in parts]),
            baselines={
                name: _put_side_by_side([part.baselines[name] for part in parts])
                for name in parts[0].baselines
                if name in parts[1].baselines
            },
            unread=(*(Span(span.start, first.spans[-1].end) for span in parts[0].unread), *parts[1].unread),
            parts=parts,
        )

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, E] -> [B, C]."""
        parts = as_kind(encoded, EncodedPair).parts
        lengths = [part.embedded.shape[1] for part in parts]
        documents = [
            self._document.logits(vectors[:, :, : part.embedded.shape[2]], part)
            for vectors, part in zip(embedded.split(lengths, dim=1), parts, strict=True)
        ]
        return self._decoder(torch.cat(documents, dim=-1))

    def describe(self) -> Mapping[str, object]:
        """Facts for a reader: those of the network."""
        return self._document.describe()


def _put_side_by_side(vectors: Sequence[Tensor]) -> Tensor:
    """[1, T, E] of both; what is shorter than E is followed by zeros."""
    width = max(part.shape[2] for part in vectors)
    return torch.cat([torch.nn.functional.pad(part, (0, width - part.shape[2])) for part in vectors], dim=1)
