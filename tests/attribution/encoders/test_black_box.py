"""What Flair can predict with and no gradient reaches the words of: each word is there, or it is not."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from flair.data import Sentence, Token
from flair.embeddings import DocumentPoolEmbeddings, DocumentRNNEmbeddings
from numpy.testing import assert_allclose

from attribution import UnsupportedModelError, load_model
from attribution.encoders.black_box import BlackBoxEncoder
from tests.attribution.encoders.checks import (
    LONG,
    PARAGRAPHS,
    assert_faithful,
    assert_tells_texts_apart,
    open_both,
)
from tests.models.transformers import build_classifier, flair_probabilities, save
from tests.models.words import build_word_classifier, make_static, make_transformer_words

SHORT = "Shares fell in Zürich."
TEXTS = (SHORT, "goal", PARAGRAPHS, LONG)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """BART looks up the words of a text twice, and its decoder's are shifted by one."""
    return open_both(tmp_path_factory.mktemp("bart"), "bart")


@pytest.fixture(scope="module")
def model(both):
    return both[1]


def leave_out(encoder, text, *absent):
    """The logits of a text without the words of these indices."""
    encoded = encoder.encode(text)
    row = encoded.embedded.clone()
    row[0, list(absent)] = 0
    return encoder.logits(row, encoded)[0]


class TestFallback:
    def test_probabilities_are_those_of_the_classifier_that_was_saved(self, both):
        assert_faithful(*both, *TEXTS)
        assert_tells_texts_apart(both[1], *TEXTS)

    def test_it_says_so(self, model):
        assert isinstance(model.encoder, BlackBoxEncoder)
        assert not model.encoder.differentiable
        assert any("No gradient reaches the words" in note for note in model.notes)

    def test_an_encoder_without_a_table_of_word_embeddings(self, tmp_path):
        classifier, model = open_both(
            tmp_path, "ibert", use_context_separator=False, config={"quant_mode": False}, cls_pooling="mean"
        )
        assert not model.encoder.differentiable
        assert_faithful(classifier, model, *TEXTS[:3])
        assert_tells_texts_apart(model, *TEXTS[:3])

    def test_words_of_such_an_encoder(self, tmp_path):
        stack = [make_transformer_words(tmp_path, "bart"), make_static()]
        classifier = build_word_classifier(DocumentPoolEmbeddings(stack))
        model = load_model(save(classifier, tmp_path))
        assert not model.encoder.differentiable
        assert_faithful(classifier, model, *TEXTS)

    def test_what_a_gradient_reaches_is_not_left_to_it(self, tmp_path):
        assert open_both(tmp_path, "bert")[1].encoder.differentiable

    @pytest.mark.parametrize("family", ["canine", "gpt2-padless"])
    def test_what_flair_cannot_read_stays_refused(self, family, tmp_path):
        path = save(build_classifier(tmp_path, family, use_context_separator=False), tmp_path)
        with pytest.raises(UnsupportedModelError):
            load_model(path)


class TestLogits:
    def test_a_text_without_a_word_is_what_flair_reads_without_it(self, both):
        classifier, model = both
        text = "Shares fell in Zürich today"
        for index, word in enumerate(text.split()):
            logits = leave_out(model.encoder, text, index)
            rest = " ".join(other for other in text.split() if other != word)
            expected = flair_probabilities(classifier, rest)
            found = dict(zip(model.labels, torch.softmax(logits.double(), 0).tolist(), strict=True))
            assert found == pytest.approx(expected, abs=1e-5)

    def test_rows_of_a_batch_do_not_change_each_other(self, model):
        encoded = model.encoder.encode(PARAGRAPHS)
        count = len(encoded.tokens)
        rows = torch.cat(
            [encoded.embedded.expand(count, -1, -1) - torch.eye(count)[..., None], torch.zeros(1, count, 1)]
        )
        together = model.encoder.logits(rows, encoded)
        alone = torch.cat([model.encoder.logits(row[None], encoded) for row in rows])
        assert_allclose(together, alone, rtol=0, atol=1e-5)

    def test_a_word_is_there_from_one_half_on(self, model):
        encoded = model.encoder.encode(SHORT)
        assert_allclose(
            model.encoder.logits(encoded.embedded * 0.5, encoded), model.encoder.logits(encoded.embedded, encoded)
        )

    def test_many_rows_of_a_long_text_are_read_in_parts(self, model, monkeypatch):
        encoded = model.encoder.encode(SHORT)
        rows = encoded.embedded.expand(5, -1, -1)
        whole = model.encoder.logits(rows, encoded)
        monkeypatch.setattr("attribution.encoders.black_box._BATCH_WORDS", 1)
        assert_allclose(model.encoder.logits(rows, encoded), whole, rtol=0, atol=1e-6)


class TestWhatIsLeft:
    """Embeddings that write down what they are given to read."""

    @pytest.fixture
    def read(self):
        return []

    @pytest.fixture
    def encoder(self, read):
        def embed(sentences):
            for sentence in sentences:
                read.append(sentence.to_plain_string())
                sentence.set_embedding("seen", torch.ones(1))

        embeddings = SimpleNamespace(embed=embed, get_names=lambda: ["seen"], embedding_length=1)
        return BlackBoxEncoder(SimpleNamespace(embeddings=embeddings, decoder=lambda document: document))

    @pytest.mark.parametrize(
        ("absent", "left"),
        [
            ((), "Twice… won , he do n't"),
            ((0,), "… won , he do n't"),
            ((1,), "Twice won , he do n't"),
            ((2,), "Twice… , he do n't"),
            ((6,), "Twice… won , he do"),
            ((0, 1, 2, 3, 4, 5, 6), ""),
        ],
    )
    def test_words_that_become_neighbours_do_not_grow_together(self, encoder, read, absent, left):
        leave_out(encoder, "Twice… won , he do n't", *absent)
        assert read == [left]

    def test_words_stay_words(self, encoder, read, monkeypatch):
        """Without the stroke, the letters around it are not read as one word."""
        seen = []
        monkeypatch.setattr(encoder, "_embed", lambda sentences: seen.extend(sentences) or torch.ones(1, 1))
        leave_out(encoder, "a/b", 1)
        assert [token.text for token in seen[0]] == ["a", "b"]


class TestNoWords:
    def test_an_empty_text_is_what_flair_makes_of_it(self, both):
        classifier, model = both
        empty = Sentence([])
        classifier.embeddings.embed([empty])
        with torch.no_grad():
            expected = classifier.decoder(empty.embedding)
        found = leave_out(model.encoder, SHORT, *range(5))
        assert_allclose(found, expected, rtol=0, atol=1e-5)

    def test_where_flair_cannot_read_it_the_document_is_zeros(self):
        classifier = build_word_classifier(DocumentRNNEmbeddings([make_static()], hidden_size=5))
        found = leave_out(BlackBoxEncoder(classifier), SHORT, *range(5))
        assert_allclose(found, classifier.decoder.bias.detach())

    def test_it_does_not_disturb_the_others(self):
        classifier = build_word_classifier(DocumentRNNEmbeddings([make_static()], hidden_size=5))
        encoder = BlackBoxEncoder(classifier)
        encoded = encoder.encode(SHORT)
        both_rows = torch.cat([torch.zeros_like(encoded.embedded), encoded.embedded])
        sentence = Sentence([Token(token.text) for token in encoded.tokens])
        classifier.embeddings.embed([sentence])
        with torch.no_grad():
            expected = classifier.decoder(torch.stack([torch.zeros(5), sentence.embedding]))
        np.testing.assert_allclose(encoder.logits(both_rows, encoded), expected, atol=1e-6)
