import re

import numpy as np
import pytest

from attribution import demo
from tests.ui import reader
from tests.ui.reader import explain, follow, open_page, run, upload

SAMPLE = demo.samples()[0].text


@pytest.fixture
def page():
    """The first page that the reader opens."""
    return follow({}, "pages/labels.py")


def table(page):
    return next(frame.value for frame in page.dataframe if "label" in frame.value.columns)


class TestLabelDictionary:
    def test_it_is_complete_when_it_is_the_first_page_opened(self, page, stand_in_model):
        prediction = stand_in_model.predict(SAMPLE)
        assert list(table(page)["index"]) == list(range(5))
        assert tuple(table(page)["label"]) == stand_in_model.labels == demo.LABELS
        np.testing.assert_allclose(table(page)["probability"], prediction.probabilities, atol=1e-6)
        np.testing.assert_allclose(table(page)["logit"], prediction.logits, atol=1e-5)
        assert not reader.unexplained(page)
        assert not page.error

    def test_what_the_model_is_made_of_is_told(self, page, stand_in):
        facts = next(frame.value for frame in page.dataframe if "fact" in frame.value.columns)
        facts = dict(zip(facts["fact"], facts["value"], strict=True))
        assert facts["SHA-256"] == stand_in.stem
        assert facts["Labels"] == "5"
        assert any("BertModel" in body for body in reader.bodies(page))

    @pytest.mark.parametrize(
        ("search", "found"), [("TEC", ["tech"]), ("t", ["entertainment", "politics", "sport", "tech"]), (".*", [])]
    )
    def test_a_search_is_for_a_part_of_the_name_in_either_case(self, page, search, found):
        page.text_input(key="label_search").set_value(search)
        run(page)
        assert list(table(page)["label"]) == found
        assert any(f"{len(found)} of 5 labels" in caption.value for caption in page.caption)

    def test_probabilities_are_those_of_the_text_that_was_explained(self, stand_in_model):
        page = explain(open_page(), "The striker scored twice in the cup final.")
        run(page.switch_page("pages/labels.py"))
        expected = stand_in_model.predict("The striker scored twice in the cup final.")
        np.testing.assert_allclose(table(page)["probability"], expected.probabilities, atol=1e-6)

    def test_a_text_without_words_still_tells_of_the_model(self):
        page = explain(open_page(), "  ")
        run(page.switch_page("pages/labels.py"))
        (sentence,) = reader.errors(page)
        assert "Paste at least one word." in sentence
        assert any('<pre class="modules"' in body for body in reader.bodies(page))

    def test_a_model_is_uploaded_here_too(self, page, make_checkpoint):
        upload(page, make_checkpoint(("alpha", "beta")), "mine.pt")
        assert list(table(page)["label"]) == ["alpha", "beta"]
        assert any("mine.pt" in reader.unescape(caption.value) for caption in page.caption)

    def test_a_bad_upload_gets_a_sentence_and_the_table_remains(self, page):
        upload(page, b"no checkpoint")
        (sentence,) = reader.errors(page)
        assert sentence.startswith("model.pt was not opened. ")
        assert tuple(table(page)["label"]) == demo.LABELS

    def test_several_labels_a_text_show_their_thresholds(self, page, make_checkpoint):
        upload(page, make_checkpoint(("red", "blue"), multi_label=True, threshold=0.25))
        assert list(table(page)["threshold"]) == [0.25, 0.25]

    def test_five_hundred_labels_are_listed_and_searched(self, page, make_checkpoint):
        upload(page, make_checkpoint(tuple(f"topic {number:03d}" for number in range(500))))
        assert len(table(page)) == 500
        page.text_input(key="label_search").set_value("topic 49")
        run(page)
        assert list(table(page)["index"]) == list(range(490, 500))

    def test_labels_that_are_markup_are_text(self, page, make_checkpoint):
        upload(page, make_checkpoint(reader.HOSTILE_LABELS), "**b** <img src=x>.pt")
        assert tuple(table(page)["label"]) == reader.HOSTILE_LABELS
        page.text_input(key="label_search").set_value("<SCRIPT>")
        run(page)
        assert list(table(page)["label"]) == ["<script>alert(1)</script>"]
        for shown in reader.markdown(page):
            assert not re.search(r"(?<!\\)(\*\*b|<img)", shown)

    def test_unk_is_a_label_like_any_other(self, page, make_checkpoint):
        upload(page, make_checkpoint(("alpha", "beta"), unk=True))
        assert list(table(page)["label"]) == ["<unk>", "alpha", "beta"]
