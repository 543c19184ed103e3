"""The words of the copy are clicked, and the keyboard does the same."""

import re

import pytest
from playwright.sync_api import expect

TEXT = "The striker and the bank chairman signed a new contract with the club."


@pytest.fixture
def reader(visit):
    return visit().explain(TEXT).turn_to("What if")


def word(reader, text):
    return reader.page.locator(".st-key-what_if_copy .word").filter(has_text=re.compile(f"^{text}$")).first


def headline(reader):
    return reader.page.get_by_role("heading", level=2).first


class TestClicks:
    def test_a_word_is_dropped_and_put_back(self, reader):
        word(reader, "striker").click()
        expect(word(reader, "striker")).to_have_class(re.compile("dropped"))
        expect(headline(reader)).to_contain_text(re.compile(r" goes from \d+ % to \d+ %\."))
        reader.finish()
        word(reader, "striker").click()
        expect(word(reader, "striker")).not_to_have_class(re.compile("dropped"))
        expect(headline(reader)).to_contain_text("The copy is still the same")

    def test_a_word_is_masked(self, reader):
        reader.page.get_by_role("radio").filter(has_text="masks it").click()
        expect(reader.page.get_by_role("radio").filter(has_text="masks it")).to_be_checked()
        reader.finish()
        word(reader, "bank").click()
        expect(word(reader, "bank")).to_have_class(re.compile("masked"))
        expect(headline(reader)).to_contain_text("goes from")

    def test_the_keyboard_does_the_same(self, reader):
        word(reader, "The").focus()
        reader.page.keyboard.press("ArrowRight")
        reader.page.keyboard.press("Enter")
        expect(word(reader, "striker")).to_have_class(re.compile("dropped"))
        reader.finish()
        assert reader.page.evaluate("document.activeElement.textContent") == "striker"

    def test_what_is_dropped_is_still_dropped_after_a_visit_elsewhere(self, reader):
        word(reader, "striker").click()
        expect(word(reader, "striker")).to_have_class(re.compile("dropped"))
        reader.finish().turn_to("Label dictionary").turn_to("What if")
        expect(word(reader, "striker")).to_have_class(re.compile("dropped"))


def test_the_label_chosen_before_stays_after_a_detour(visit):
    reader = visit().explain(TEXT).choose("politics").turn_to("Saved").turn_to("Explain").turn_to("What if")
    expect(reader.page.locator(".st-key-what_if_copy .whylight")).to_have_attribute("data-label", "politics")
    expect(reader.page.get_by_role("radio").filter(has_text="politics")).to_be_checked()


def test_the_words_that_decide_are_found_and_seen_in_the_copy(reader):
    reader.page.get_by_role("button", name="Which words decide it?").click()
    reader.page.get_by_role("button", name="See it in the copy").click()
    expect(reader.page.locator(".st-key-what_if_copy .dropped").first).to_be_visible()
    expect(headline(reader)).to_contain_text("The model files the copy under")


@pytest.mark.parametrize("width", [360, 2560])
def test_nothing_is_wider_than_the_screen(visit, width):
    visit("what_if", width=width).assert_fits(width)
