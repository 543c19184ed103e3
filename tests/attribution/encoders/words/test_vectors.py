"""The vectors of words: which they are, which of them move, and what the baselines are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from flair.data import Sentence
from flair.embeddings import (
    DocumentCNNEmbeddings,
    DocumentPoolEmbeddings,
    DocumentRNNEmbeddings,
    StackedEmbeddings,
)
from numpy.testing import assert_allclose

from attribution import (
    AttributionError,
    EmptyTextError,
    IntegratedGradients,
    UnsupportedModelError,
    explain,
    load_model,
)
from attribution.encoders import make_encoder
from tests.attribution.encoders.checks import PARAGRAPHS, assert_faithful, assert_tells_texts_apart, assert_words_fit
from tests.models.transformers import flair_probabilities, save
from tests.models.words import (
    build_word_classifier,
    make_byte_pairs,
    make_character_model,
    make_hashes,
    make_one_hot,
    make_spelling,
    make_static,
)

SHORT = "Shares fell in Zürich."
ONE_WORD = "goal"
NUMBERS = "In 1987 the Bank won 3 %"
TEXTS = (SHORT, ONE_WORD, NUMBERS, PARAGRAPHS)

WORDS = {
    "static": lambda _: [make_static()],
    "static, normed": lambda _: [make_static(stable=True, fine_tune=True)],
    "static, normed without weights": lambda _: [make_static(stable=True)],
    "character model": lambda _: [make_character_model()],
    "character model, backward": lambda _: [make_character_model(forward=False)],
    "character model, plain text": lambda _: [make_character_model(tokenized_lm=False)],
    "character model, backward, plain text": lambda _: [make_character_model(forward=False, tokenized_lm=False)],
    "character model, small letters": lambda _: [make_character_model(is_lower=True)],
    "character model, chunks": lambda _: [make_character_model(chars_per_chunk=4)],
    "character model, two layers, projected": lambda _: [make_character_model(model={"nlayers": 2, "nout": 4})],
    "character model with its decoder": lambda _: [make_character_model(model={"has_decoder": True})],
    "byte pairs": lambda folder: [make_byte_pairs(folder)],
    "byte pairs, numbers kept": lambda folder: [make_byte_pairs(folder, preprocess=False)],
    "one hot": lambda _: [make_one_hot()],
    "one hot, normed": lambda _: [make_one_hot(stable=True)],
    "hashes": lambda _: [make_hashes()],
    "spelling": lambda _: [make_spelling()],
    "all of them": lambda folder: [
        make_static(),
        make_character_model(),
        make_character_model(forward=False),
        make_byte_pairs(folder),
        make_one_hot(),
        make_hashes(),
        make_spelling(),
    ],
    "a stack in a stack": lambda _: [StackedEmbeddings([make_static(), make_spelling()])],
    "twelve of a kind": lambda _: [make_static(2, name=f"vectors {index}") for index in range(12)],
}
TABLES = ("static", "static, normed", "byte pairs", "one hot", "hashes", "twelve of a kind")
NOTED = {"character model": "language model", "spelling": "more than once", "all of them": "language model"}


@pytest.fixture(scope="module", params=sorted(WORDS))
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def both(kind, tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    classifier = build_word_classifier(DocumentPoolEmbeddings(WORDS[kind](folder)))
    return classifier, load_model(save(classifier, folder))


@pytest.fixture(scope="module")
def model(both):
    return both[1]


class TestEveryKindOfWords:
    def test_probabilities_are_those_of_the_classifier_that_was_saved(self, both):
        assert_faithful(*both, *TEXTS)

    def test_texts_are_told_apart(self, model):
        assert_tells_texts_apart(model, *TEXTS)

    def test_attributions_are_complete(self, model):
        for text in TEXTS:
            explanation = explain(model, text)
            assert explanation.converged
            assert_words_fit(explanation)

    def test_a_token_is_a_word(self, model):
        encoded = model.encoder.encode(PARAGRAPHS)
        assert [token.text for token in encoded.tokens] == [token.text for token in Sentence(PARAGRAPHS)]
        assert [token.word for token in encoded.tokens] == list(range(len(encoded.spans)))

    def test_pad_is_offered_everywhere_and_mean_where_there_is_a_table(self, kind, model):
        baselines = model.encoder.encode(SHORT).baselines
        assert {"pad", "zero"} <= baselines.keys()
        if kind in TABLES:
            assert "mean" in baselines
        if kind in NOTED:
            assert "mean" not in baselines
        assert not baselines["zero"].any()

    def test_the_reader_is_told_where_a_vector_is_not_the_words_own(self, kind, model):
        notes = " ".join(model.encoder.notes)
        assert NOTED.get(kind, "") in notes
        if kind in TABLES:
            assert not notes

    def test_facts_are_plain(self, model):
        assert all(isinstance(value, (str, int, bool)) for value in model.describe().values())


class TestBaselines:
    @pytest.mark.parametrize(
        ("embeddings", "unknown"),
        [
            (make_static, "qqq"),
            (lambda: make_static(stable=True, fine_tune=True), "qqq"),
            (make_one_hot, "qqq"),
            (lambda: make_one_hot(stable=True), "qqq"),
        ],
    )
    def test_pad_is_what_an_unknown_word_gets(self, embeddings, unknown):
        classifier = build_word_classifier(DocumentPoolEmbeddings([embeddings()]))
        encoded = make_encoder(classifier).encode(f"{unknown} striker")
        assert_allclose(encoded.baselines["pad"][0], encoded.embedded[0, [0, 0]], atol=1e-6)
        assert encoded.baselines["pad"].any()

    @pytest.mark.parametrize("embeddings", [make_static, lambda: make_one_hot(add_unk=False)])
    def test_mean_is_the_mean_of_what_all_words_get(self, embeddings):
        from tests.models.words import WORDS as KNOWN

        encoder = make_encoder(build_word_classifier(DocumentPoolEmbeddings([embeddings()]), scaled=False))
        words = torch.cat([encoder.encode(word).embedded[0] for word in KNOWN])
        assert len(words) == len(KNOWN)
        assert_allclose(encoder.encode("striker").baselines["mean"][0, 0], words.mean(dim=0), atol=1e-6)

    def test_pad_of_byte_pairs_is_the_row_behind_the_pieces(self, tmp_path):
        classifier = build_word_classifier(DocumentPoolEmbeddings([make_byte_pairs(tmp_path)]))
        row = classifier.embeddings.embeddings.embeddings[0].embedding.weight[-1].detach()
        encoded = make_encoder(classifier).encode("striker")
        assert_allclose(encoded.baselines["pad"][0, 0], torch.cat([row, row]))

    @pytest.mark.parametrize("embeddings", [make_spelling, make_character_model, make_hashes])
    def test_pad_is_zero_where_there_is_nothing_unknown(self, embeddings):
        classifier = build_word_classifier(DocumentPoolEmbeddings([embeddings()]))
        assert not make_encoder(classifier).encode("striker").baselines["pad"].any()

    @pytest.mark.parametrize("baseline", ["pad", "zero", "mean"])
    def test_attributions_are_complete_from_each(self, baseline, tmp_path):
        classifier = build_word_classifier(DocumentPoolEmbeddings([make_static(), make_one_hot()], pooling="max"))
        explanation = explain(
            load_model(save(classifier, tmp_path)), SHORT, method=IntegratedGradients(baseline=baseline)
        )
        assert explanation.converged


class TestWordsAreReadAsFlairReadsThem:
    """A word that is looked up in another form has that form's vector."""

    @pytest.mark.parametrize(
        ("known", "word"),
        [
            (["striker"], "STRIKER"),
            (["year-####"], "Year-1987"),
            (["year-0000"], "Year-1987"),
            (["Fell", "fell"], "Fell"),
        ],
    )
    def test_static_vectors(self, known, word):
        classifier = build_word_classifier(DocumentPoolEmbeddings([make_static(words=known)]))
        table = classifier.embeddings.embeddings.embeddings[0].embedding.weight.detach()
        assert_allclose(make_encoder(classifier).encode(word).embedded[0], table[:1])

    def test_a_word_that_occurs_twice_has_the_vector_of_another_in_flairs_character_embeddings(self):
        encoder = make_encoder(build_word_classifier(DocumentPoolEmbeddings([make_spelling()])))
        first, other, last = encoder.encode("market quietly market").embedded[0]
        assert_allclose(last, encoder.encode("market").embedded[0, 0], atol=1e-6)
        assert (first - last).abs().max() > 1e-3
        assert other is not None

    def test_an_exchanged_vector_is_an_exchanged_word(self):
        classifier = build_word_classifier(
            DocumentRNNEmbeddings([make_static(), make_hashes()], hidden_size=4, bidirectional=True)
        )
        encoder = make_encoder(classifier)
        encoded, other = encoder.encode("The striker won the cup"), encoder.encode("bank")
        exchanged = encoded.embedded.clone()
        exchanged[0, 1] = other.embedded[0, 0]
        probabilities = torch.softmax(encoder.logits(exchanged, encoded)[0], dim=0)
        assert_allclose(
            probabilities.detach(), list(flair_probabilities(classifier, "The bank won the cup").values()), atol=1e-6
        )


class TestTexts:
    def test_a_text_without_words_is_refused(self):
        encoder = make_encoder(build_word_classifier(DocumentPoolEmbeddings([make_static()])))
        with pytest.raises(EmptyTextError):
            encoder.encode(" \n ")

    def test_spans_lead_to_the_text_as_it_was_given(self):
        encoder = make_encoder(build_word_classifier(DocumentPoolEmbeddings([make_static()])))
        text = "  The str\u200biker   won"
        encoded = encoder.encode(text)
        assert [text[token.start : token.end] for token in encoded.tokens] == ["The", "str\u200biker", "won"]

    def test_a_word_that_flair_cannot_read_is_refused_in_a_sentence(self):
        embeddings = DocumentPoolEmbeddings([make_one_hot(add_unk=False)])
        encoder = make_encoder(build_word_classifier(embeddings, scaled=False))
        with pytest.raises(AttributionError, match=r"does not know.*Flair cannot read it either"):
            encoder.encode("striker qqq")


class TestNames:
    def test_two_embeddings_of_one_name_are_refused(self):
        parts = [StackedEmbeddings([make_static()]), StackedEmbeddings([make_static()])]
        with pytest.raises(UnsupportedModelError, match="share a name"):
            make_encoder(build_word_classifier(DocumentCNNEmbeddings(parts, kernels=((2, 1),)), scaled=False))

    def test_vectors_stand_in_the_order_of_names_as_in_flair(self):
        parts = [make_static(2, name=f"vectors {index}") for index in range(12)]
        classifier = build_word_classifier(DocumentPoolEmbeddings(parts))
        sentence = Sentence("striker")
        classifier.embeddings.embeddings.embed(sentence)
        expected = sentence[0].get_embedding().detach()
        by_number = torch.cat([part.embedding.weight[part.vocab["striker"]].detach() for part in parts])
        found = make_encoder(classifier).encode("striker").embedded[0, 0]
        assert_allclose(found, expected)
        assert not np.allclose(found, by_number)
