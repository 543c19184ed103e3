import pytest

from attribution.render import draw_labels, draw_words
from tests.attribution.stand_ins import explanation


class TestDrawWords:
    def test_the_strongest_words_each_way_are_shown_in_order(self):
        figure = draw_words(explanation("a b c d e", [0.1, -0.5, 0.4, -0.2, 0.3]), top_k=2)
        assert list(figure.data[0].x) == [-0.5, -0.2, 0.3, 0.4]
        assert list(figure.layout.yaxis.ticktext) == ["<b>b</b>", "<b>d</b>", "<b>e</b>", "<b>c</b>"]

    def test_a_word_that_comes_twice_is_told_apart_by_what_stands_before_it(self):
        figure = draw_words(explanation("the bank lent a bank money", [0.0, 0.5, 0.0, 0.0, 0.4, 0.1]), top_k=3)
        assert list(figure.layout.yaxis.ticktext) == ["<b>money</b>", "lent a <b>bank</b>", "the <b>bank</b>"]

    def test_the_context_is_one_hover_away(self):
        figure = draw_words(explanation("the bank lent money", [0.0, 0.5, 0.0, 0.1]))
        assert "the bank lent money" in figure.data[0].customdata[-1][1]

    def test_markup_and_formulas_in_words_are_text(self):
        figure = draw_words(explanation("<a&b> $x$", [0.5, 0.25]))
        assert list(figure.layout.yaxis.ticktext) == ["<b>&#36;x&#36;</b>", "<b>&lt;a&amp;b&gt;</b>"]
        assert figure.data[0].customdata[1][0] == "&lt;a&amp;b&gt;"

    @pytest.mark.parametrize("values", [[0.5, 0.2], [-0.5, -0.2], [0.0, 0.0]])
    def test_one_sign_alone_or_none_at_all_draws(self, values):
        figure = draw_words(explanation("a b", values))
        assert len(figure.data[0].x) == sum(value != 0 for value in values)

    def test_charts_with_one_scale_have_one_axis(self):
        first, second = (draw_words(explanation("a", [value]), scale=2.0) for value in (2.0, -0.5))
        assert first.layout.xaxis.range == second.layout.xaxis.range
        assert first.layout.xaxis.range[0] == -first.layout.xaxis.range[1]


class TestDrawLabels:
    def test_labels_stand_by_probability_and_the_explained_one_has_its_own_colour(self):
        prediction = explanation("a", [1.0], labels=("x", "y", "z"), probabilities=(0.2, 0.5, 0.3)).prediction
        bar = draw_labels(prediction, label="z").data[0]
        assert list(bar.x) == pytest.approx([20, 30, 50])
        assert len({bar.marker.color[0], bar.marker.color[2]}) == 1
        assert bar.marker.color[1] != bar.marker.color[0]

    def test_of_many_labels_the_most_probable_and_the_explained_one_are_shown(self):
        labels = tuple(f"label {index}" for index in range(100))
        chances = tuple((100 - index) / 5050 for index in range(100))
        prediction = explanation("a", [1.0], labels=labels, probabilities=chances).prediction
        names = draw_labels(prediction, label="label 99").layout.yaxis.ticktext
        assert len(names) == 15
        assert names[0] == "label 99"
        assert names[-1] == "label 0"

    def test_thresholds_of_multi_label_models_are_marked(self):
        prediction = explanation("a", [1.0], probabilities=(0.2, 0.5), thresholds=(0.4, 0.6)).prediction
        assert list(draw_labels(prediction).data[1].x) == pytest.approx([40, 60])
