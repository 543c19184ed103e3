"""Documents that are the last states of character language models."""

from __future__ import annotations

import pytest
import torch
from flair.embeddings import DocumentLMEmbeddings
from numpy.testing import assert_allclose

from attribution import CaptumIntegratedGradients, IntegratedGradients, UnsupportedModelError, explain, load_model
from attribution.encoders import make_encoder
from tests.attribution.encoders.checks import PARAGRAPHS, assert_faithful, assert_tells_texts_apart, assert_words_fit
from tests.models.transformers import flair_probabilities, save
from tests.models.words import build_word_classifier, make_character_model

SHORT = "Shares fell in Zürich, and the market closed early."
LONG_WORD = "A Donaudampfschifffahrtsgesellschaftskapitän won"
SPACED = "The  striker   won\n\n\ntwice ."
KINDS = {
    "forward": [{}],
    "backward": [{"forward": False}],
    "both": [{}, {"forward": False}],
    "both, of different sizes": [{"hidden": 3}, {"forward": False, "model": {"embedding_size": 2, "nlayers": 2}}],
    "plain text": [{"tokenized_lm": False}, {"forward": False, "tokenized_lm": False}],
    "small letters": [{"is_lower": True}, {"forward": False, "is_lower": True}],
    "words and plain text": [{}, {"forward": False, "tokenized_lm": False}],
    "projected": [{"model": {"nout": 3}}],
    "a long delimiter": [{"model": {"document_delimiter": "\n--\n"}}, {"forward": False}],
    "chunks": [{"chars_per_chunk": 5}],
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def both(request, tmp_path_factory):
    models = [make_character_model(**options) for options in KINDS[request.param]]
    classifier = build_word_classifier(DocumentLMEmbeddings(models), scale=0.4)
    return classifier, load_model(save(classifier, tmp_path_factory.mktemp("lm")))


class TestEveryKind:
    def test_probabilities_are_those_of_the_classifier_that_was_saved(self, both):
        assert_faithful(*both, SHORT, "goal", LONG_WORD, SPACED, PARAGRAPHS, "İstanbul won")
        assert_tells_texts_apart(both[1], SHORT, "goal", LONG_WORD, PARAGRAPHS)

    def test_exchanged_characters_are_an_exchanged_word(self, both):
        classifier, model = both
        encoded, other = model.encoder.encode("The coach won the cup"), model.encoder.encode("The plant won the cup")
        exchanged = encoded.embedded.clone()
        exchanged[0, 1] = other.embedded[0, 1]
        with torch.no_grad():
            found = torch.softmax(model.encoder.logits(exchanged, encoded)[0], dim=0)
        expected = flair_probabilities(classifier, "The plant won the cup")
        assert_allclose(found, [expected[label] for label in model.labels], atol=1e-6)
        assert (
            max(
                abs(expected[label] - probability)
                for label, probability in zip(
                    model.labels, model.predict("The coach won the cup").probabilities, strict=True
                )
            )
            > 1e-5
        )

    def test_blanks_in_the_place_of_all_characters_are_a_blank_text(self, both):
        classifier, model = both
        encoded = model.encoder.encode("won it")
        with torch.no_grad():
            found = model.encoder.logits(encoded.baselines["pad"], encoded)[0]
            expected = []
            for embedding in sorted(classifier.embeddings.embeddings, key=lambda each: each.name):
                lm = embedding.lm
                states = lm.get_representation(["      "], lm.document_delimiter, " ", 512)[:, 0]
                expected.append(states[len(lm.document_delimiter) + 6])
            assert_allclose(found, classifier.decoder(torch.cat(expected)), atol=1e-5)

    @pytest.mark.parametrize("baseline", ["pad", "zero", "mean"])
    def test_attributions_are_complete(self, both, baseline):
        for text in (SHORT, "goal", LONG_WORD, SPACED):
            explanation = explain(both[1], text, method=IntegratedGradients(baseline=baseline))
            assert explanation.converged
            assert_words_fit(explanation)

    def test_no_batch_size_changes_an_attribution(self, both):
        alone, *others = (
            explain(both[1], SHORT, method=CaptumIntegratedGradients(steps=12, internal_batch_size=size)).attributions
            for size in (1, 5, 12)
        )
        for other in others:
            assert_allclose(other, alone, rtol=0, atol=1e-4)

    def test_each_word_of_a_text_has_its_share_and_not_the_last_alone(self, both):
        shares = [abs(word.attribution) for word in explain(both[1], "goal won").words()]
        assert all(share > 1e-6 for share in shares)

    def test_facts_are_plain(self, both):
        assert all(isinstance(value, (str, int, bool)) for value in both[1].describe().values())


class TestTokens:
    def test_a_long_word_is_several_pieces_of_sixteen_characters(self):
        encoder = make_encoder(build_word_classifier(DocumentLMEmbeddings([make_character_model()])))
        encoded = encoder.encode(LONG_WORD)
        assert [(token.text, token.word) for token in encoded.tokens] == [
            ("A", 0),
            ("Donaudampfschiff", 1),
            ("fahrtsgesellscha", 1),
            ("ftskapitän", 1),
            ("won", 2),
        ]
        assert all(LONG_WORD[token.start : token.end] == token.text for token in encoded.tokens)

    def test_two_models_of_one_name_are_refused(self):
        embeddings = DocumentLMEmbeddings([make_character_model(), make_character_model()])
        with pytest.raises(UnsupportedModelError, match="share a name"):
            make_encoder(build_word_classifier(embeddings, scaled=False))
