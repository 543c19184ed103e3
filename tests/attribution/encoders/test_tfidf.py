"""TF-IDF documents: coefficient times value, and every feature on its characters."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from flair.data import Sentence
from flair.embeddings import DocumentTFIDFEmbeddings
from numpy.testing import assert_allclose
from sklearn.feature_extraction.text import TfidfVectorizer

from attribution import (
    CaptumIntegratedGradients,
    EmptyTextError,
    IntegratedGradients,
    explain,
    explain_labels,
    load_model,
)
from attribution.encoders import make_encoder
from attribution.encoders.tfidf import _find_features
from tests.attribution.encoders.checks import PARAGRAPHS, assert_faithful, assert_tells_texts_apart, assert_words_fit
from tests.models.transformers import CORPUS, save
from tests.models.words import build_word_classifier

SHORT = "The market closed early; the bank can't say why, and the market waits."
STRANGE = "ΑΣ ΟΔΟΣ, İstanbul ﬁlm naïve café — co-op's 3.5%  \t\n\n a  b ½ 東京都 e\u0301t\u00e9 ß "
SENTENCES = [Sentence(line) for line in CORPUS.splitlines() if line]
KINDS = {
    "words": {},
    "pairs of words": {"ngram_range": (1, 2)},
    "pairs alone": {"ngram_range": (2, 2)},
    "characters": {"analyzer": "char", "ngram_range": (1, 3)},
    "characters inside of words": {"analyzer": "char_wb", "ngram_range": (2, 4)},
    "large and small letters": {"lowercase": False},
    "without accents": {"strip_accents": "unicode"},
    "without stop words": {"stop_words": "english", "ngram_range": (1, 2)},
    "some stop words": {"stop_words": ["the", "and"]},
    "counts": {"use_idf": False, "norm": None},
    "scaled to a sum of one": {"norm": "l1", "sublinear_tf": True},
    "there or not": {"binary": True},
    "the most frequent alone": {"max_features": 20},
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def both(request, tmp_path_factory):
    classifier = build_word_classifier(DocumentTFIDFEmbeddings(SENTENCES, **KINDS[request.param]))
    return classifier, load_model(save(classifier, tmp_path_factory.mktemp("tfidf")))


class TestEveryKind:
    def test_probabilities_are_those_of_the_classifier_that_was_saved(self, both):
        assert_faithful(*both, SHORT, "goal", "qqq", PARAGRAPHS, STRANGE)
        assert_tells_texts_apart(both[1], SHORT, "The striker scored twice, and the champions won.", PARAGRAPHS)

    def test_shares_are_coefficient_times_value(self, both):
        classifier, model = both
        text = Sentence(SHORT).to_original_text()
        values = classifier.embeddings.vectorizer.transform([text]).toarray()[0].astype(np.float64)
        weights = classifier.decoder.weight.detach().double().numpy()
        centred = weights - weights.mean(axis=0)
        found = {feature.text for feature in _find_features(text, classifier.embeddings.vectorizer)}
        for place, explanation in enumerate(
            explain_labels(model, SHORT, method=IntegratedGradients(max_evaluations=2))
        ):
            by_feature: Counter[str] = Counter()
            for token, value in zip(explanation.tokens, explanation.attributions, strict=True):
                by_feature[token.text] += value
            for feature, column in classifier.embeddings.vectorizer.vocabulary_.items():
                held = feature in found and not feature.strip()  # blanks stand on no word
                expected = 0.0 if held else centred[place, column] * values[column]
                assert by_feature[feature] == pytest.approx(expected, abs=1e-5)

    def test_attributions_are_complete(self, both):
        for text in (SHORT, "goal", PARAGRAPHS, STRANGE):
            explanation = explain(both[1], text)
            assert explanation.converged
            assert abs(explanation.gap) < 1e-5

    def test_no_batch_size_changes_an_attribution(self, both):
        alone, other = (
            explain(both[1], SHORT, method=CaptumIntegratedGradients(internal_batch_size=size)).attributions
            for size in (1, 50)
        )
        assert_allclose(other, alone, rtol=0, atol=1e-5)

    def test_tokens_lie_inside_of_their_words_in_the_order_of_the_text(self, both):
        for text in (SHORT, STRANGE, PARAGRAPHS):
            encoded = both[1].encoder.encode(text)
            tokens = [token for token in encoded.tokens if token.word is not None]
            assert {token.word for token in tokens} == set(range(len(encoded.spans)))
            assert [token.start for token in tokens] == sorted(token.start for token in tokens)
            for token in tokens:
                span = encoded.spans[token.word]
                assert span.start <= token.start < token.end <= span.end

    def test_the_reader_is_told_of_the_scale(self, both):
        assert "scale is taken as given" in both[1].encoder.notes[0]
        assert all(isinstance(value, (str, int, bool)) for value in both[1].describe().values())


class TestFeatures:
    """They are those that scikit-learn itself counts."""

    @pytest.mark.parametrize(
        ("analyzer", "lengths", "lowercase", "accents", "stop_words"),
        sorted(
            product(
                ["word", "char", "char_wb"],
                [(1, 1), (1, 3), (4, 9)],
                [True, False],
                ["ascii", "unicode", ""],
                ["", "english"],
            )
        ),
    )
    @pytest.mark.parametrize("text", [SHORT, STRANGE, PARAGRAPHS, "a", " "])
    def test_each_occurrence_is_found(self, analyzer, lengths, lowercase, accents, stop_words, text):
        vectorizer = TfidfVectorizer(
            analyzer=analyzer,
            ngram_range=lengths,
            lowercase=lowercase,
            strip_accents=accents or None,
            stop_words=stop_words or None,
        )
        expected = Counter(vectorizer.build_analyzer()(text))
        assert Counter(feature.text for feature in _find_features(text, vectorizer)) == expected

    def test_each_stands_on_its_characters(self):
        vectorizer = TfidfVectorizer(strip_accents="unicode")
        text = "İstanbul: ﬁlm café, … of it"
        found = {
            feature.text: "".join(text[place] for place in sorted(set(feature.characters)))
            for feature in _find_features(text, vectorizer)
        }
        assert found == {"istanbul": "İstanbul", "film": "ﬁlm", "cafe": "café", "of": "of", "it": "it"}


class TestShares:
    @pytest.fixture(scope="class")
    @classmethod
    def model(cls, tmp_path_factory):
        classifier = build_word_classifier(DocumentTFIDFEmbeddings(SENTENCES, ngram_range=(1, 2)))
        return load_model(save(classifier, tmp_path_factory.mktemp("shares")))

    def test_a_feature_that_occurs_twice_gives_both_the_same(self, model):
        words = explain(model, "market qqq market").words()
        assert words[0].attribution == pytest.approx(words[2].attribution)
        assert abs(words[0].attribution) > 1e-3

    def test_a_pair_of_words_is_shared_by_both(self, model):
        explanation = explain(model, "central bank")
        pair = [
            (token.word, value)
            for token, value in zip(explanation.tokens, explanation.attributions, strict=True)
            if token.text == "central bank"
        ]
        assert [word for word, _ in pair] == [0, 1]
        assert pair[0][1] == pytest.approx(pair[1][1])

    def test_a_word_that_is_no_feature_gets_nothing(self, model):
        explanation = explain(model, "qqq market")
        assert_words_fit(explain(model, "qqq"))
        assert [word.attribution == 0 for word in explanation.words()] == [True, False]

    def test_a_text_of_unknown_words_is_explained_by_nothing(self, model):
        explanation = explain(model, "qqq zzz")
        assert explanation.converged
        assert not explanation.attributions.any()

    def test_a_text_without_words_is_refused(self, model):
        with pytest.raises(EmptyTextError):
            explain(model, " \n")

    def test_spans_lead_to_the_text_as_it_was_given(self):
        encoder = make_encoder(build_word_classifier(DocumentTFIDFEmbeddings(SENTENCES)))
        text = "  The mar\u200bket\n\n  rose"
        encoded = encoder.encode(text)
        assert [text[token.start : token.end] for token in encoded.tokens] == ["The", "mar\u200bket", "rose"]
