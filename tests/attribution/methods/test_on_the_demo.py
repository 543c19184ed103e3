"""The default engine on the real demo model: held to Captum with many steps, and to what bounds it."""

import json

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
from attribution.corpus.documents import Document
from attribution.corpus.running.worker import Worker
from attribution.report import to_json, verify


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


@pytest.fixture(scope="module")
def taught(demo_checkpoint):
    """The model after four texts, and texts that it has not seen."""
    model = load_model(demo_checkpoint)
    texts = [paragraph.text[:170].rpartition(" ")[0] for paragraph in demo.paragraphs(held_out=True)]
    for text in texts[:8:2]:
        assert explain(model, text).learned_from == 0
    return model, texts[9:18:3]


class TestLearnedPoints:
    def test_other_texts_need_fewer_evaluations_and_are_as_exact(self, taught):
        model, texts = taught
        found = [explain(model, text) for text in texts]
        assert all(one.learned_from >= 4 and one.converged for one in found)
        assert min(one.evaluations for one in found) == 12
        for text, one in zip(texts, found, strict=True):
            assert abs(one.relative_gap) <= 0.01
            reference = explain(model, text, method=CaptumIntegratedGradients(steps=100)).attributions
            assert distance(one.attributions, reference) < 0.03

    def test_several_labels_get_what_each_gets_alone(self, taught):
        model, texts = taught
        for explanation in explain_labels(model, texts[0], model.labels[:2]):
            alone = explain(model, texts[0], explanation.label)
            assert explanation.evaluations == alone.evaluations
            assert_allclose(explanation.attributions, alone.attributions, atol=1e-4)

    def test_documents_in_company_get_what_they_get_alone(self, taught):
        model, texts = taught
        documents = [Document(number, str(number), text) for number, text in enumerate(texts)]
        outcomes = Worker(model, IntegratedGradients(), "predicted").explain(documents)
        for text, outcome in zip(texts, outcomes, strict=True):
            (one,), alone = outcome.explanations, explain(model, text)
            assert (one.evaluations, one.learned_from) == (alone.evaluations, alone.learned_from)
            assert_allclose(one.attributions, alone.attributions, atol=1e-4)
            assert one.score == pytest.approx(alone.score, abs=1e-4)
            assert_allclose(one.baseline_prediction.logits, alone.baseline_prediction.logits, atol=1e-4)

    def test_points_of_its_own_can_be_asked_for(self, taught):
        model, texts = taught
        explanation = explain(model, texts[0], method=IntegratedGradients(points="adaptive"))
        assert explanation.learned_from == 0
        assert explanation.evaluations > 12

    def test_a_report_agrees_with_a_model_that_has_learned_nothing(self, taught, demo_checkpoint):
        model, texts = taught
        report = json.loads(to_json(explain(model, texts[0])))
        assert report["learned_from"] >= 4
        untaught = load_model(demo_checkpoint)
        assert verify(report, untaught).agrees
        largest = max(report["tokens"], key=lambda token: abs(token["attribution"]))
        largest["attribution"] *= 1.5
        assert not verify(report, untaught).agrees


class TestSeveralLabels:
    def test_each_gets_what_it_gets_alone(self, model, text):
        method = IntegratedGradients(points="adaptive")
        for explanation in explain_labels(model, text, method=method):
            alone = explain(model, text, explanation.label, method)
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
