"""Where the score is linear in what moves, the smallest number of evaluations finds the closed form."""

from __future__ import annotations

import pytest
from flair.embeddings import DocumentPoolEmbeddings
from numpy.testing import assert_allclose

from attribution import InputXGradient, IntegratedGradients, explain_labels, load_model
from tests.models.transformers import save
from tests.models.words import build_word_classifier, make_static

TEXT = "Shares fell in Zürich, and nobody in the market knew why."


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    classifier = build_word_classifier(DocumentPoolEmbeddings([make_static(), make_static(3, name="more")]))
    return classifier, load_model(save(classifier, tmp_path_factory.mktemp("mean")))


@pytest.fixture(scope="module")
def coefficients(both):
    """[C, D], of the centred scores."""
    weights = both[0].decoder.weight.detach().double()
    return (weights - weights.mean(dim=0)).numpy()


class TestMeanOfWords:
    @pytest.mark.parametrize("baseline", ["pad", "zero", "mean"])
    def test_the_first_panel_of_the_path_is_exact(self, both, coefficients, baseline):
        encoded = both[1].encoder.encode(TEXT)
        moved = (encoded.embedded - encoded.baselines[baseline])[0].double().numpy()
        for label, explanation in enumerate(
            explain_labels(both[1], TEXT, method=IntegratedGradients(baseline=baseline))
        ):
            assert explanation.converged
            assert explanation.evaluations <= 3  # one panel
            assert abs(explanation.gap) < 1e-5
            assert_allclose(explanation.attributions, moved @ coefficients[label] / len(moved), atol=1e-5)

    def test_one_gradient_is_enough(self, both, coefficients):
        vectors = both[1].encoder.encode(TEXT).embedded[0].double().numpy()
        for label, explanation in enumerate(explain_labels(both[1], TEXT, method=InputXGradient())):
            assert explanation.evaluations == 1
            assert_allclose(explanation.attributions, vectors @ coefficients[label] / len(vectors), atol=1e-5)
