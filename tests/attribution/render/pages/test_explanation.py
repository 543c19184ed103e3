from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import plotly.io
import pytest

from attribution import Prediction, Token
from attribution.render import render_fragment, render_page, say
from attribution.texts.tokens import Span
from tests.attribution.stand_ins import explanation


class Document(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.addresses = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in {"src", "href", "srcset", "action"}]


@pytest.fixture(scope="module")
def hostile():
    return explanation("a <img/src=x> </script> b", [1.0, -0.5, 0.2, 0.1], labels=("<script>good", "bad"))


class TestPage:
    def test_nothing_of_the_text_or_the_label_becomes_a_tag(self, hostile):
        harmless = explanation("a b c d", [1.0, -0.5, 0.2, 0.1])
        assert Document(render_page(hostile)).tags == Document(render_page(harmless)).tags

    def test_it_needs_nothing_else(self, hostile):
        html = render_page(hostile)
        assert Document(html).addresses == ["#how-to-read"]  # within itself
        assert "default-src 'none'" in html

    def test_it_tells_where_it_comes_from(self):
        html = render_page(explanation("a b", [1.0, 2.0]))
        assert "0" * 64 in html
        assert "tolerance 0.01" in html

    @pytest.mark.parametrize("template", ["none", "seaborn"])
    def test_its_charts_are_the_same_whatever_plotly_draws_by_default(self, monkeypatch, template):
        def render():
            return render_page(explanation("good news", [1.0, -0.5]), created=datetime(2026, 1, 2, tzinfo=UTC))

        expected = render()
        assert '"automargin":true' in expected.rpartition("<h1>")[2]
        monkeypatch.setattr(plotly.io.templates, "default", template)
        assert render() == expected

    def test_what_was_not_read_of_the_first_of_two_texts_is_told(self):
        tokens = (Token("one", 0, 3, word=0), Token("four", 18, 22, word=1))
        shown = explanation("one two & three\n\n\nfour", [1.0, 1.0], tokens=tokens)
        html = render_page(replace(shown, unread=(Span(3, 15),)))
        assert "% of the first text (12 of " in html
        assert "all of it, without the characters 4 to 15" in html

    def test_it_shows_subwords_to_a_reader_of_subwords(self):
        tokens = (Token("go", 0, 2, word=0), Token("##od", 2, 4, word=0), Token("[SEP]", 0, 0, word=None, special=True))
        html = render_page(explanation("good", [1.0, -0.5, 0.1], tokens=tokens), unit="subword")
        assert "Every subword" in html
        assert "##od" in html
        assert '<td class="context"></td>' in html

    def test_what_has_not_converged_says_so(self):
        html = render_page(replace(explanation("a b", [1.0, 2.0]), converged=False))
        assert '<p class="warning">Not converged' in html
        assert html.count("Not converged") == 2  # and among the facts


class TestFragment:
    def test_a_notebook_shows_the_coloured_text(self):
        shown = explanation("a b", [1.0, 2.0])
        assert shown._repr_html_() == render_fragment(shown)
        assert 'class="whylight"' in shown._repr_html_()

    def test_it_says_what_was_not_read(self):
        shown = explanation("a b", [1.0, 2.0])
        assert "did not read" not in render_fragment(shown)
        assert "did not read the last 57 % of the text (4 of 7 characters)" in render_fragment(
            replace(shown, text="a b c d", unread=(Span(3, 7),))
        )

    def test_it_escapes_what_it_shows(self, hostile):
        assert "img" not in Document(render_fragment(hostile)).tags


class TestSay:
    def test_the_label_that_was_explained_is_named(self):
        shown = explanation("a", [1.0], probabilities=(0.25, 0.75))
        assert say(shown) == "The model files this under bad (75 %). What spoke for good (25 %)?"
        assert say(replace(shown, label="bad")) == "The model files this under bad (75 %). Why?"

    def test_of_thousands_of_labels_the_first_are_named(self):
        labels, many = tuple(f"label {place}" for place in range(5000)), np.full(5000, 0.75)
        prediction = Prediction(labels, np.log(many / (1 - many)), many, np.full(5000, 0.5))
        said = say(replace(explanation("a b", [1.0, 1.0]), label="label 0", prediction=prediction))
        assert "label 19 (75 %) and 4,980 more." in said
        assert len(said) < 600
