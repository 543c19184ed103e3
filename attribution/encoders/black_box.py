"""Any embeddings that Flair can read a text with, without gradients: each word is either there or left out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import flair
import torch
from flair.data import Sentence, Token
from torch import Tensor

from ..segmentation import find_cuts
from ..texts.passages import Passage, place_inside
from ..texts.tokens import Token as Word
from .base import DocumentEncoder, EncodedText, Network, as_kind
from .exclusive import make_exclusive

_BATCH_WORDS = 4096
_NOTE = (
    "No gradient reaches the words of this model, so a word is credited with what the score loses when the word is "
    "left out of the text."
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EncodedWords(EncodedText):
    """A text as words that are there or not.

    Attributes:
        blanks: how many blanks follow each of Flair's words.
        words: [T], which of Flair's words each token is a part of.
    """

    blanks: tuple[int, ...]
    words: tuple[int, ...]


class BlackBoxEncoder(DocumentEncoder):
    """Runs Flair's own embeddings on the words that are there; one token per word, and one number per token.

    A stretch of a script without blanks, one word for Flair, has a token for each of its words.
    """

    differentiable = False
    notes: tuple[str, ...] = (_NOTE,)

    def __init__(self, network: Network) -> None:
        self._decoder = network.decoder
        self._embeddings = network.embeddings
        make_exclusive(threading.RLock(), self._embeddings, "embed")

    def can_read(self) -> bool:
        """Whether Flair itself predicts with these embeddings."""
        try:
            encoded = self.encode("word")
            return bool(self.logits(encoded.embedded, encoded).isfinite().all())
        except Exception:  # Flair, torch and transformers fail in their own ways on what they cannot read
            return False

    def encode_passage(self, passage: Passage) -> EncodedText:
        """1 for each word, as all are there; 0 in the baseline `zero`, where none is."""
        cut = [_cut(passage, index) for index in range(len(passage.spans))]
        tokens = tuple(token for pieces in cut for token in pieces)
        embedded = torch.ones(1, len(tokens), 1)
        return EncodedWords(
            text=passage.text,
            tokens=tokens,
            spans=passage.spans,
            embedded=embedded,
            baselines={"zero": torch.zeros_like(embedded)},
            blanks=tuple(word.whitespace_after for word in passage.sentence.tokens),
            words=tuple(index for index, pieces in enumerate(cut) for _ in pieces),
        )

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, 1] -> [B, C], without gradients: a word whose entry is below one half is left out."""
        words = as_kind(encoded, EncodedWords)
        present = (embedded[..., 0] >= 0.5).tolist()
        size = max(1, _BATCH_WORDS // len(encoded.tokens))
        with torch.no_grad():
            documents = [
                self._embed([_keep(words, row) for row in present[start : start + size]])
                for start in range(0, len(present), size)
            ]
            return self._decoder(torch.cat(documents))

    def describe(self) -> dict[str, object]:
        """Facts for a reader: what the baseline `zero` is."""
        return {"Baseline zero": "the text without its words"}

    def _embed(self, sentences: Sequence[Sentence]) -> Tensor:
        """[B, D]."""
        read = [sentence for sentence in sentences if len(sentence) > 0]
        if read:
            self._embeddings.embed(read)
        vectors = [sentence.get_embedding(self._embeddings.get_names()) for sentence in read]
        if len(read) == len(sentences):
            return torch.stack(vectors)
        waiting, nothing = iter(vectors), self._embed_nothing()
        return torch.stack([next(waiting) if len(sentence) > 0 else nothing for sentence in sentences])

    def _embed_nothing(self) -> Tensor:
        """[D], what a text without words gets: zeros where the embeddings cannot read it."""
        empty = Sentence([])
        try:
            self._embeddings.embed([empty])
        except Exception:  # embeddings over words fail in their own ways when there are none
            return torch.zeros(self._embeddings.embedding_length, device=flair.device)
        return empty.get_embedding(self._embeddings.get_names())


def _cut(passage: Passage, index: int) -> list[Word]:
    """The tokens of one of Flair's words."""
    text, span = passage.sentence.tokens[index].text, passage.spans[index]
    edges = pairwise([0, *find_cuts(text), len(text)])
    places = [(start, end, place_inside(passage.text, span, len(text), start, end)) for start, end in edges]
    return [Word(text[start:end], place.start, place.end, word=index) for start, end, place in places]


def _keep(encoded: EncodedWords, present: Sequence[bool]) -> Sentence:
    """The words that are there, as Flair's tokens; where others are left out, the widest blank around them stays."""
    texts: dict[int, str] = {}
    for token, is_there, word in zip(encoded.tokens, present, encoded.words, strict=True):
        if is_there:
            texts[word] = texts.get(word, "") + token.text
    kept: list[Token] = []
    for word, after in enumerate(encoded.blanks):
        if word in texts:
            kept.append(Token(texts[word], whitespace_after=after))
        elif kept:
            kept[-1].whitespace_after = max(kept[-1].whitespace_after, after)
    return Sentence(kept)
