from dataclasses import replace

import numpy as np
import pytest

from attribution import GradientNorm, Prediction
from attribution.render import say_completeness, say_doubts, say_sum, say_trust, say_unread
from attribution.texts.tokens import Span
from tests.attribution.stand_ins import explanation

SHOWN = explanation("a b", [1.0, 1.0])


class TestCompleteness:
    @pytest.mark.parametrize(
        ("score", "baseline_score", "converged", "said"),
        [
            (2.0, 0.0, True, "adds up within 0.1 %"),
            (1.99, 0.0, True, "adds up within 0.5 %"),
            (-1.99, -4.0, False, "misses 0.5 % of what the words change"),
            (4.0, 0.0, False, "misses 50.0 % of what the words change"),
            (2.11, 0.1, True, "adds up within 0.5 %"),
        ],
    )
    def test_it_is_a_share_of_the_difference_of_the_scores(self, score, baseline_score, converged, said):
        shown = replace(SHOWN, score=score, baseline_score=baseline_score, converged=converged)
        assert say_completeness(shown) == said

    def test_where_the_scores_hardly_differ_the_miss_itself_is_named(self):
        shown = explanation("a b", [1.0, -1.0])
        assert say_completeness(replace(shown, score=0.01)) == "adds up within 0.01 logits"
        assert say_completeness(replace(shown, score=1e-6)) == "adds up within 0.0001 logits"
        assert say_completeness(replace(SHOWN, score=0.1, converged=False)) == "does not add up"

    def test_a_value_has_no_logits(self):
        shown = replace(SHOWN, prediction=replace(SHOWN.prediction, value=2.0))
        assert say_completeness(replace(shown, score=2.02)) == "adds up within 0.02"
        assert say_completeness(replace(shown, score=2.3, converged=False)) == "misses 0.3 of what the words change"
        small = replace(shown, attributions=1e-6 * shown.attributions, score=2.5e-6, converged=False)
        assert say_completeness(small) == "misses 5e-07 of what the words change"


class TestTrust:
    def test_it_says_whether_the_numbers_converged_and_at_what_cost(self):
        shown = replace(SHOWN, evaluations=16)
        assert say_trust(shown) == (
            "Converged: the score starts at 0.00 without words, the words add +2.00, and it ends at 2.00. It adds "
            "up within 0.1 %, 16 evaluations."
        )
        shown = replace(shown, score=4.0, converged=False)
        assert say_trust(shown) == (
            "Not converged: the score starts at 0.00 without words, the words add +2.00, and it ends at 4.00. It "
            "misses 50.0 % of what the words change, 16 evaluations."
        )

    def test_what_was_stopped_is_a_preview(self):
        assert say_trust(replace(SHOWN, cancelled=True)) == "A preview: it was stopped before its end."

    def test_what_has_no_sum_says_so(self):
        shown = replace(SHOWN, baseline_score=float("nan"), method=GradientNorm())
        assert say_trust(shown).endswith("not shares of the score.")
        assert say_trust(replace(shown, converged=False)).endswith("Not converged: it needs more samples.")


class TestSum:
    def test_of_a_value_and_of_a_contrast(self):
        value = replace(SHOWN, prediction=replace(SHOWN.prediction, value=2.0))
        assert say_sum(value).startswith("the value starts at 0.00 without words")
        assert say_sum(replace(SHOWN, rather_than="b")).startswith("the difference of the scores starts at 0.00")

    def test_words_that_take(self):
        shown = replace(explanation("a b", [0.3, -0.35]), baseline_score=1.42, score=1.37)
        assert say_sum(shown) == "the score starts at 1.42 without words, the words add −0.050, and it ends at 1.37"


class TestDoubts:
    """The words together are not always why a label scores as it does."""

    ADVICE = "Another baseline, or a contrast with another label, may tell more."

    def test_where_the_words_decide_there_are_none(self):
        assert say_doubts(SHOWN) == []
        assert say_doubts(replace(SHOWN, baseline_score=float("nan"))) == []

    def test_words_that_add_little(self):
        shown = replace(SHOWN, baseline_score=1.42, score=1.37)
        (doubt,) = say_doubts(shown)
        assert doubt.startswith("Together the words add −0.050 to a score of 1.37: most of it is there without them.")
        assert doubt.endswith(self.ADVICE)
        assert say_doubts(replace(shown, cancelled=True)) == []

    def test_words_that_take_from_the_label_of_the_text(self):
        label = SHOWN.prediction.assigned[0]
        (doubt,) = say_doubts(replace(SHOWN, label=label, baseline_score=3.0, score=2.0))
        assert f"take 1.00 from the score of {label}, and the model files the text under it" in doubt
        other = next(name for name in SHOWN.prediction.labels if name != label)
        assert say_doubts(replace(SHOWN, label=other, baseline_score=3.0, score=2.0)) == []

    @pytest.mark.parametrize(
        ("probabilities", "thresholds", "doubted"),
        [
            ([0.55, 0.3, 0.15], None, True),
            ([0.45, 0.3, 0.25], None, False),
            ([0.55, 0.45], None, False),
            ([0.98, 0.02], None, True),
            ([0.55, 0.1, 0.1], [0.5, 0.5, 0.5], False),
            ([0.75, 0.1, 0.1], [0.5, 0.5, 0.5], True),
        ],
    )
    def test_a_baseline_that_is_filed_under_the_label(self, probabilities, thresholds, doubted):
        labels = (SHOWN.label, *("b", "c")[: len(probabilities) - 1])
        baseline = Prediction(
            labels, np.log(probabilities), np.array(probabilities), None if thresholds is None else np.array(thresholds)
        )
        doubts = say_doubts(replace(SHOWN, baseline_prediction=baseline))
        assert bool(doubts) == doubted
        if doubted:
            assert (
                f"Without any words the model gives {SHOWN.label} {probabilities[0]:.0%}".replace("%", " %")
                in doubts[0]
            )
        assert say_doubts(replace(SHOWN, baseline_prediction=baseline, rather_than="b")) == []


class TestUnread:
    def test_a_text_read_to_its_end_needs_no_word(self):
        assert say_unread(SHOWN) == []

    def test_what_was_not_read_is_counted(self):
        shown = replace(SHOWN, text="a b" + 1500 * "c", unread=(Span(1, 3), Span(3, 1503)))
        shown = replace(shown, source=("a b", 1503 * "c"))
        assert say_unread(shown) == [
            "The model did not read the last 67 % of the first text (2 of 3 characters).",
            "The model did not read the last >99 % of the second text (1,500 of 1,503 characters).",
        ]
