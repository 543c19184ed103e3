import re
from dataclasses import replace
from html import unescape
from math import e, nan

import pytest

from attribution import Occlusion
from attribution.methods import GradientNorm
from attribution.render import GUIDE, PLAIN_BELOW, Comparison, render_comparison, render_page
from attribution.render.guide import render_limits, tell_limits, tell_limits_of_sums
from tests.attribution.stand_ins import explanation


@pytest.fixture(scope="module")
def shown():
    return explanation("a b", [1.0, -0.5])


def join(parts):
    return "\n".join(point for part in parts for point in part.points)


class TestLimits:
    def test_a_report_ends_with_the_sentences_of_the_page(self, shown):
        page = {point for part in GUIDE for point in part.points}
        limits = [point for part in tell_limits([shown]) for point in part.points]
        assert set(limits) <= page
        columns = {"a": shown, "b": shown}
        for html in (render_page(shown), render_comparison(Comparison("Two", columns))):
            read = unescape(re.sub("</?code>", "`", html.rpartition('<section id="how-to-read"')[2]))
            assert [point for point in limits if point not in read] == []
            assert html.count('href="#how-to-read"') == html.count('id="how-to-read"') == 1

    def test_what_does_not_add_up_is_not_said_to(self, shown):
        assert "add up to the difference" in join(tell_limits([shown]))
        occluded = replace(shown, baseline_score=nan, method=Occlusion())
        assert "add up to the difference" not in join(tell_limits([occluded]))
        assert "do not add up" in join(tell_limits([occluded]))

    def test_a_method_without_a_sign_is_not_said_to_have_one(self, shown):
        assert "no sign" in join(tell_limits([replace(shown, method=GradientNorm())]))
        assert "no sign" not in join(tell_limits([shown]))

    def test_of_a_value_nothing_is_said_of_labels_and_probabilities(self, shown):
        valued = replace(shown, prediction=replace(shown.prediction, value=2.5))
        assert not re.search("logit|score|probabilit|Trust", join(tell_limits([valued])))
        assert "in its own units" in join(tell_limits([valued]))

    def test_a_contrast_is_told_apart(self, shown):
        assert "A contrast shares" in join(tell_limits([shown, shown], shown))
        assert "A contrast shares" not in join(tell_limits([shown, shown]))

    def test_of_sums_it_tells_of_documents(self):
        assert "over the documents that were explained" in join(tell_limits_of_sums())

    def test_what_is_typed_is_code(self, shown):
        assert "<code>python -m attribution verify report.json</code>" in render_limits(tell_limits([shown]))


def test_numbers_in_the_guide_are_those_of_the_code():
    assert f"less than {100 * PLAIN_BELOW:.0f} %" in join(GUIDE)
    assert f"{e:.1f} times as high" in join(GUIDE)
    assert "at most 1 % of the difference" in join(GUIDE)
    assert explanation("a", [1.0]).method.tolerance == 0.01
