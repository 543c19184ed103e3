from dataclasses import replace

import pytest

from attribution import GradientNorm
from attribution.render import say_completeness, say_trust, say_unread
from attribution.tokens import Span
from tests.attribution.stand_ins import explanation

SHOWN = explanation("a b", [1.0, 1.0])


class TestCompleteness:
    @pytest.mark.parametrize(
        ("score", "baseline_score", "converged", "said"),
        [
            (2.0, 0.0, True, "accounts for 100.0 % of the score"),
            (1.99, 0.0, True, "accounts for 99.5 % of the score"),
            (-1.99, -4.0, False, "misses 0.5 % of the score"),
            (4.0, 0.0, False, "misses 50.0 % of the score"),
            (2.11, 0.1, True, "accounts for 99.5 % of the score"),
        ],
    )
    def test_it_is_a_share_of_the_difference_of_the_scores(self, score, baseline_score, converged, said):
        shown = replace(SHOWN, score=score, baseline_score=baseline_score, converged=converged)
        assert say_completeness(shown) == said

    def test_where_the_scores_hardly_differ_the_miss_itself_is_named(self):
        shown = explanation("a b", [1.0, -1.0])
        assert say_completeness(replace(shown, score=0.01)) == "accounts for the score within 0.01 logits"
        assert say_completeness(replace(shown, score=1e-6)) == "accounts for the score within 0.0001 logits"
        assert say_completeness(replace(SHOWN, score=0.1, converged=False)) == "does not add up to the score"

    def test_a_value_has_no_logits(self):
        shown = replace(SHOWN, prediction=replace(SHOWN.prediction, value=2.0))
        assert say_completeness(replace(shown, score=2.02)) == "accounts for the value within 0.02"
        assert say_completeness(replace(shown, score=2.3, converged=False)) == "misses 0.3 of the value"
        small = replace(shown, attributions=1e-6 * shown.attributions, score=2.5e-6, converged=False)
        assert say_completeness(small) == "misses 5e-07 of the value"


class TestTrust:
    def test_it_says_whether_the_numbers_converged_and_at_what_cost(self):
        shown = replace(SHOWN, evaluations=16)
        assert say_trust(shown) == "Converged: it accounts for 100.0 % of the score, 16 evaluations."
        shown = replace(shown, score=4.0, converged=False)
        assert say_trust(shown) == "Not converged: it misses 50.0 % of the score, 16 evaluations."

    def test_what_was_stopped_is_a_preview(self):
        assert say_trust(replace(SHOWN, cancelled=True)) == "A preview: it was stopped before its end."

    def test_what_has_no_sum_says_so(self):
        shown = replace(SHOWN, baseline_score=float("nan"), method=GradientNorm())
        assert say_trust(shown).endswith("no shares of the score.")
        assert say_trust(replace(shown, converged=False)).endswith("Not converged: it needs more samples.")


class TestUnread:
    def test_a_text_read_to_its_end_needs_no_word(self):
        assert say_unread(SHOWN) == []

    def test_what_was_not_read_is_counted(self):
        shown = replace(SHOWN, text="a b" + 1500 * "c", truncated_at=3, skipped=Span(1, 3))
        assert say_unread(shown) == [
            "The model did not read the last 2 characters of the first text.",
            "The model did not read the last 1,500 characters.",
        ]
