"""Explanations put to the test in words and as a document, with measures made by hand."""

import re

import numpy as np
import pytest

from attribution.ablation.measures import Faithfulness, Metric
from attribution.ablation.trial import Trial
from attribution.render import render_trial, say_trial, tabulate_trial
from tests.attribution.stand_ins import explanation

TEXT = "Your <b>bill</b> is due"


def measure(value: float) -> Faithfulness:
    metrics = {
        name: Metric(value * sign, np.full(20, 0.1 * sign), sign > 0)
        for name, sign in (("comprehensiveness", 1), ("sufficiency", -1), ("log_odds", -1))
    }
    curve = np.linspace(0.9, 0.2, 6)
    curves = {"explanation": curve, "random": curve, "reverse": curve}
    shares = np.linspace(0, 0.5, 6)
    told = {"probability": 0.9, "without_strongest": 0.2, "without_random": 0.7}
    return Faithfulness(how="delete", shares=shares, curves=curves, words=2, **metrics, **told)


def make(question, *values, orders=((1.0, 2.0, 0.5, -1.0),)) -> Trial:
    names = tuple(f"<i>{number}" for number in range(len(values)))
    explained = tuple(explanation(TEXT, list(orders[number % len(orders)])) for number in range(len(values)))
    return Trial(question, names, explained, tuple(map(measure, values)), seed=3)


class TestSentence:
    @pytest.mark.parametrize(
        ("value", "said"),
        [
            (0.6, "Strong evidence that these words matter to the model: without the strongest 1 to 50 % of them, the "
             "probability falls by 0.50 more on average than without as many random ones (0.50 to 0.50 over 95 %"),
            (0.2, "Weak evidence that these words matter to the model"),
            (0.1, "No evidence that these words matter more than others"),
        ],
    )  # fmt: skip
    def test_of_one_it_is_the_evidence(self, value, said):
        assert say_trial(make("faithfulness", value)).startswith(said)

    def test_of_several_it_is_the_best(self):
        assert say_trial(make("methods", 0.2, 0.6)) == (
            "On this text, <i>1 is clearly more faithful than <i>0: without its strongest words the probability falls "
            "by 0.60 on average, without those of the other by 0.20 (comprehensiveness)."
        )

    def test_that_none_is_clearly_better_is_said(self):
        assert say_trial(make("methods", 0.6, 0.62)) == (
            "On this text, none of the others is clearly more faithful than <i>0."
        )


class TestTable:
    def test_a_row_has_the_measures_and_the_correlation_with_the_first(self):
        table = tabulate_trial(make("baselines", 0.2, 0.6, orders=((1.0, 2.0, 0.5, -1.0), (-1.0, -2.0, -0.5, 1.0))))
        assert list(table["comprehensiveness"]) == [0.2, 0.6]
        assert list(table["better than random"]) == [100, 100]
        assert list(table["rank correlation"]) == pytest.approx([1, -1])


class TestPage:
    @pytest.fixture
    def document(self):
        return render_trial(make("baselines", 0.2, 0.6, orders=((1.0, 2.0, 0.5, -1.0), (-1.0, 2.0, 0.5, 1.0))))

    def test_the_verdict_comes_first(self, document):
        heading = re.search("<h1>(.*?)</h1>", document).group(1)
        assert heading.startswith("On this text, &lt;i&gt;1 is clearly more faithful than &lt;i&gt;0")

    def test_measures_curves_texts_and_sides_are_there(self, document):
        assert document.count('id="curves-') == 2
        assert document.count('<div class="whylight" dir="auto"') == 2
        assert "2 of 4 words change sides with the baseline" in document
        (row,) = re.findall("<tr><td>&lt;i&gt;1</td>.*?</tr>", document)
        assert [cell for cell in re.sub("<[^>]+>", "|", row).split("|") if cell][1:] == [
            "+0.600",
            "+0.50 (+0.50 to +0.50)",
            "100 % of random orders",
            "−0.600",
            "−0.600",
            "+0.20",
        ]

    def test_settings_and_model_are_told(self, document):
        for part in ("Beside 20 random orders", "drawn with the seed 3", "deleted from the text", "0" * 64):
            assert part in document

    def test_text_is_text(self, document):
        assert "<b>bill" not in document
        assert "<i>" not in document.partition("<main>")[2]
