"""Pooled words: the closed form that integrated gradients must find, and a loop for every way of pooling."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from flair.embeddings import DocumentPoolEmbeddings
from numpy.testing import assert_allclose

from attribution import CaptumIntegratedGradients, IntegratedGradients, explain, explain_labels, load_model
from tests.attribution.encoders.checks import PARAGRAPHS, assert_faithful, assert_tells_texts_apart, assert_words_fit
from tests.models.transformers import save
from tests.models.words import build_word_classifier, make_character_model, make_static

SHORT = "Shares fell in Zürich, and the market closed early."
WAYS = sorted(product(["mean", "max", "min"], ["none", "linear", "nonlinear"]))


@pytest.fixture(scope="module", params=WAYS, ids=" ".join)
def both(request, tmp_path_factory):
    pooling, mode = request.param
    words = [make_static(), make_character_model()]
    classifier = build_word_classifier(DocumentPoolEmbeddings(words, fine_tune_mode=mode, pooling=pooling))
    return classifier, load_model(save(classifier, tmp_path_factory.mktemp("pool")))


class TestEveryWayOfPooling:
    def test_probabilities_are_those_of_the_classifier_that_was_saved(self, both):
        assert_faithful(*both, SHORT, "goal", PARAGRAPHS)
        assert_tells_texts_apart(both[1], SHORT, "goal", PARAGRAPHS)

    def test_a_batch_is_pooled_as_a_loop_over_its_rows_and_words_pools(self, both):
        classifier, model = both
        embeddings, encoded = classifier.embeddings, model.encoder.encode(SHORT)
        batch = torch.randn(4, *encoded.embedded.shape[1:], generator=torch.Generator().manual_seed(0))
        expected = [classifier.decoder(pool_words(embeddings, row)) for row in batch]
        assert_allclose(model.encoder.logits(batch, encoded).detach(), torch.stack(expected).detach(), atol=1e-5)

    def test_attributions_are_complete_or_say_that_they_are_not(self, both):
        method = IntegratedGradients(max_evaluations=1000)  # the largest word changes along the path, with a kink
        for text in (SHORT, PARAGRAPHS):
            explanation = explain(both[1], text, method=method)
            assert explanation.converged
            assert abs(explanation.relative_gap) <= 0.01
            assert_words_fit(explanation)

    def test_no_batch_size_changes_an_attribution(self, both):
        alone, *others = (
            explain(both[1], SHORT, method=CaptumIntegratedGradients(steps=12, internal_batch_size=size)).attributions
            for size in (1, 5, 12)
        )
        for other in others:
            assert_allclose(other, alone, rtol=0, atol=1e-4)

    def test_facts_name_the_pooling(self, both):
        assert both[1].describe()["Pooling"] == both[0].embeddings.pooling


def pool_words(embeddings, words):
    """[W, D] -> [H], a word and an element at a time."""
    vectors = []
    for word in words:
        if embeddings.fine_tune_mode != "none":
            word = embeddings.embedding_flex.weight @ word
        if embeddings.fine_tune_mode == "nonlinear":
            last = embeddings.embedding_flex_nonlinear_map
            word = last.weight @ torch.where(word > 0, word, 0.0) + last.bias
        vectors.append(word)
    pool = {"mean": lambda values: sum(values) / len(values), "max": max, "min": min}[embeddings.pooling]
    return torch.stack([pool([vector[place] for vector in vectors]) for place in range(len(vectors[0]))])


@pytest.fixture(scope="module")
def linear(tmp_path_factory):
    classifier = build_word_classifier(DocumentPoolEmbeddings([make_static(), make_static(3, name="more")]))
    return classifier, load_model(save(classifier, tmp_path_factory.mktemp("mean")))


class TestMeanPoolingWithALinearDecoderIsExactInOneStep:
    @pytest.mark.parametrize("baseline", ["pad", "zero", "mean"])
    @pytest.mark.parametrize("score", ["centred", "logit"])
    def test_a_words_share_is_its_vector_times_the_labels_coefficients(self, linear, baseline, score):
        classifier, model = linear
        method = IntegratedGradients(baseline=baseline, score=score)
        coefficients = classifier.decoder.weight.detach().double().numpy()
        if score == "centred":
            coefficients = coefficients - coefficients.mean(axis=0)
        for place, explanation in enumerate(explain_labels(model, SHORT, method=method)):
            encoded = model.encoder.encode(SHORT)
            moved = (encoded.embedded - encoded.baselines[baseline])[0].double().numpy()
            assert_allclose(explanation.attributions, moved @ coefficients[place] / len(moved), atol=1e-5)
            assert abs(explanation.gap) < 1e-5
            assert explanation.evaluations == 3

    def test_from_pad_an_unknown_word_gets_nothing(self, linear):
        explanation = explain(linear[1], "Shares qqq fell")
        values = {word.text: word.attribution for word in explanation.words()}
        assert values["qqq"] == 0
        assert abs(values["Shares"]) > 0.01

    def test_in_multi_label_models_the_logit_alone_is_explained(self, tmp_path):
        classifier = build_word_classifier(DocumentPoolEmbeddings([make_static()]), multi_label=True)
        model = load_model(save(classifier, tmp_path))
        assert_faithful(classifier, model, SHORT, PARAGRAPHS)
        encoded = model.encoder.encode(SHORT)
        moved = (encoded.embedded - encoded.baselines["pad"])[0].detach().numpy()
        expected = moved @ classifier.decoder.weight[1].detach().numpy() / len(moved)
        assert_allclose(explain(model, SHORT, model.labels[1]).attributions, expected, atol=1e-5)


class TestTies:
    def test_words_that_are_alike_share_what_their_largest_element_gives(self, tmp_path):
        classifier = build_word_classifier(DocumentPoolEmbeddings([make_static()], pooling="max"))
        explanation = explain(load_model(save(classifier, tmp_path)), "market market market")
        first, *others = explanation.attributions
        assert np.abs(explanation.attributions).max() > 0.01
        assert_allclose(others, first)
