"""What only a real browser can tell of comparing: links, history, what is downloaded, and that all of it fits."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

LABELS = ("alpha", "beta & co", "gamma")
_CHOICES = {"Labels": ".st-key-labels", "Two texts": ".st-key-compare_text", "Two models": ".st-key-other_model"}
OTHER = "The minister met the striker at the bank."


def asked(reader) -> dict[str, list[str]]:
    """What stands in the address."""
    return parse_qs(urlsplit(reader.page.url).query)


def link(reader) -> str:
    """The address without the server, for another session to open."""
    return reader.page.url.split("/", 3)[3]


def pick(reader, label):
    """Add a label to those that are side by side, and to the contrast of two of them."""
    columns = len(asked(reader)["labels"]) + 1
    reader.page.locator(".st-key-labels input").fill(label)
    reader.page.get_by_role("option").filter(has_text=label).click()
    reader.page.keyboard.press("Escape")
    expect(reader.coloured).to_have_count(columns + 1)
    return reader.finish()


def contrast(reader):
    """The contrast's text: its label is in the first box, and it is the last one on the page."""
    return reader.coloured.last


def look_at(reader, view):
    """Turn to another view, until its own choice is there; the address holds it before the server has heard of it."""
    reader.page.locator(".st-key-compare_view").get_by_text(view).click()
    expect(reader.page.locator(_CHOICES[view])).to_be_visible()
    return reader.finish()


def write_other(reader, text=OTHER):
    box = reader.page.locator(".st-key-compare_text textarea")
    box.fill(text)
    box.press("Control+Enter")
    expect(reader.coloured).to_have_count(2)
    return reader.finish()


def shown(reader):
    return reader.coloured.evaluate_all("texts => texts.map(text => text.outerHTML)")


@pytest.fixture(scope="module")
def reader(stay, put):
    return stay(f"compare?model={put(LABELS)}")


def pick_all(reader):
    for label in set(LABELS) - set(asked(look_at(reader, "Labels"))["labels"]):
        pick(reader, label)
    return reader


class TestLink:
    def test_back_and_forward_bring_labels_back(self, reader):
        labels = asked(reader)["labels"]
        more = asked(pick_all(reader))["labels"]
        reader.page.go_back()
        expect(reader.coloured).to_have_count(3)
        reader.finish()
        assert asked(reader)["labels"] == labels
        reader.page.go_forward()
        expect(reader.coloured).to_have_count(4)
        reader.finish()
        assert asked(reader)["labels"] == more

    def test_a_copied_link_opens_the_same_labels_and_contrast_in_another_session(self, reader, visit):
        pick_all(reader)
        before = contrast(reader).get_attribute("data-label")
        reader.page.get_by_role("button", name="Swap").click()
        expect(contrast(reader)).not_to_have_attribute("data-label", before)
        reader.finish()
        second = visit(link(reader))
        expect(second.coloured).to_have_count(4)
        second.finish()
        assert shown(second) == shown(reader)
        assert asked(second) == asked(reader)


class TestReport:
    def test_it_opens_without_a_network_and_shows_the_same_words(self, reader, open_report):
        write_other(look_at(reader, "Two texts"))
        page = open_report(reader)
        expect(page.locator(".js-plotly-plot .bars")).to_have_count(2)
        assert page.locator(".whylight").all_text_contents() == reader.coloured.all_text_contents()
        page.wait_for_function("document.documentElement.scrollWidth <= 360")


def test_nothing_is_wider_than_the_screen(reader):
    for view in ("Labels", "Two models"):
        look_at(reader, view).assert_fits_screens(390, 2560)
    write_other(look_at(reader, "Two texts")).assert_fits_screens(390, 2560)
