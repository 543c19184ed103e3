"""`DocumentLMEmbeddings`: character language models read the text, their last states stand for the document.

A model's state at its last word has taken in all of the text, so the vectors of words would credit that word alone.
What moves here are the models' embeddings of characters, a token for up to sixteen characters of a word; words of a
script without blanks, which Flair reads as one, share no token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, cast

import torch
from flair.data import Sentence
from flair.embeddings import DocumentLMEmbeddings, FlairEmbeddings
from torch import Tensor

from ..errors import UnsupportedModelError
from ..segmentation import find_cuts
from ..texts.passages import Passage, place_inside
from ..texts.tokens import Token
from .base import DocumentEncoder, EncodedText, Network, as_kind
from .recurrent import run_recurrent

_WIDTH = 16


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """What one language model reads of the pieces.

    Attributes:
        embedded: [1, T, K * E], the embeddings of up to K characters of each piece; zeros where it has fewer.
        baselines: name -> [1, T, K * E].
        inputs: [L, E], all that the model reads.
        rows: [N], of each character of a word the piece that it is in.
        columns: [N], its place inside of the piece.
        places: [N], its place in the inputs.
    """

    embedded: Tensor
    baselines: Mapping[str, Tensor]
    inputs: Tensor
    rows: Tensor
    columns: Tensor
    places: Tensor

    @property
    def width(self) -> int:
        """K * E."""
        return self.embedded.shape[-1]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EncodedCharacters(EncodedText):
    """A text as the characters of its words, laid out for each of the language models, whose vectors stand together."""

    layouts: tuple[_Layout, ...]


class LMDocumentEncoder(DocumentEncoder):
    """Follows Flair 0.15.1: `DocumentLMEmbeddings`, `FlairEmbeddings` and `LanguageModel.get_representation`."""

    notes: tuple[str, ...] = ()

    def __init__(self, classifier: Network) -> None:
        self._classifier = classifier
        embeddings = cast(DocumentLMEmbeddings, classifier.embeddings).embeddings
        if len({embedding.name for embedding in embeddings}) < len(embeddings):
            raise UnsupportedModelError("Two language models of the classifier share a name: Flair would mix them up.")
        # Flair puts the states side by side in the order of the names.
        self._readers = [CharacterReader(embedding) for embedding in sorted(embeddings, key=lambda each: each.name)]

    def encode_passage(self, passage: Passage) -> EncodedText:
        """Split one text into words and these into pieces, and embed their characters.

        Raises:
            EmptyTextError: no word in the text.
        """
        sentence = passage.sentence
        pieces = _split(sentence)
        laid_out = [reader.lay_out(sentence, pieces) for reader in self._readers]
        return EncodedCharacters(
            text=passage.text,
            tokens=tuple(_to_token(piece, passage) for piece in pieces),
            spans=passage.spans,
            embedded=torch.cat([layout.embedded for layout in laid_out], dim=-1),
            baselines={
                name: torch.cat([layout.baselines[name] for layout in laid_out], dim=-1)
                for name in laid_out[0].baselines
            },
            layouts=tuple(
                replace(one, embedded=one.embedded.new_empty(1, 0, one.width), baselines={}) for one in laid_out
            ),
        )

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, E] -> [B, C]."""
        layouts = as_kind(encoded, EncodedCharacters).layouts
        parts = embedded.split([layout.width for layout in layouts], dim=-1)
        states = [reader.read(part, layout) for reader, part, layout in zip(self._readers, parts, layouts, strict=True)]
        return self._classifier.decoder(torch.cat(states, dim=-1))

    def describe(self) -> dict[str, object]:
        """Facts for a reader: the language models, and what the baseline `pad` is."""
        return {
            "Character language models": "; ".join(reader.describe() for reader in self._readers),
            "Baseline pad": "a blank in the place of every character",
        }


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters `start` to `end` of a word."""

    word: int
    start: int
    end: int


class CharacterReader:
    """One character language model: from the embeddings of characters to the state that stands for the document."""

    def __init__(self, embeddings: FlairEmbeddings) -> None:
        self._embeddings = embeddings
        self._lm: Any = embeddings.lm

    def lay_out(self, sentence: Sentence, pieces: Sequence[_Piece]) -> _Layout:
        """Look up all that the model reads up to the state that is taken, and find the pieces' characters in it."""
        string, last = self._read_string(sentence)
        found = [place for place in self._find_characters(sentence, pieces, len(string)) if place[-1] <= last]
        device = self._lm.encoder.weight.device
        ids = torch.tensor(self._lm.dictionary.get_idx_for_items(list(string[: last + 1])), device=device)
        with torch.no_grad():
            inputs = self._lm.encoder(ids)
        rows, columns, places = torch.tensor(found, device=device).T
        shape = (len(pieces), int(columns.max()) + 1, inputs.shape[-1])

        def scatter(characters: Tensor) -> Tensor:
            """The embeddings of N characters [N, E] in their places among the pieces: [1, T, K * E]."""
            laid_out = characters.new_zeros(shape)
            laid_out[rows, columns] = characters
            return laid_out.flatten(1)[None]

        baselines = {name: scatter(vector.expand(len(places), -1)) for name, vector in self._baseline_vectors.items()}
        return _Layout(scatter(inputs[places]), baselines, inputs, rows, columns, places)

    def read(self, embedded: Tensor, layout: _Layout) -> Tensor:
        """[B, T, K * E] -> [B, H]: the state after the last character."""
        inputs = layout.inputs
        characters = embedded.unflatten(-1, (-1, inputs.shape[-1]))[:, layout.rows, layout.columns]
        sequence = inputs.expand(len(embedded), -1, -1).index_copy(1, layout.places, characters)
        last = run_recurrent(self._lm.rnn, sequence.transpose(0, 1))[-1]
        return cast(Tensor, last if self._lm.proj is None else self._lm.proj(last))

    def describe(self) -> str:
        """The model in a few words."""
        lm = self._lm
        direction = "forward" if lm.is_forward_lm else "backward"
        return f"{direction}, {type(lm.rnn).__name__}, {lm.hidden_size} units, {len(lm.dictionary)} characters"

    def _read_string(self, sentence: Sentence) -> tuple[str, int]:
        """The whole string as the model reads it, and the place in it of the state that is taken."""
        embeddings, delimiter = self._embeddings, self._lm.document_delimiter
        text = sentence.to_tokenized_string() if embeddings.tokenized_lm else sentence.to_plain_string()
        read = text.lower() if embeddings.is_lower else text
        if self._lm.is_forward_lm:
            # As Flair counts: one blank between words, however many there are.
            blanks = sum(embeddings.tokenized_lm or token.whitespace_after > 0 for token in sentence.tokens[:-1])
            last = len(delimiter) + sum(len(token.text) for token in sentence.tokens) + blanks
        else:
            read, last = read[::-1], len(text) + len(delimiter)
        return f"{delimiter}{read} ", last - (not embeddings.with_whitespace)

    def _find_characters(
        self, sentence: Sentence, pieces: Sequence[_Piece], length: int
    ) -> Iterator[tuple[int, int, int]]:
        """For each character of a word: its piece, its column in the piece, and its place in a string of `length`."""
        starts = self._start_words(sentence)
        for row, piece in enumerate(pieces):
            edges = self._edges(sentence.tokens[piece.word].text)
            inside = range(starts[piece.word] + edges[piece.start], starts[piece.word] + edges[piece.end])
            for column, place in enumerate(inside):
                yield row, column, place if self._lm.is_forward_lm else self._mirror(place, length)

    def _start_words(self, sentence: Sentence) -> list[int]:
        """Where each word begins in the string when it is read forward."""
        place, starts = len(self._lm.document_delimiter), []
        for token in sentence.tokens:
            starts.append(place)
            place += self._edges(token.text)[-1] + (1 if self._embeddings.tokenized_lm else token.whitespace_after)
        return starts

    def _edges(self, word: str) -> list[int]:
        """Where each character of a word begins in what the model reads of it, and where the last one ends."""
        lower = self._embeddings.is_lower
        return list(accumulate((len(each.lower()) if lower else 1 for each in word), initial=0))

    def _mirror(self, place: int, length: int) -> int:
        """The place of a character of the text where the text is read backwards: delimiters stay where they are."""
        begin = len(self._lm.document_delimiter)
        return begin + (length - 2 - place)

    @cached_property
    def _baseline_vectors(self) -> dict[str, Tensor]:
        """Name -> [E]."""
        table = self._lm.encoder.weight.detach()
        blank = table[self._lm.dictionary.get_idx_for_items([" "])[0]]
        return {"pad": blank, "zero": torch.zeros_like(blank), "mean": table.mean(dim=0)}


def _split(sentence: Sentence) -> list[_Piece]:
    pieces = []
    for index, token in enumerate(sentence.tokens):
        for first, last in pairwise([0, *find_cuts(token.text), len(token.text)]):
            edges = [*range(first, last, _WIDTH), last]
            pieces += [_Piece(index, start, end) for start, end in pairwise(edges)]
    return pieces


def _to_token(piece: _Piece, passage: Passage) -> Token:
    whole = passage.sentence.tokens[piece.word].text
    place = place_inside(passage.text, passage.spans[piece.word], len(whole), piece.start, piece.end)
    return Token(whole[piece.start : piece.end], place.start, place.end, word=piece.word)
