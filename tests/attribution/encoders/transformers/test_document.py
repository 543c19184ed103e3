"""Every family of transformers, on a tiny network of its own architecture with its own tokenizer."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from attribution import (
    AttributionError,
    CaptumIntegratedGradients,
    IntegratedGradients,
    UnsupportedModelError,
    explain,
    load_model,
)
from tests.attribution.encoders.checks import (
    LONG,
    PARAGRAPHS,
    assert_faithful,
    assert_tells_texts_apart,
    assert_words_fit,
    open_both,
)
from tests.models.transformers import FAMILIES, build_classifier, save

SHORT = "Shares fell in Zürich."
ONE_WORD = "goal"
PLAIN = "The central bank raised interest rates again, and investors had expected it."
TEXTS = (SHORT, ONE_WORD, PARAGRAPHS, PLAIN)

REFUSED = {"canine", "gpt2-padless", "llama-sentencepiece"}
WITHOUT_GRADIENT = {"bart", "ibert"}  # test_black_box.py
NEEDS_SACREMOSES = {"xlm-languages"}
EXPLAINED = sorted(FAMILIES.keys() - REFUSED - WITHOUT_GRADIENT - NEEDS_SACREMOSES)
# Random networks of rectified linear units are too rough for 50 points: a kink wherever a unit switches.


@pytest.fixture(scope="module", params=EXPLAINED)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def both(family, tmp_path_factory):
    return open_both(tmp_path_factory.mktemp(family), family)


@pytest.fixture(scope="module")
def model(both):
    return both[1]


@pytest.fixture(scope="module")
def explanation(model):
    return explain(model, PARAGRAPHS)


class TestEveryFamily:
    def test_probabilities_are_those_of_the_classifier_that_was_saved(self, both):
        assert_faithful(*both, *TEXTS)

    def test_texts_are_told_apart(self, model):
        assert_tells_texts_apart(model, *TEXTS)

    def test_attributions_are_complete(self, family, model):
        for text in TEXTS:
            explanation = explain(model, text, method=IntegratedGradients(max_evaluations=1000))
            assert abs(explanation.relative_gap) <= 0.01, text
            assert explanation.converged

    def test_a_result_says_whether_it_converged(self, explanation):
        assert explanation.converged == (abs(explanation.relative_gap) <= 0.01)

    def test_no_batch_size_changes_an_attribution(self, model):
        length = len(model.encoder.encode(SHORT).tokens)  # a batch as large as the text is long has been confused once
        alone, *others = (
            explain(model, SHORT, method=CaptumIntegratedGradients(internal_batch_size=size)).attributions
            for size in (1, 3, length, 50)
        )
        assert np.abs(alone).max() > 0.01
        for other in others:
            assert_allclose(other, alone, rtol=0, atol=1e-4)

    def test_words_are_flairs_and_tokens_lie_inside(self, model, explanation):
        assert_words_fit(explanation)
        assert [word.text for word in explanation.words()][:7] == ["The", "striker", ",", "who", "scored", "twice", "…"]
        assert_words_fit(explain(model, SHORT, method=IntegratedGradients(max_evaluations=2)))

    def test_special_tokens_stay_and_get_nothing(self, explanation):
        special = [token.special for token in explanation.tokens]
        assert_allclose(explanation.attributions[special], 0, atol=1e-12)

    def test_facts_are_plain(self, model):
        facts = model.describe()
        assert facts["Encoder architecture"] == type(model.classifier.embeddings.model).__name__
        assert all(isinstance(value, (str, int, bool)) for value in facts.values())


class TestSparseAttention:
    def test_blocks_of_a_long_text(self, tmp_path):
        """BigBird reads long texts in blocks until its first short text, and whole from then on."""
        classifier, model = open_both(tmp_path, "big_bird")
        network = model.classifier.embeddings.model
        assert_faithful(classifier, model, LONG)
        assert abs(explain(model, LONG).relative_gap) <= 0.01
        assert network.attention_type == "block_sparse"
        assert_faithful(classifier, model, SHORT, LONG)
        assert network.attention_type == "original_full"
        assert abs(explain(model, LONG).relative_gap) <= 0.01


class TestRefused:
    """What Flair cannot do either, or cannot be followed, is refused in a sentence and never explained wrongly."""

    def test_an_encoder_without_a_table_of_word_embeddings(self, tmp_path):
        path = save(build_classifier(tmp_path, "canine", use_context_separator=False), tmp_path)
        with pytest.raises(UnsupportedModelError, match="has no table of word embeddings"):
            load_model(path)

    def test_a_tokenizer_without_a_padding_token(self, tmp_path):
        path = save(build_classifier(tmp_path, "gpt2-padless"), tmp_path)
        with pytest.raises(UnsupportedModelError, match="has no padding token"):
            load_model(path)

    @pytest.mark.parametrize(
        ("family", "config"), [("funnel", {"block_sizes": [1, 1]}), ("opt", {"word_embed_proj_dim": 24})]
    )
    @pytest.mark.filterwarnings("ignore:Using a non-tuple sequence for multidimensional indexing:UserWarning")
    def test_layers_of_different_shapes(self, family, config, tmp_path):
        _, model = open_both(tmp_path, family, config=config)
        with pytest.raises(UnsupportedModelError, match="do not give states of one shape"):
            model.predict(SHORT)

    def test_a_tokenizer_that_flair_saved_without_its_model(self, tmp_path):
        path = save(build_classifier(tmp_path, "llama-sentencepiece"), tmp_path)
        with pytest.raises(AttributionError):
            load_model(path)

    @pytest.mark.parametrize("family", ["bert", "gpt2", "roberta"])
    def test_more_tokens_than_the_network_has_positions(self, family, tmp_path):
        _, model = open_both(tmp_path, family, model_max_length=None)
        with pytest.raises(AttributionError, match=r"cannot read this text of \d+ tokens; a shorter one may do"):
            model.predict("The market rose. " * 100)
        model.predict(SHORT)
