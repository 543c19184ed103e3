import pytest

from attribution import explain, load_model
from attribution.what_if import find_flip, find_strongest_removal
from tests.pages import reader
from tests.pages.reader import explain as explain_text
from tests.pages.reader import open_page, run, upload

TEXT = "The referee asked the bank what its forecast would have been."
LABELS = ("alpha", "beta", "gamma")


@pytest.fixture
def model(make_checkpoint):
    return load_model(make_checkpoint(LABELS))


@pytest.fixture
def page(make_checkpoint):
    """The What-if page, as it is reached from an explained text of a small model."""
    page = explain_text(upload(open_page(), make_checkpoint(LABELS)), TEXT)
    page.switch_page("pages/what_if.py")
    return run(run(page))  # AppTest brings persistent widgets back in the second run, a browser in the first


def write(page, text):
    page.text_area(key="what_if_text").set_value(text)
    return run(page)


def press(page, key):
    page.button(key=key).click()
    return run(page)


def coloured(page):
    return sum('<div class="whylight"' in body for body in reader.bodies(page))


class TestCopy:
    def test_it_starts_as_the_text_and_says_what_to_do(self, page):
        assert page.text_area(key="what_if_text").value == TEXT
        assert coloured(page) == 0
        assert any("still the same" in found.value for found in page.info)

    def test_a_change_is_marked_and_asked(self, page, model):
        write(page, TEXT.replace("bank", "club"))
        assert any("<del>bank</del><ins>club</ins>" in body for body in reader.bodies(page))
        assert coloured(page) == 2
        label = model.predict(TEXT).label
        assert any(f"{label} goes from" in reader.unescape(found.value) for found in page.markdown)

    def test_it_can_be_started_again(self, page):
        press(write(page, "Another text."), "what_if_reset")
        assert page.text_area(key="what_if_text").value == TEXT

    @pytest.mark.parametrize("copy", ["", "  \n ", "\u200b"])
    def test_an_empty_copy_gets_a_sentence(self, page, copy):
        write(page, copy)
        assert reader.errors(page)
        assert not page.exception


class TestFinding:
    def test_the_word_that_moves_it_most_is_the_backends(self, page, model):
        press(page, "find_word")
        explanation = explain(model, TEXT)
        found = find_strongest_removal(model, explanation)
        word = explanation.words()[found.words[0]].text
        assert f"**{word}**" in reader.unescape(page.success[0].value)

    def test_what_was_found_is_put_into_the_copy(self, page, model):
        press(page, "find_flip")
        found = find_flip(model, explain(model, TEXT))
        if found is None:
            assert any("Nothing was found" in said.value for said in page.info)
            return
        press(page, "take_found")
        assert page.text_area(key="what_if_text").value == found.text
        assert coloured(page) == 2
