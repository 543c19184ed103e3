"""TF-IDF vectorizers, as scikit-learn pickles them: what is made anew of them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from flair.data import Sentence
from flair.embeddings import DocumentTFIDFEmbeddings
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from attribution import AttributionError, CheckpointError, UnsafeCheckpointError, UnsupportedModelError, load_model
from tests.attribution.encoders.checks import assert_faithful
from tests.models.transformers import CORPUS, save
from tests.models.words import build_word_classifier

SENTENCES = [Sentence(line) for line in CORPUS.splitlines() if line]


@pytest.fixture
def write(tmp_path) -> Callable[..., Any]:
    """Writes a classifier whose vectorizer was changed by a function."""

    def write(change: Callable[[TfidfVectorizer], object]):
        classifier = build_word_classifier(DocumentTFIDFEmbeddings(SENTENCES))
        change(classifier.embeddings.vectorizer)
        return save(classifier, tmp_path)

    return write


def settings(**values: Any) -> Callable[[TfidfVectorizer], object]:
    return lambda vectorizer: vectorizer.__dict__.update(values)


def weighing(**values: Any) -> Callable[[TfidfVectorizer], object]:
    return lambda vectorizer: vectorizer._tfidf.__dict__.update(values)


class TestWhatLeadsOutOfTheFile:
    def test_a_vectorizer_can_take_the_text_for_the_name_of_a_file(self, write, tmp_path):
        secret = tmp_path / "secret"
        secret.write_text("market " * 40, encoding="utf-8")
        path = write(settings(input="filename"))
        flairs = torch.load(path, weights_only=False)["document_embeddings"]["vectorizer"]
        assert flairs.transform([str(secret)]).nnz == 1
        with pytest.raises(UnsafeCheckpointError, match="would read that file"):
            load_model(path)

    @pytest.mark.parametrize("key", ["tokenizer", "preprocessor", "analyzer"])
    def test_code_of_its_own_is_refused(self, write, key):
        with pytest.raises(UnsafeCheckpointError):
            load_model(write(settings(**{key: str.split})))

    @pytest.mark.parametrize("key", ["tokenizer", "preprocessor", "analyzer"])
    def test_what_stands_where_code_could_is_refused(self, write, key):
        with pytest.raises(AttributionError, match=f"code of its own: {key}|{key}"):
            load_model(write(settings(**{key: 3})))


class TestPatterns:
    @pytest.mark.parametrize("pattern", [r"(?u)\b\w\w+\b", r"\w+", r"(?u)\b[a-z]{3,}\b", r"\S+", r"[^\s]+"])
    def test_one_repetition_is_followed(self, pattern, tmp_path):
        classifier = build_word_classifier(DocumentTFIDFEmbeddings(SENTENCES, token_pattern=pattern))
        model = load_model(save(classifier, tmp_path))
        assert_faithful(classifier, model, "The market fell.", "Nobody knows, nobody cares!")

    @pytest.mark.parametrize("pattern", [r"(\w+)+!", r"(?u)(a|aa)+$", r"\w*\w*\w*x", "a?" * 30 + "a" * 30, "(?i)a+"])
    def test_one_that_could_search_forever_is_refused(self, write, pattern):
        with pytest.raises(UnsupportedModelError, match="can take forever"):
            load_model(write(settings(token_pattern=pattern)))


class TestDamagedFiles:
    @pytest.mark.parametrize(
        "change",
        [
            settings(_tfidf=None),
            settings(analyzer="sentence"),
            settings(lowercase="yes"),
            settings(ngram_range=(0, 1)),
            settings(ngram_range=(1, 10**9)),
            settings(ngram_range=None),
            settings(stop_words={"a": 1}),
            settings(stop_words=[1, 2]),
            settings(stop_words="german"),
            settings(strip_accents="all"),
            settings(token_pattern=None),
            settings(token_pattern="["),
            settings(token_pattern="a" * 1000),
            settings(vocabulary_={}),
            settings(vocabulary_=["market"]),
            settings(vocabulary_={1: 0}),
            settings(vocabulary_={"market": "first"}),
            settings(vocabulary_={"market": 0, "bank": 0}),
            settings(vocabulary_={"market": 10**9}),
            weighing(norm="max"),
            weighing(use_idf="yes"),
            weighing(idf_=None),
            weighing(idf_=np.ones(3, dtype=np.float32)),
            weighing(idf_=np.array(["a", "b"])),
            lambda vectorizer: weighing(idf_=np.full(len(vectorizer.vocabulary_), np.nan))(vectorizer),
            lambda vectorizer: vectorizer.__dict__.clear(),
        ],
    )
    def test_it_is_refused_in_a_sentence(self, write, change):
        with pytest.raises(CheckpointError):
            load_model(write(change))

    def test_another_vectorizer_is_refused(self, tmp_path):
        counts = CountVectorizer(dtype=np.float32).fit(["a market", "a bank"])
        classifier = build_word_classifier(DocumentTFIDFEmbeddings([], vectorizer=counts), scaled=False)
        with pytest.raises(CheckpointError, match="Expected scikit-learn's TfidfVectorizer"):
            load_model(save(classifier, tmp_path))
