import pickle

import numpy as np
import pytest

from attribution import Prediction, Token
from attribution.explanation import relative_gap
from tests.attribution.stand_ins import explanation


class TestWords:
    def test_a_word_has_the_sum_of_its_tokens(self):
        tokens = (
            Token("[CLS]", 0, 0, special=True),
            Token("un", 0, 2, word=0),
            Token("##fair", 2, 6, word=0),
            Token("!", 6, 7, word=1),
        )
        found = explanation("unfair!", [0.5, 0.25, -1.0, 2.0], tokens=tokens).words()
        assert [(word.text, word.start, word.end, word.attribution) for word in found] == [
            ("unfair", 0, 6, -0.75),
            ("!", 6, 7, 2.0),
        ]


class TestGap:
    def test_the_gap_is_the_sum_less_the_difference_of_the_scores(self):
        whole = explanation("a b", [1.0, -3.0])
        assert whole.gap == 0.0
        assert whole.relative_gap == 0.0

    def test_the_relative_gap_keeps_the_sign_of_the_gap(self):
        assert relative_gap(-0.1, -2.0) == pytest.approx(-0.05)
        assert relative_gap(0.1, -2.0) == pytest.approx(0.05)

    def test_without_a_difference_any_gap_is_infinite(self):
        assert relative_gap(0.0, 0.0) == 0.0
        assert relative_gap(-0.1, 0.0) == -np.inf


class TestFrozen:
    def test_attributions_cannot_be_written(self):
        with pytest.raises(ValueError, match="read-only"):
            explanation("a b", [1.0, 2.0]).attributions[0] = 5.0

    def test_one_attribution_a_token_is_checked(self):
        with pytest.raises(ValueError, match=r"one attribution a token \(2\)"):
            explanation("a b", [1.0])

    def test_an_explanation_survives_pickling(self):
        whole = explanation("a b", [1.0, -3.0])
        assert pickle.loads(pickle.dumps(whole)).words() == whole.words()


class TestPrediction:
    def test_single_label_models_assign_the_most_probable_label(self):
        prediction = Prediction(("a", "b", "c"), np.zeros(3), np.array([0.2, 0.5, 0.3]))
        assert (prediction.label, prediction.probability, prediction.assigned) == ("b", 0.5, ("b",))
        assert prediction.ranked() == [("b", 0.5), ("c", 0.3), ("a", 0.2)]

    def test_multi_label_models_assign_every_label_above_its_threshold(self):
        prediction = Prediction(("a", "b", "c"), np.zeros(3), np.array([0.6, 0.5, 0.3]), np.array([0.7, 0.5, 0.2]))
        assert prediction.assigned == ("c",)
        assert prediction.label == "a"
        assert prediction.predicted == ("c",)
        assert prediction.ordered() == ("c", "a", "b")

    def test_those_predicted_are_those_assigned_or_the_most_probable_where_none_is(self):
        chances = np.array([0.6, 0.9, 0.3])
        several, none = (Prediction(("a", "b", "c"), np.zeros(3), chances, np.full(3, limit)) for limit in (0.5, 0.95))
        assert (several.assigned, several.predicted) == (("a", "b"), ("b", "a"))
        assert (none.assigned, none.predicted) == ((), ("b",))
