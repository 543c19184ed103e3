"""The words of the copy are clicked, and the keyboard does the same."""

import re
from html import unescape

import pytest
from playwright.sync_api import expect

TEXT = "The striker and the bank chairman signed a new contract with the club."


@pytest.fixture(scope="module")
def opened(stay):
    return stay().explain(TEXT).turn_to("What if")


@pytest.fixture
def reader(opened):
    """The page with the copy as the text is, and with clicks that drop words."""
    touched = opened.page.locator(".st-key-what_if_copy :is(.dropped, .masked)")
    if touched.count():
        opened.page.get_by_role("button", name="Start again").click()
        expect(touched).to_have_count(0)
        opened.finish()
    return choose_click(opened, "drops it")


def choose_click(reader, does):
    """What a click on a word does from now on; the server hears of it with the next one at the latest."""
    reader.page.get_by_role("radio").filter(has_text=does).click()
    expect(reader.page.get_by_role("radio").filter(has_text=does)).to_be_checked()
    return reader


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
        word(choose_click(reader, "masks it"), "bank").click()
        expect(word(reader, "bank")).to_have_class(re.compile("masked"))
        expect(headline(reader)).to_contain_text("goes from")

    def test_the_keyboard_does_the_same_and_stays_where_it_was(self, reader):
        reader.page.get_by_role("button", name="Start again").click()
        expect(reader.page.get_by_role("heading", name="The copy is still the same.")).to_be_visible()
        reader.finish()
        word(reader, "The").focus()
        reader.page.keyboard.press("ArrowRight")
        reader.page.keyboard.press("Enter")
        expect(word(reader, "striker")).to_have_class(re.compile("dropped"))
        reader.finish()
        expect(word(reader, "striker")).to_be_focused()

    def test_what_is_dropped_is_still_dropped_after_a_visit_elsewhere(self, reader):
        word(reader, "striker").click()
        expect(word(reader, "striker")).to_have_class(re.compile("dropped"))
        reader.finish().turn_to("Label dictionary").turn_to("What if")
        expect(word(reader, "striker")).to_have_class(re.compile("dropped"))


def test_the_words_that_decide_are_found_and_seen_in_the_copy(reader):
    reader.page.get_by_role("button", name="Which words decide it?").click()
    reader.page.get_by_role("button", name="See it in the copy").click()
    expect(reader.page.locator(".st-key-what_if_copy .dropped").first).to_be_visible()
    expect(headline(reader)).to_contain_text("The model files the copy under")


def test_nothing_is_wider_than_the_screen(reader):
    reader.assert_fits_screens(360, 2560)


def test_the_label_chosen_before_stays_after_a_detour(opened):
    opened.turn_to("Explain").choose("politics").turn_to("Saved").turn_to("Explain").turn_to("What if")
    expect(opened.page.locator(".st-key-what_if_copy .whylight")).to_have_attribute("data-label", "politics")
    expect(opened.page.get_by_role("radio").filter(has_text="politics")).to_be_checked()


def test_a_change_is_sent_and_kept_and_opened_again_as_it_was(reader, tmp_path):
    word(reader, "bank").click()
    expect(headline(reader)).to_contain_text("Without “bank”, ")
    reader.finish()
    said = headline(reader).inner_text()
    with reader.page.expect_download() as downloaded:
        reader.page.get_by_role("button", name="Report", exact=True).click()
    downloaded.value.save_as(tmp_path / "what-if.html")
    report = (tmp_path / "what-if.html").read_text("utf-8")
    heading = unescape(re.search("<h1>(.*?)</h1>", report).group(1))
    assert said.startswith(heading.replace("\xa0", " "))
    reader.page.get_by_role("button", name="Save", exact=True).click()
    reader.page.locator(".st-key-save_confirm button").click()
    reader.page.get_by_role("link", name=re.compile("Saved as")).click()
    expect(reader.page.get_by_role("button", name="Open it in What if")).to_be_visible()
    expect(headline(reader)).to_have_text(said)
    expect(reader.page.locator(".whylight .dropped")).to_have_text("bank")
    reader.finish()
    reader.page.get_by_role("button", name="Open it in What if").click()
    expect(word(reader, "bank")).to_have_class(re.compile("dropped"))
    expect(headline(reader)).to_have_text(said)
