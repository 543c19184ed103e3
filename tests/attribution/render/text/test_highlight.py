import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

from attribution import GradientNorm, Token
from attribution.render import render_legend, render_passage, render_shared_legend, render_text, tint
from attribution.texts.tokens import Span, Word
from tests.attribution.stand_ins import explanation


class Page(HTMLParser):
    """Reads HTML back as a browser would: its text, and the attributes of its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.words, self.tags = "", [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        attributes = dict(attributes)
        if "word" in attributes.get("class", "").split():
            self.words.append(attributes)

    def handle_data(self, data):
        self.text += data


HOSTILE = "Say <script>alert(1)</script> & \"quote' <img src=x onerror=alert(1)> </div>"


class TestRenderText:
    @pytest.mark.parametrize("text", ["one two", "  one\n\n\ttwo  three \n", HOSTILE, "שלום עולם", "emoji 👩‍🔬 here"])
    def test_the_text_is_what_it_was(self, text):
        assert Page(render_text(explanation(text, [0.1] * len(text.split())))).text == text

    def test_markup_in_the_text_and_in_the_label_is_text(self):
        html = render_text(explanation(HOSTILE, [0.1] * len(HOSTILE.split()), labels=("<b onx='1'>", "other")))
        assert set(Page(html).tags) == {"div", "span"}
        assert 'data-label="&lt;b onx=&#x27;1&#x27;&gt;"' in html

    def test_every_word_carries_its_attribution(self):
        page = Page(render_text(explanation("good bad plain", [0.5, -0.25, 0.001])))
        assert [float(word["data-attribution"]) for word in page.words] == [0.5, -0.25, 0.001]

    def test_words_for_and_against_differ_by_class_and_weak_words_have_neither(self):
        page = Page(render_text(explanation("good bad plain", [0.5, -0.25, 0.001])))
        assert [word["class"] for word in page.words] == ["word for", "word against", "word"]
        assert "style" not in page.words[2]

    def test_colour_grows_with_size_on_the_scale_that_is_given(self):
        def weights(scale):
            words = Page(render_text(explanation("a b", [0.2, -0.4]), scale=scale)).words
            return [float(re.search(r"[\d.]+", word["style"])[0]) for word in words]

        assert weights(None)[0] < weights(None)[1]
        assert weights(1.0)[1] < weights(None)[1]
        assert weights(0.1)[0] == weights(0.1)[1]

    def test_the_tooltip_tells_attribution_rank_and_subwords(self):
        tokens = (Token("un", 0, 2, word=0), Token("##fair", 2, 6, word=0), Token("act", 7, 10, word=1))
        words = Page(render_text(explanation("unfair act", [0.5, -0.25, 1.0], tokens=tokens))).words
        assert words[0]["title"] == "“unfair” +0.250 logits · rank 2 of 2\nsubwords: un +0.500, ##fair −0.250"
        assert words[1]["title"] == "“act” +1.000 logits · rank 1 of 2"

    def test_what_the_model_did_not_read_is_marked(self):
        tokens = (Token("one", 0, 3, word=0),)
        html = render_text(explanation("one two & three", [1.0], tokens=tokens, truncated_at=3))
        unread = '<span class="unread" title="The model did not read this."> two &amp; three</span>'
        assert f'<span class="unread-from"></span>{unread}' in html
        assert Page(html).text == "one two & three"

    def test_much_that_it_did_not_read_is_folded_and_counted(self):
        tokens = (Token("one", 0, 3, word=0),)
        rest = " <two>" * 400
        html = render_text(explanation("one" + rest, [1.0], tokens=tokens, truncated_at=3))
        assert '<details class="unread"><summary aria-label="2,400 characters that the model did not read">' in html
        assert Page(html).text == "one" + rest

    def test_what_it_did_not_read_of_the_first_of_two_texts_is_marked(self):
        tokens = (Token("one", 0, 3, word=0), Token("four", 18, 22, word=1))
        found = replace(explanation("one two & three\n\n\nfour", [1.0, 1.0], tokens=tokens), unread=(Span(3, 15),))
        html = render_text(found)
        assert '<span class="unread" title="The model did not read this."> two &amp; three</span>\n\n\n<span' in html
        assert Page(html).text == found.text

    def test_where_it_stopped_within_a_word_the_rest_behind_the_word_is_marked(self):
        tokens = (Token("on", 0, 2, word=0), Token("four", 18, 22, word=1))
        found = replace(explanation("one two & three\n\n\nfour", [1.0, 1.0], tokens=tokens), unread=(Span(2, 15),))
        found = replace(found, spans=(Span(0, 3), Span(18, 22)))
        html = render_text(found)
        assert '<span class="unread" title="The model did not read this."> two &amp; three</span>\n\n\n<span' in html
        assert Page(html).text == found.text

    def test_subwords_are_coloured_one_by_one(self):
        tokens = (Token("[CLS]", 0, 0, special=True), Token("un", 0, 2, word=0), Token("##fair", 2, 6, word=0))
        page = Page(render_text(explanation("unfair", [0.0, 0.5, -0.25], tokens=tokens), unit="subword"))
        assert [float(word["data-attribution"]) for word in page.words] == [0.5, -0.25]
        assert page.text == "unfair"

    def test_subwords_that_share_a_character_are_drawn_as_one(self):
        tokens = (Token("ĠâĢ", 0, 1, word=0), Token("¦", 0, 1, word=0), Token("Ġok", 2, 4, word=1))
        page = Page(render_text(explanation("… ok", [0.5, 0.25, 1.0], tokens=tokens), unit="subword"))
        assert page.text == "… ok"
        assert [float(word["data-attribution"]) for word in page.words] == [0.75, 1.0]

    def test_a_text_in_which_nothing_matters_is_plain(self):
        page = Page(render_text(explanation("a b", [0.0, 0.0])))
        assert [word["class"] for word in page.words] == ["word", "word"]


class TestLegend:
    def test_the_legend_names_the_label_and_the_scale(self):
        page = Page(render_legend(replace(explanation("a", [1.0]), label="<i>sport</i>"), 1.25))
        assert "against <i>sport</i>−1.25" in page.text
        assert "i" not in page.tags

    def test_what_has_no_sign_is_against_nothing(self):
        page = Page(render_legend(replace(explanation("a", [1.0]), method=GradientNorm()), 1.25))
        assert "against" not in page.text
        assert "0+1.25" in page.text


class TestSharedLegend:
    def test_a_label_that_all_have_is_named_and_of_several_none_is(self):
        one, other = (explanation("a", [1.0], label=label) for label in ("good", "bad"))
        assert "against good−1.00" in Page(render_shared_legend([one, one], 1.0)).text
        shared = Page(render_shared_legend([one, other], 1.0)).text
        assert "good" not in shared
        assert "against the column’s label−1.00" in shared


class TestTint:
    def test_signs_have_their_own_colours_and_zero_has_none(self):
        assert tint(1.0, 1.0) != tint(-1.0, 1.0)
        assert tint(0.01, 1.0) == ""


class TestPassage:
    TEXT = "The <b>bank</b> and the bank"
    WORDS = (Word("The", 0, 3, 0.1), Word("<b>bank</b>", 4, 15, -1.0), Word("bank", 24, 28, 0.5))

    def read(self, **options):
        return render_passage(self.TEXT, self.WORDS, label="sport", scale=1.0, **options)

    def test_the_text_is_whole_and_escaped(self):
        html = self.read()
        assert unescape(re.sub(r"<[^>]*>", "", html)) == self.TEXT
        assert "<b>" not in html
        assert html.count('class="word') == 3

    def test_a_window_holds_a_part_of_it_and_frames_what_is_sought(self):
        html = self.read(window=(16, 28), sought=24)
        assert unescape(re.sub(r"<[^>]*>", "", html)) == "…and the bank"
        assert re.search(r'<mark class="sought"><span class="word for"[^>]*>bank</span></mark>', html)


class TestParagraphs:
    ARABIC = "السلام عليكم"

    def test_each_runs_in_its_own_direction_where_some_run_from_right_to_left(self):
        text = f"{self.ARABIC}\n\n* one **bold** item\r\nscored & won."
        tokens = (Token("one", 16, 19, word=0), Token("scored", 35, 41, word=1))
        html = render_text(explanation(text, [1.0, -1.0], tokens=tokens))
        inside = html.partition(">")[2].removesuffix("</div>")
        paragraphs = re.findall(r'<div dir="auto">(.*?)</div>', inside, re.DOTALL)
        assert "".join(f'<div dir="auto">{one}</div>' for one in paragraphs) == inside
        bare = [unescape(re.sub("<[^>]*>", "", one)) for one in paragraphs]
        assert bare == [f"{self.ARABIC}\n", "\n", "* one **bold** item\r\n", "scored & won."]
        assert inside.count('<span class="word') == 2

    def test_so_does_what_was_not_read_and_a_stretch_of_a_document(self):
        text = f"one\n{self.ARABIC}\nmore"
        found = replace(explanation(text, [1.0], tokens=(Token("one", 0, 3, word=0),)), unread=(Span(3, len(text)),))
        for html in (render_text(found), render_passage(text, found.words(), label="good", scale=1.0)):
            assert html.count('<div dir="auto">') == 3
            assert unescape(re.sub("<[^>]*>", "", html)) == text

    def test_a_long_end_that_was_not_read_keeps_its_paragraphs(self):
        text = f"one {self.ARABIC}\n" + "more words\n" * 200
        found = replace(explanation(text, [1.0], tokens=(Token("one", 0, 3, word=0),)), unread=(Span(3, len(text)),))
        html = render_text(found)
        assert html.count('<div dir="auto">') > 200
        assert unescape(re.sub("<[^>]*>", "", html)) == text

    def test_a_stretch_of_a_document_ends_with_whole_letters(self):
        text = "ae\u0301 one e\u0301b"
        html = render_passage(text, [], label="good", scale=1.0, window=(2, 9))
        assert unescape(re.sub("<[^>]*>", "", html)) == "…e\u0301 one e\u0301…"
