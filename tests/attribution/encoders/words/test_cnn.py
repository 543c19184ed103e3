"""Convolutional documents, against loops over kernels, places and words."""

from __future__ import annotations

import pytest
import torch
from flair.embeddings import DocumentCNNEmbeddings
from numpy.testing import assert_allclose

from attribution import CaptumIntegratedGradients, IntegratedGradients, explain, load_model
from tests.attribution.encoders.checks import PARAGRAPHS, assert_faithful, assert_tells_texts_apart, assert_words_fit
from tests.models.transformers import save
from tests.models.words import build_word_classifier, make_character_model, make_static

SHORT = "Shares fell in Zürich, and the market closed early."
KINDS = {
    "kernels of two sizes": {"kernels": ((4, 2), (3, 3))},
    "kernels of one word": {"kernels": ((5, 1),)},
    "kernels longer than a text": {"kernels": ((3, 2), (3, 30))},
    "reprojected words": {"kernels": ((4, 2),), "reproject_words_dimension": 3},
    "words as they are": {"kernels": ((4, 2),), "reproject_words": False},
    "without dropout": {"kernels": ((4, 2),), "dropout": 0.0},
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def both(request, tmp_path_factory):
    words = [make_static(), make_character_model()]
    classifier = build_word_classifier(DocumentCNNEmbeddings(words, **KINDS[request.param]))
    return classifier, load_model(save(classifier, tmp_path_factory.mktemp("cnn")))


class TestEveryKind:
    def test_probabilities_are_those_of_the_classifier_that_was_saved(self, both):
        assert_faithful(*both, SHORT, "goal", "won twice", PARAGRAPHS)
        assert_tells_texts_apart(both[1], SHORT, "goal", PARAGRAPHS)

    @pytest.mark.parametrize("text", [SHORT, "goal"])
    def test_a_batch_is_read_as_loops_over_kernels_places_and_words_read_it(self, both, text):
        classifier, model = both
        encoded = model.encoder.encode(text)
        batch = torch.randn(3, *encoded.embedded.shape[1:], generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            expected = torch.stack([classifier.decoder(read_words(classifier.embeddings, row)) for row in batch])
            assert_allclose(model.encoder.logits(batch, encoded), expected, atol=1e-5)

    def test_attributions_are_complete_or_say_that_they_are_not(self, both):
        for text in (SHORT, "goal", PARAGRAPHS):
            explanation = explain(both[1], text, method=IntegratedGradients(max_evaluations=1000))
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

    def test_facts_name_the_kernels(self, both):
        facts = both[1].describe()
        assert "over" in str(facts["Kernels"])
        assert all(isinstance(value, (str, int, bool)) for value in facts.values())


def read_words(embeddings, words):
    """[W, D] -> [H]: the largest answer of each kernel over all places, never below zero."""
    words = list(words)
    while len(words) < max(size for _, size in embeddings.kernels):
        words.append(torch.zeros(len(words[0])))
    if embeddings.reproject_words:
        projection = embeddings.word_reprojection_map
        words = [projection.weight @ word + projection.bias for word in words]
    answers = []
    for convolution in embeddings.convs:
        size = convolution.kernel_size[0]
        for kernel, bias in zip(convolution.weight, convolution.bias, strict=True):
            places = range(len(words) - size + 1)
            best = max(
                float(bias + sum(kernel[:, step] @ words[place + step] for step in range(size))) for place in places
            )
            answers.append(max(best, 0.0))
    return torch.tensor(answers)
