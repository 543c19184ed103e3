"""The default engine on the real demo model: held to Captum with many steps, and to what bounds it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from attribution import (
    AttributionError,
    CaptumIntegratedGradients,
    IntegratedGradients,
    Occlusion,
    demo,
    explain,
    explain_labels,
    load_model,
)


@pytest.fixture(scope="module")
def model(demo_checkpoint):
    return load_model(demo_checkpoint)


@pytest.fixture(scope="module")
def text():
    """The beginning of a sample, about fifty subwords."""
    return demo.samples()[2].text[:220].rpartition(" ")[0]


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


class TestDeletion:
    def test_a_word_has_what_the_score_loses_when_the_library_reads_the_text_without_it(self, model):
        text = "The bank raised its forecast."
        explanation = explain(model, text, "business", Occlusion(baseline="delete", score="logit"))
        left = ["bank raised its forecast.", "The raised its forecast.", "The bank its forecast."]
        left += ["The bank raised forecast.", "The bank raised its.", "The bank raised its forecast"]

        def log_odds(text):  # of two labels: what a softmax keeps of the logits
            chances = model.kind.predict_itself(text)
            return np.log(chances["business"] / chances["sport"])

        other = explain(model, text, "sport", Occlusion(baseline="delete", score="logit"))
        found = [one.attribution - two.attribution for one, two in zip(explanation.words(), other.words(), strict=True)]
        assert found == pytest.approx([log_odds(text) - log_odds(without) for without in left], abs=1e-3)
        assert explanation.evaluations == 7

    def test_of_one_word_nothing_is_left(self, model):
        with pytest.raises(AttributionError, match="Nothing is left"):
            explain(model, "football", method=Occlusion(baseline="delete"))
