from dataclasses import replace

import numpy as np
import pytest

from attribution import GradientNorm, contrast
from attribution.render import Comparison, render_comparison, say_scales
from tests.attribution.render.pages.test_explanation import Document
from tests.attribution.stand_ins import explanation

HOSTILE = "<img/src=x>"


def compare(*texts, contrast=None, **options):
    columns = {f"{number}: {text}": explanation(text, values, **options) for number, (text, values) in enumerate(texts)}
    return Comparison("Side by side", columns, contrast)


class TestTabulate:
    def test_one_text_is_told_of_place_by_place_those_that_change_sides_first(self):
        table = compare(("a b a", [1.0, 0.5, -1.0]), ("a b a", [5.0, -0.5, -1.0])).tabulate()
        assert list(table["word"]) == ["b", "a", "a"]
        assert list(table["depends"]) == [True, False, False]
        assert list(table.columns) == ["word", "0: a b a", "1: a b a", "depends", "context"]

    def test_two_texts_are_told_of_word_by_word_and_each_adds_up_to_its_own_sum(self):
        first, second = ("The bank the", [1.0, 0.5, -0.25]), ("the film", [-0.5, 2.0])
        comparison = compare(first, second)
        table = comparison.tabulate().set_index("word")
        assert table.loc["The"].to_list() == [0.75, -0.5, True, 2, 1]
        assert np.isnan(table.loc["film", "0: The bank the"])
        assert table.loc["film", "0: The bank the: times"] == 0
        assert not table.loc["film", "depends"]
        for name, one in comparison.columns.items():
            assert table[name].sum() == pytest.approx(one.attributions.sum())

    def test_what_is_next_to_zero_changes_no_side(self):
        table = compare(("a b", [1.0, 0.01]), ("a b", [1.0, -0.5])).tabulate()
        assert not table["depends"].any()


class TestScales:
    PALE = (("a b", [1.0, -4.0]), ("c d", [0.3, -0.1]))

    def test_all_share_that_of_the_strongest_word_and_who_has_no_colour_on_it_is_named(self):
        comparison = compare(*self.PALE)
        assert comparison.scales() == [4.0, 4.0]
        (said,) = say_scales(comparison)
        assert "no word of “1: c d” is strong enough for a colour" in said
        assert "no word of “1: c d”" in render_comparison(comparison)
        assert say_scales(compare(self.PALE[0], ("c d", [0.33, -0.1]))) == []

    def test_each_has_its_own_and_a_legend_where_that_is_chosen(self):
        comparison = replace(compare(*self.PALE), own_scales=True)
        assert comparison.scales() == [4.0, 0.3]
        html = render_comparison(comparison)
        assert html.count('<div class="whylight-legend">') == 2
        assert "the same colour can mean different numbers" in html
        assert "each on a scale of its own" in html


class TestRenderComparison:
    def test_all_columns_share_one_legend_and_one_scale(self):
        html = render_comparison(compare(("a b", [1.0, -0.5]), ("c", [-4.0])))
        assert html.count('class="whylight-legend"') == 1
        assert html.count('<div class="whylight"') == 2
        assert "−4.00<span" in html
        assert html.count("[-5.12,5.12]") == 2  # the axes of both charts

    def test_a_contrast_is_told_in_its_own_words_and_has_the_chart(self):
        first, second = (
            explanation("a b", values, label=label) for values, label in (([1, 2], "good"), ([2, 0], "bad"))
        )
        comparison = Comparison("Labels", {"good": first, "bad": second}, contrast(first, second))
        html = render_comparison(comparison)
        assert "<h2>Why good rather than bad?</h2>" in html
        assert 'id="contrast"' in html
        assert 'id="words-0"' not in html

    def test_a_method_without_a_sign_beside_one_with_gets_a_legend_of_its_own(self):
        columns = {"a": explanation("a", [1.0]), "b": replace(explanation("a", [2.0]), method=GradientNorm())}
        assert render_comparison(Comparison("Two", columns)).count('class="whylight-legend"') == 2

    def test_nothing_of_text_label_name_or_title_becomes_a_tag(self):
        odd = explanation(f"a {HOSTILE} </script>", [1.0, -0.5, 0.2], labels=(HOSTILE, "bad"))
        other = explanation("b", [1.0], labels=(HOSTILE, "bad"))
        document = Document(render_comparison(Comparison(HOSTILE, {HOSTILE: odd, "b": other})))
        plain = Document(render_comparison(compare(("a", [1.0]), ("b", [1.0]))))
        assert "img" not in document.tags
        assert document.tags.count("script") == plain.tags.count("script")
        assert document.addresses == ["#how-to-read"]

    def test_facts_that_all_share_stand_there_once(self):
        html = render_comparison(compare(("a b", [1.0, 2.0]), ("c", [1.0])))
        assert html.count("0" * 64) == 1
        assert "<td>3 characters, 2 words read</td><td>1 characters, 1 words read</td>" in html
