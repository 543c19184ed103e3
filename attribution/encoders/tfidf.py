"""`DocumentTFIDFEmbeddings`: each feature of the text counts by its TF-IDF value, and nothing else is read.

A logit is a sum of coefficient times value, so attributions are exact, without a path to integrate along.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import flair
import torch
from flair.data import Sentence
from flair.embeddings import DocumentTFIDFEmbeddings
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import Tensor

from ..texts.passages import Passage, place_inside
from ..texts.tokens import Token
from .base import DocumentEncoder, EncodedText, Network, as_kind, baselines_from

_HELD = (
    "Each word is credited with its coefficient times its TF-IDF value. The values of a text are scaled to one length, "
    "and this scale is taken as given."
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EncodedFeatures(EncodedText):
    """A text as TF-IDF values; `columns` [T] is the feature of each token."""

    columns: Tensor


class TFIDFDocumentEncoder(DocumentEncoder):
    """The TF-IDF values move: one token for each place where a feature stands on a word.

    A feature's value is shared evenly by the places where it occurs, and there by the words that it stands on.
    """

    notes: tuple[str, ...] = (_HELD,)

    def __init__(self, classifier: Network) -> None:
        self._classifier = classifier
        self._vectorizer: TfidfVectorizer = cast(DocumentTFIDFEmbeddings, classifier.embeddings).vectorizer

    def encode_passage(self, passage: Passage) -> EncodedText:
        """Find the features of one text, and the words that each stands on.

        Raises:
            EmptyTextError: no word in the text.
        """
        sentence, spans = passage.sentence, passage.spans
        read = sentence.to_original_text()
        values = self._vectorizer.transform([read]).toarray()[0]
        shares = self._share(read, sentence)
        tokens = tuple(_to_token(share, passage) for share in shares)
        vectors = torch.tensor([float(values[share.column]) * share.part for share in shares], device=flair.device)
        vectors = vectors[None, :, None]
        zero = torch.zeros(1, device=flair.device)
        return EncodedFeatures(
            text=passage.text,
            tokens=tokens,
            spans=spans,
            embedded=vectors,
            baselines=baselines_from({"pad": zero, "zero": zero}, vectors, tokens),
            columns=torch.tensor([share.column for share in shares], device=flair.device),
        )

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, 1] -> [B, C]."""
        document = embedded.new_zeros(len(embedded), len(self._vectorizer.vocabulary_))
        document = document.index_add(1, as_kind(encoded, EncodedFeatures).columns, embedded[:, :, 0])
        return self._classifier.decoder(document)

    def describe(self) -> dict[str, object]:
        """Facts for a reader: what the vectorizer counts, and how."""
        vectorizer: Any = self._vectorizer
        shortest, longest = vectorizer.ngram_range
        return {
            "Vocabulary": len(vectorizer.vocabulary_),
            "Features": {"word": "words"}.get(vectorizer.analyzer, "characters")
            + (f" in groups of {shortest} to {longest}" if longest > 1 else ""),
            "Values": ("TF-IDF" if vectorizer.use_idf else "counts") + f", scaled by {vectorizer.norm or 'nothing'}",
            "Baseline pad": "a text without the word",
        }

    def _share(self, read: str, sentence: Sentence) -> list[_Share]:
        """What each word gets of each feature; a word without features gets a share of zero."""
        vocabulary = self._vectorizer.vocabulary_
        found = [feature for feature in _find_features(read, self._vectorizer) if feature.text in vocabulary]
        counts = Counter(feature.text for feature in found)
        inside = {
            place: index
            for index, token in enumerate(sentence.tokens)
            for place in range(token.start_position, token.end_position)
        }
        shares = []
        for feature in found:
            words: Sequence[int | None] = sorted({inside[place] for place in feature.characters if place in inside})
            part = 1.0 / (counts[feature.text] * max(1, len(words)))
            for word in words or [None]:
                own = [place for place in feature.characters if inside.get(place, -1) == word]
                shares.append(_Share(feature.text, vocabulary[feature.text], part, word, *_edges(own)))
        for word in set(inside.values()) - {share.word for share in shares}:
            token = sentence.tokens[word]
            shares.append(_Share(token.text, 0, 0.0, word, token.start_position, token.end_position))
        return sorted(shares, key=lambda share: (share.start, -share.end))


@dataclass(frozen=True, slots=True)
class _Feature:
    """One occurrence of a word or of an n-gram of words or characters, with the characters that it stands on."""

    text: str
    characters: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Share:
    """The part of a feature's value that falls to one word, where the feature stands on characters `start` to `end`."""

    feature: str
    column: int
    part: float
    word: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Traced:
    """A text as the vectorizer changed it, and for each of its characters the one of the text that it came from."""

    text: str
    origin: Sequence[int]


def _find_features(text: str, vectorizer: Any) -> Iterator[_Feature]:
    """Follows scikit-learn 1.9, `_VectorizerMixin.build_analyzer`, and keeps track of characters."""
    traced = _preprocess(text, vectorizer)
    if vectorizer.analyzer == "word":
        words = list(_find_words_of_pattern(traced, re.compile(vectorizer.token_pattern)))
        stop_words = vectorizer.get_stop_words() or ()
        kept = [word for word in words if word.text not in stop_words]
        return _join(kept, vectorizer.ngram_range, " ")
    traced = _collapse_blanks(traced)
    characters = [_Feature(each, (place,)) for each, place in zip(traced.text, traced.origin, strict=True)]
    if vectorizer.analyzer == "char":
        return _join(characters, vectorizer.ngram_range, "")
    return _join_inside_words(characters, vectorizer.ngram_range)


def _preprocess(text: str, vectorizer: Any) -> _Traced:
    traced = _Traced(text, range(len(text)))
    if vectorizer.lowercase:
        # Greek has two small letters sigma, and which it is depends on the word: so the text is lowered as a whole.
        traced = _Traced(text.lower(), _replace_each(traced, str.lower).origin)
    if vectorizer.strip_accents == "ascii":
        return _replace_each(traced, lambda each: _decompose(each).encode("ascii", "ignore").decode("ascii"))
    if vectorizer.strip_accents == "unicode":
        return _replace_each(traced, _without_accents)
    return traced


def _decompose(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def _without_accents(character: str) -> str:
    return "".join(each for each in _decompose(character) if not unicodedata.combining(each))


def _replace_each(traced: _Traced, change: Callable[[str], str]) -> _Traced:
    changed = [change(each) for each in traced.text]
    origin = [place for place, each in zip(traced.origin, changed, strict=True) for _ in each]
    return _Traced("".join(changed), origin)


def _collapse_blanks(traced: _Traced) -> _Traced:
    """Several blanks become one; a single one stays what it is."""
    parts: list[tuple[str, int]] = []
    for match in re.finditer(r"\s\s+|.", traced.text, re.DOTALL):
        parts.append((match[0] if len(match[0]) == 1 else " ", traced.origin[match.start()]))
    return _Traced("".join(text for text, _ in parts), [place for _, place in parts])


def _find_words_of_pattern(traced: _Traced, pattern: re.Pattern[str]) -> Iterator[_Feature]:
    for match in pattern.finditer(traced.text):
        yield _Feature(match[0], traced.origin[match.start() : match.end()])


def _join(parts: Sequence[_Feature], lengths: tuple[int, int], glue: str) -> Iterator[_Feature]:
    """Every n-gram of these lengths, as one feature."""
    for length in range(lengths[0], lengths[1] + 1):
        for start in range(len(parts) - length + 1):
            yield _join_all(parts[start : start + length], glue)


def _join_all(parts: Sequence[_Feature], glue: str) -> _Feature:
    return _Feature(glue.join(part.text for part in parts), [place for part in parts for place in part.characters])


def _join_inside_words(characters: Sequence[_Feature], lengths: tuple[int, int]) -> Iterator[_Feature]:
    """The n-grams inside of words, each with a blank on either side; a word shorter than an n-gram counts once."""
    blank = _Feature(" ", ())
    for word in _split_at_blanks(characters):
        padded = [blank, *word, blank]
        for length in range(lengths[0], lengths[1] + 1):
            yield from _join(padded, (length, length), "") if length <= len(padded) else [_join_all(padded, "")]
            if length >= len(padded):
                break


def _split_at_blanks(characters: Iterable[_Feature]) -> Iterator[list[_Feature]]:
    word: list[_Feature] = []
    for character in characters:
        if character.text.isspace():
            if word:
                yield word
            word = []
        else:
            word.append(character)
    if word:
        yield word


def _edges(places: Sequence[int]) -> tuple[int, int]:
    return (min(places), max(places) + 1) if places else (0, 0)


def _to_token(share: _Share, passage: Passage) -> Token:
    if share.word is None:
        return Token(share.feature, 0, 0, special=True)
    span, token = passage.spans[share.word], passage.sentence.tokens[share.word]
    start, end = share.start - token.start_position, share.end - token.start_position
    place = place_inside(passage.text, span, len(token.text), start, end)
    return Token(share.feature, place.start, place.end, word=share.word, unknown=share.part == 0)
