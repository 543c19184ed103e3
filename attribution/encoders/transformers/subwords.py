"""Traces the subwords of a tokenizer back to Flair's words and their characters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise
from typing import Any

from flair.data import Sentence
from flair.embeddings import TransformerEmbeddings

from ...texts.tokens import Span

_MARKS = ("##", "▁", "Ġ", "</w>", "@@")


@dataclass(frozen=True, slots=True)
class Piece:
    """One id of the network's input.

    `word` indexes the sentence's words, None for special tokens; `start` and `end` are characters inside the word;
    `place` numbers the subwords of the sentence, the same in each overlapping window, None for special tokens.
    """

    id: int
    text: str
    word: int | None = None
    start: int = 0
    end: int = 0
    place: int | None = None
    padding: bool = False


def split_words(embeddings: TransformerEmbeddings, sentence: Sentence, *, truncate: bool = True) -> list[list[Piece]]:
    """The rows of the network's input for one sentence: one row, or one for each window.

    Tokenizes with the very arguments of Flair's `prepare_tensors`; without `truncate`, the whole text in one row.
    """
    expanded, offset = embeddings._expand_sentence_with_context(sentence)
    words = [token.text for token in expanded]
    rows = (
        _split_fast(embeddings, words, truncate)
        if embeddings.tokenizer.is_fast
        else [_split_slow(embeddings, words, truncate)]
    )
    rows = [[_without_context(piece, offset, len(sentence)) for piece in row] for row in rows]
    return _number_places(rows, embeddings.stride)


def split_joined(embeddings: TransformerEmbeddings, sentence: Sentence, *, truncate: bool = True) -> list[list[Piece]]:
    """The rows of the network's input as releases up to 0.11 made them: the words joined by spaces, one text."""
    tokenizer: Any = embeddings.tokenizer
    starts = list(accumulate((len(token.text) + 1 for token in sentence.tokens), initial=0))
    windows = truncate and embeddings.allow_long_sentences
    encoding = tokenizer(
        [" ".join(token.text for token in sentence.tokens)],
        stride=embeddings.stride if windows else 0,
        return_overflowing_tokens=windows,
        truncation=embeddings.truncate and truncate,
        padding="longest" if windows else False,
        return_attention_mask=True,
        return_offsets_mapping=True,
    )
    rows: list[list[Piece]] = []
    for row, ids in enumerate(encoding["input_ids"]):
        texts, attended = encoding.tokens(row), encoding["attention_mask"][row]
        words = encoding.word_ids(row)
        rows.append([])
        for place, index in enumerate(ids):
            if words[place] is None:
                rows[-1].append(Piece(index, texts[place], padding=not attended[place]))
                continue
            start, end = encoding["offset_mapping"][row][place]
            word = min(bisect_right(starts, max(start, end - 1)), len(sentence)) - 1
            inside = (max(start - starts[word], 0), min(end - starts[word], len(sentence.tokens[word].text)))
            rows[-1].append(Piece(index, texts[place], word, min(inside), inside[1]))
    return _number_places(rows, embeddings.stride)


def split_text(encoding: Any, words: Sequence[Span]) -> list[Piece]:
    """The subwords of a text that was tokenized as it stands; `words` are the places of its words in that text.

    A subword belongs to the word on whose characters it begins, after any blanks. A subword that stands on no word
    counts as special. The encoding is that of one text, with offsets and the mask of special tokens.
    """
    ends = [word.end for word in words]
    pieces = []
    for index, text, (start, end), special in zip(
        encoding["input_ids"][0],
        encoding.tokens(0),
        encoding["offset_mapping"][0],
        encoding["special_tokens_mask"][0],
        strict=True,
    ):
        word = bisect_right(ends, start)
        if special or word == len(words) or words[word].start >= max(end, start + 1):
            pieces.append(Piece(index, text))
            continue
        span = words[word]
        first, last = (min(max(place, span.start), span.end) - span.start for place in (start, end))
        pieces.append(Piece(index, text, word, first, last))
    return pieces


def _split_fast(embeddings: TransformerEmbeddings, words: list[str], truncate: bool) -> list[list[Piece]]:
    tokenizer: Any = embeddings.tokenizer
    windows = truncate and embeddings.allow_long_sentences
    encoding = tokenizer(
        [words],
        is_split_into_words=True,
        stride=embeddings.stride if windows else 0,
        return_overflowing_tokens=windows,
        truncation=embeddings.truncate and truncate,
        padding="max_length" if embeddings.force_max_length and truncate else "longest",
        return_attention_mask=True,
        return_offsets_mapping=True,
    )
    return [
        [
            Piece(index, text, word, offsets[0], offsets[1], padding=word is None and not attended)
            for index, text, word, offsets, attended in zip(
                encoding["input_ids"][row],
                encoding.tokens(row),
                encoding.word_ids(row),
                encoding["offset_mapping"][row],
                encoding["attention_mask"][row],
                strict=True,
            )
        ]
        for row in range(len(encoding["input_ids"]))
    ]


def _split_slow(embeddings: TransformerEmbeddings, words: list[str], truncate: bool) -> list[Piece]:
    """Slow tokenizers tokenize word by word and give no offsets."""
    tokenizer: Any = embeddings.tokenizer
    pieces = list(chain.from_iterable(_split_slow_word(tokenizer, index, word) for index, word in enumerate(words)))
    if truncate and embeddings.truncate:
        pieces = pieces[: tokenizer.model_max_length - tokenizer.num_special_tokens_to_add()]
    # Numbers below zero are no ids: they show where the special tokens go.
    layout = tokenizer.build_inputs_with_special_tokens([-1 - place for place in range(len(pieces))])
    return [
        pieces[-1 - entry] if entry < 0 else Piece(entry, tokenizer.convert_ids_to_tokens(entry)) for entry in layout
    ]


def _split_slow_word(tokenizer: Any, index: int, word: str) -> list[Piece]:
    texts = tokenizer.tokenize(word, is_split_into_words=True)
    bare = [_without_marks(text) for text in texts]
    whole = "".join(bare).lower() == word.lower()
    edges = list(accumulate(map(len, bare), initial=0))
    return [
        Piece(tokenizer.convert_tokens_to_ids(text), text, index, *(edge if whole else (0, len(word))))
        for text, edge in zip(texts, pairwise(edges), strict=True)
    ]


def _without_marks(text: str) -> str:
    for mark in _MARKS:
        text = text.removeprefix(mark).removesuffix(mark)
    return text


def _without_context(piece: Piece, offset: int, length: int) -> Piece:
    """Words that Flair adds around the sentence ([FLERT]) are special: no part of the text."""
    if piece.word is None:
        return piece
    word = piece.word - offset
    return replace(piece, word=word) if 0 <= word < length else replace(piece, word=None)


def _number_places(rows: list[list[Piece]], stride: int) -> list[list[Piece]]:
    """Each window repeats the last `stride` subwords of the one before."""
    start, numbered = 0, []
    for row in rows:
        place, numbered_row = start, []
        for piece in row:
            numbered_row.append(piece if piece.word is None else replace(piece, place=place))
            place += piece.word is not None
        numbered.append(numbered_row)
        start = place - stride
    return numbered
