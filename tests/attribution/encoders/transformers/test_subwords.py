"""Texts that tokenizers and Flair treat oddly: every word stays where it stands, and the prediction is Flair's."""

from __future__ import annotations

import time

import pytest

from attribution import EmptyTextError, explain
from tests.attribution.encoders.checks import assert_faithful, assert_words_fit, open_both

ODD = {
    "special tokens": "A [SEP] cup [PAD] and [CLS] the </s> final <mask> of <pad> a [MASK] <s> <|endoftext|> [FLERT]",
    "glued special tokens": "cup[SEP]match</s>final<mask>end",
    "nothing but padding": "[PAD]",
    "nothing but the end": "</s>",
    "zero-width characters": "The cup\u200b was w\u200bon \u2764\ufe0f by \ufeffthe\u200d team",
    "Windows-1252 leftovers": "The \x93market\x94 fell \x85 today\x92s",
    "control characters": "The \x00cup\x07 was \x1b[31mwon\x7f today\t\r\n\x0bnow \x01 end",
    "right to left": "السوق انخفض اليوم שלום the market",
    "combining": "Zu\u0308rich İstanbul ﬁnal ǅ ß ΑΣ e\u0301\u0301 …",
    "wide": "東京都 は ﷺ 𝔘𝔫𝔦 👩‍👩‍👧 🏳️‍🌈 ½ ①",
    "spaces": "  a\u00a0b \u3000 c\u2003d  \n\n\n e ",
    "one emoji": "🙂",
    "soft hyphens": "mar\u00adket \u00ad x",
    "the marks of subwords": "▁ ▁a Ġ Ġb ## ##a a@@ b</w>",
    "dots": ". . . ... …… -- ——",
    "private and unassigned": "\ue000 \uffff x \U0010ffff",
    "an endless word": "a" * 500 + " end",
    "markup": '<script>alert("&amp;")</script> **bold** `x`',
}
FAMILIES = ("bert", "roberta", "xlm-roberta", "gpt2", "phobert")


@pytest.fixture(scope="module", params=FAMILIES)
def both(request, tmp_path_factory):
    return open_both(tmp_path_factory.mktemp(request.param), request.param, cls_pooling="mean")


class TestOddTexts:
    @pytest.mark.parametrize("text", ODD.values(), ids=ODD)
    def test_a_word_is_where_it_stands(self, both, text):
        classifier, model = both
        assert_faithful(classifier, model, text)
        explanation = explain(model, text)
        assert explanation.text == text
        assert_words_fit(explanation, literal=False)
        assert abs(explanation.relative_gap) <= 0.01

    @pytest.mark.parametrize("text", ["\u200b\ufeff", "\u200b \u200b\ufe0f"])
    def test_invisible_characters_alone_are_no_text(self, both, text):
        with pytest.raises(EmptyTextError):
            both[1].predict(text)


class TestLongTexts:
    def test_a_hundred_thousand_words(self, tmp_path):
        classifier, model = open_both(tmp_path, "bert")
        text = "The market rose, and the striker scored. " * 10_000
        start = time.perf_counter()
        explanation = explain(model, text)
        print(f"\n100 000 words: {time.perf_counter() - start:.1f} s")
        assert explanation.truncated_at < 1000
        assert_words_fit(explanation)
        assert_faithful(classifier, model, text[:2000])
        assert model.predict(text[:2000]).probabilities.tolist() == explanation.prediction.probabilities.tolist()
