import json
import re

import pytest

from attribution import explain, load_model
from attribution.ablation.deciding_words import find_flip, find_strongest_removal
from attribution.ablation.what_if import Variant, explain_variant
from tests.ui import reader
from tests.ui.reader import explain as explain_text
from tests.ui.reader import follow, open_page, run, upload

TEXT = "The referee asked the bank what its forecast would have been."
LABELS = ("alpha", "beta", "gamma")


@pytest.fixture
def model(make_checkpoint):
    return load_model(make_checkpoint(LABELS))


@pytest.fixture
def page(keep):
    """The What-if page of a text that was explained with a small model."""
    return follow({"model": keep(LABELS)}, "pages/what_if.py", text=TEXT)


def write(page, text):
    page.text_area(key="what_if_text").set_value(text)
    return run(page)


def press(page, key):
    page.button(key=key).click()
    return run(page)


def coloured(page):
    return sum('<div class="whylight"' in body for body in reader.bodies(page))


def touch(page, word, click="dropped"):
    """What a click on a word of the copy does; AppTest has no clicks on custom components, tests/e2e has."""
    text, states = page.session_state["what_if_text"], {word: click}
    page.session_state["_what_if_words"] = (text, states)
    return run(page)


def copied(page):
    """The words of the copy as they are given to the browser."""
    (found,) = (element for element in page.main if element.type == "bidi_component")
    return json.loads(found.proto.json)


class TestCopy:
    def test_it_starts_as_the_text_and_says_what_to_do(self, make_checkpoint):
        page = explain_text(upload(open_page(), make_checkpoint(LABELS)), TEXT)
        page.switch_page("pages/what_if.py")
        run(run(page))  # AppTest brings persistent widgets back in the second run, a browser in the first
        assert page.text_area(key="what_if_text").value == TEXT
        assert "".join(part["text"] for part in copied(page)["parts"]) == TEXT
        assert any("still the same" in found.value for found in page.markdown)

    def test_a_change_is_marked_and_asked(self, page, model):
        changed = TEXT.replace("bank", "club")
        write(page, changed)
        assert any("<del>bank</del><ins>club</ins>" in body for body in reader.bodies(page))
        assert "".join(part["text"] for part in copied(page)["parts"]) == changed
        label = model.predict(TEXT).label
        assert any(f"{label} goes from" in reader.unescape(found.value) for found in page.markdown)

    def test_words_that_the_model_does_not_read_are_left_alone(self, page):
        page.session_state["_what_if_words"] = (TEXT, {1: "dropped", 99: "masked"})
        assert "".join(part["text"] for part in copied(run(page))["parts"]) == TEXT
        assert not page.error

    def test_it_can_be_started_again(self, page):
        press(write(page, "Another text."), "what_if_reset")
        assert page.text_area(key="what_if_text").value == TEXT

    @pytest.mark.parametrize("copy", ["", "  \n ", "\u200b"])
    def test_an_empty_copy_gets_a_sentence_and_can_be_written_anew(self, page, copy):
        write(page, copy)
        assert reader.errors(page)
        assert page.text_area(key="what_if_text").value == copy

    def test_a_dropped_word_stays_to_be_put_back_and_the_rest_has_the_numbers_of_the_text_without_it(self, page, model):
        touch(page, 1)
        parts = [part for part in copied(page)["parts"] if "word" in part]
        assert [part["text"] for part in parts if part["state"] == "dropped"] == ["referee"]
        alone = explain(model, TEXT.replace(" referee", ""), copied(page)["label"])
        shown = [part["attribution"] for part in parts if not part["state"]]
        assert shown == pytest.approx([word.attribution for word in alone.words()], abs=1e-4)

    def test_a_masked_word_keeps_its_place_and_changes_the_prediction(self, page, model):
        touch(page, 1, "masked")
        label = copied(page)["label"]
        expected = explain_variant(model, Variant(TEXT, (TEXT.index("referee"),)), label)
        shown = [part["attribution"] for part in copied(page)["parts"] if "word" in part and not part["state"]]
        others = [word.attribution for word in expected.words() if word.text != "referee"]
        assert shown == pytest.approx(others, abs=1e-4)

    def test_all_words_dropped_get_a_sentence(self, page, model):
        page.session_state["_what_if_words"] = (TEXT, dict.fromkeys(range(len(model.encode(TEXT).spans)), "dropped"))
        run(page)
        assert any("empty" in error for error in reader.errors(page))


class TestFinding:
    def test_the_word_that_moves_it_most_is_the_backends(self, page, model):
        press(page, "find_word")
        explanation = explain(model, TEXT)
        found = find_strongest_removal(model, explanation)
        word = explanation.words()[found.words[0]].text
        assert f"**{word}**" in reader.unescape(page.success[0].value)

    def test_markdown_in_the_word_that_was_found_is_text(self, keep):
        page = follow({"model": keep(LABELS)}, "pages/what_if.py", text="* _ ` $")
        press(page, "find_word")
        assert re.search(r"Without \*\*\\[*_`$]\*\*", page.success[0].value)

    def test_what_was_found_is_seen_in_the_copy(self, page, model):
        press(page, "find_flip")
        found = find_flip(model, explain(model, TEXT))
        if found is None:
            assert any("Nothing was found" in said.value for said in page.info)
            press(page, "find_word")
            found = find_strongest_removal(model, explain(model, TEXT))
        press(page, "take_found")
        gone = [part["word"] for part in copied(page)["parts"] if part.get("state") == "dropped"]
        assert gone == list(found.words)
