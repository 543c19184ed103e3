"""The default engine on the real demo model: held to Captum with many steps, and to what bounds it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from attribution import CaptumIntegratedGradients, IntegratedGradients, demo, explain, explain_labels, load_model


@pytest.fixture(scope="module")
def model(demo_checkpoint):
    return load_model(demo_checkpoint)


@pytest.fixture(scope="module")
def text():
    return demo.samples()[2].text.partition("\n\n")[0]


@pytest.fixture(scope="module")
def reference(model, text):
    return explain(model, text, method=CaptumIntegratedGradients(steps=200)).attributions


def distance(values, reference):
    return np.abs(values - reference).sum() / np.abs(reference).sum()


class TestAgainstCaptum:
    def test_the_default_is_within_three_percent_a_token(self, model, text, reference):
        explanation = explain(model, text)
        assert explanation.converged
        assert abs(explanation.relative_gap) <= 0.01
        assert explanation.evaluations <= 40
        assert distance(explanation.attributions, reference) < 0.03

    def test_both_agree_to_one_percent_at_convergence(self, model, text, reference):
        explanation = explain(model, text, method=IntegratedGradients(tolerance=1e-3))
        assert distance(explanation.attributions, reference) < 0.01


class TestSeveralLabels:
    def test_each_gets_what_it_gets_alone(self, model, text):
        for explanation in explain_labels(model, text):
            alone = explain(model, text, explanation.label)
            assert_allclose(explanation.attributions, alone.attributions, atol=1e-4)


class TestHalfPrecision:
    def test_it_gives_the_words_what_float32_does(self, model):
        """On a short text: a processor without bfloat16 of its own takes a hundred times as long."""
        text = "The bank raised its forecast after the match."
        whole, half = (
            explain(model, text, method=IntegratedGradients(precision=precision, max_evaluations=9))
            for precision in ("float32", "bfloat16")
        )
        assert np.corrcoef(whole.attributions, half.attributions)[0, 1] >= 0.999
        assert (whole.attributions != half.attributions).any()
