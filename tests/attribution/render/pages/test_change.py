"""A changed copy in words and as a document, of explanations made by hand."""

import re
from dataclasses import replace
from html import unescape

import pytest

from attribution.ablation.deciding_words import Finding, Removal
from attribution.ablation.what_if import Change, vary
from attribution.ablation.without import delete_from
from attribution.render import render_change, render_copy, say_change, say_files, say_finding, say_side_effects
from attribution.texts.tokens import Span, Token, find_kept
from tests.attribution.stand_ins import explanation

TEXT = "Your <b>bill</b> is due on Monday"
BEFORE = explanation(TEXT, [0.1, 3.0, 0.0, 1.0, 0.0, -0.5], probabilities=(0.88, 0.12))


def spans(text, *words):
    return tuple(Span(text.index(word), text.index(word) + len(word)) for word in words)


def change(*, copy=TEXT, dropped=(), masked=(), found=None, probabilities=(0.17, 0.83)) -> Change:
    gone, hidden = spans(copy, *dropped), spans(copy, *masked)
    variant, _ = vary(
        copy, [*gone, *hidden], dropped=range(len(gone)), masked=range(len(gone), len(gone) + len(hidden))
    )
    values = [-0.25 + index for index in range(len(variant.text.split()))]
    after = explanation(variant.text, values, probabilities=probabilities)
    return Change(BEFORE, after, copy, gone, hidden, found)


class TestSentence:
    @pytest.mark.parametrize(
        ("made", "said"),
        [
            ({"dropped": ["due"]}, "Without “due”, good goes from 88 % to 17 %."),
            ({"dropped": ["due", "on"]}, "Without “due” and “on”, good goes from 88 % to 17 %."),
            ({"masked": ["Your"]}, "With “Your” masked, good goes from 88 % to 17 %."),
            (
                {"copy": "All is due on Monday", "dropped": ["All"], "masked": ["is"]},
                "With the text rewritten, without “All” and with “is” masked, good goes from 88 % to 17 %.",
            ),
            ({"copy": "Paid"}, "With the text rewritten, good goes from 88 % to 17 %."),
        ],
    )
    def test_it_says_what_was_changed_and_both_probabilities(self, made, said):
        assert say_change(change(**made)) == said

    def test_more_than_five_words_are_counted(self):
        copy = "a1 b2 c3 d4 e5 f6 g7 h8"
        said = say_change(change(copy=copy, dropped=copy.split()[:7]))
        assert "without “a1”, “b2”, “c3”, “d4”, “e5” and 2 more words, good goes" in said

    def test_shares_that_are_shown_alike_get_decimals(self):
        before = explanation(TEXT, [1.0] * 6, probabilities=(0.9512, 0.0488))
        after = explanation(TEXT, [1.0] * 6, probabilities=(0.9498, 0.0502))
        assert "good goes from 95.1 % to 95.0 %" in say_change(Change(before, after, TEXT))

    def test_it_says_what_the_copy_is_filed_under(self):
        kept, turned = (change(dropped=["due"], probabilities=chances) for chances in ((0.6, 0.4), (0.4, 0.6)))
        assert say_files(BEFORE.prediction, kept.after.prediction) == "The model files the copy as it did the text."
        assert say_files(BEFORE.prediction, turned.after.prediction) == "The model files the copy under bad."

    def test_words_that_decide_are_named(self):
        after = change(dropped=["due"]).after.prediction
        found = Finding("word", Removal((3,), delete_from(BEFORE, (3,)), after, 0.17, 0.88))
        assert say_finding(found, BEFORE) == (
            "Without “due”, good goes from 88 % to 17 %; no other single word moves it further. The model then files "
            "it under bad."
        )

    def test_of_several_words_each_is_needed(self):
        after = change(dropped=["due", "on"]).after.prediction
        found = Finding("flip", Removal((3, 4), delete_from(BEFORE, (3, 4)), after, 0.17, 0.88))
        assert say_finding(found, BEFORE) == (
            "Without these 2 words: “due”, “on”, good goes from 88 % to 17 %. The model then files it under bad. With "
            "any one of them back, it still files it under good."
        )


class TestCopy:
    @pytest.mark.parametrize("dropped", [[], ["due"], ["Your"], ["Your", "<b>bill</b>", "Monday"]])
    def test_what_was_dropped_stands_struck_through_in_its_place(self, dropped):
        html = render_copy(change(dropped=dropped))
        text, _, note = html.partition("</div>")
        assert unescape(re.sub(r"<[^>]+>", "", text)) == TEXT
        assert ("Struck through" in note, "Hatched" in note) == (bool(dropped), False)
        shown = [unescape(word) for word in re.findall(r'<span class="word dropped"[^>]*>([^<]*)</span>', html)]
        assert shown == dropped

    def test_what_is_left_has_the_colours_of_the_second_explanation(self):
        made = change(dropped=["is"])
        found = re.findall(r'data-attribution="([^"]+)" title="[^"]*">([^<]*)<', render_copy(made))
        values = {word: float(value) for value, word in found}
        assert values == {
            "Your": -0.25,
            "&lt;b&gt;bill&lt;/b&gt;": 0.75,
            "is": 0.0,
            "due": 1.75,
            "on": 2.75,
            "Monday": 3.75,
        }

    def test_a_masked_word_is_marked(self):
        html = render_copy(change(masked=["due"]))
        assert re.search(r'class="word masked"[^>]*>due<', html)
        assert "Hatched: the model is given the mask in its place." in html

    def test_a_word_that_joined_over_a_dropped_one_is_drawn_on_both_sides_of_it(self):
        after = explanation("ac", [1.0])
        made = Change(explanation("abc", [1.0]), after, "abc", (Span(1, 2),))
        assert re.findall(r">([^<>]+)</span>", render_copy(made)) == ["a", "b", "c"]

    @pytest.mark.parametrize("gone", [[], [(0, 1)], [(2, 3)], [(0, 1), (2, 3)], [(4, 5)]])
    def test_what_is_kept_is_what_deleting_leaves(self, gone):
        text = "a b c"
        kept = "".join(text[one.start : one.end] for one in find_kept(text, gone))
        assert kept.split() == [
            word for place, word in enumerate(text.split()) if (2 * place, 2 * place + 1) not in gone
        ]


class TestUnread:
    def test_where_the_reading_of_the_copy_ended_is_marked_in_it(self):
        whole = replace(change(dropped=["Your"]), before=replace(BEFORE, unread=(Span(20, len(BEFORE.text)),)))
        read = (Token("<b>bill</b>", 0, 11, word=0),)
        made = replace(whole, after=explanation(whole.after.text, [1.0], tokens=read, truncated_at=11))
        assert made.copy[made.unread_from :] == " is due on Monday"
        html = render_copy(made)
        assert re.search(r'<span class="unread-from"></span><span class="unread"[^>]*> is due on Monday</span>', html)
        assert whole.unread_from is None
        assert "unread" not in render_copy(whole)

    def test_that_what_is_left_stands_together_is_said(self):
        joined = change(copy="[REF] is due", dropped=["REF"])
        (said,) = say_side_effects(joined)
        assert said == "The text around the dropped words is joined: the model reads “[]” as one word."
        assert said in unescape(render_change(joined))
        assert say_side_effects(change(copy="[REF] is due", dropped=["is"])) == []
        assert say_side_effects(change(copy="[REF] is due", masked=["REF"])) == []

    def test_that_dropped_words_make_room_is_said(self):
        long = replace(BEFORE, unread=(Span(20, len(BEFORE.text)),))
        (said,) = say_side_effects(replace(change(dropped=["due"]), before=long))
        assert "did not read before" in said
        assert said in unescape(render_change(replace(change(dropped=["due"]), before=long)))
        assert (
            say_side_effects(change(dropped=["due"]))
            == say_side_effects(replace(change(masked=["due"]), before=long))
            == []
        )


class TestPage:
    @pytest.fixture
    def page(self):
        prediction = change(dropped=["due"]).after.prediction
        found = Finding("word", Removal((3,), delete_from(BEFORE, (3,)), prediction, 0.17, 0.88))
        return render_change(change(copy=f"{TEXT} <i>", dropped=["due"], found=found))

    def test_the_sentence_comes_first(self, page):
        heading = re.search("<h1>(.*?)</h1>", page).group(1)
        assert heading == "With the text rewritten and without “due”, good goes from 88&nbsp;% to 17&nbsp;%."
        assert page.index("<h1>") < page.index('<div class="whylight"')

    def test_both_texts_stand_on_one_scale(self, page):
        assert page.count('<div class="whylight" dir="auto"') == 2
        assert page.count('class="whylight-legend"') == 1
        assert "+4.75" in page.partition('class="whylight-legend"')[2][:400]

    def test_every_label_stands_before_and_after(self, page):
        rows = [re.sub("<[^>]+>", "|", row) for row in re.findall("<tr><td>(?:good|bad).*?</tr>", page)]
        assert [[cell for cell in row.split("|") if cell] for row in rows] == [
            ["good", "88 %", "17 %", "−71.0 points"],
            ["bad", "12 %", "83 %", "+71.0 points"],
        ]

    def test_difference_findings_settings_and_model_are_told(self, page):
        for part in ("<ins>", "no other single word moves it further", "0" * 64, "Integrated gradients; baseline pad"):
            assert part in page

    def test_text_is_text_and_nothing_is_fetched(self, page):
        assert "<b>" not in page
        assert "<i>" not in page
        assert "default-src 'none'" in page
        assert len(page) < 100_000  # no chart, and so not the script that draws them
