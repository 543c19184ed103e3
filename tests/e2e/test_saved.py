"""What only a real browser can tell of saving and sharing: addresses, history, a second session."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

LABELS = ("alpha", "beta", "gamma")
TEXT = "The striker scored twice, and the bank raised its forecast."
HOSTILE = "<img src=x onerror=alert(1)> **b** [a](javascript:alert(1))"


def asked(address: str) -> dict[str, str]:
    """What stands in an address."""
    return {key: value for key, (value,) in parse_qs(urlsplit(address).query).items()}


def path(address: str) -> str:
    """An address without the server, for another session to open."""
    return address.split("/", 3)[3]


def set_up(reader, label: str) -> None:
    """Choose a label, another tolerance and subwords."""
    reader.choose(label)
    reader.page.locator("[data-testid=stExpander] summary").click()
    reader.page.locator(".st-key-tolerance").get_by_role("slider").press("ArrowRight")
    expect(reader.page).to_have_url(re.compile("tolerance=1.1"))
    reader.page.locator(".st-key-unit").get_by_text("Subwords").click()
    expect(reader.page.get_by_role("heading", name="Every subword")).to_be_visible()
    expect(reader.page).to_have_url(re.compile("unit=Subwords"))
    reader.finish()


def save_analysis(reader, name: str = "Goals") -> str:
    """Save what is explained, and give the address of what was saved."""
    reader.page.get_by_role("button", name="Save", exact=True).click()
    reader.page.get_by_role("dialog").get_by_role("textbox", name="Name").fill(name)
    reader.page.locator(".st-key-save_confirm button").click()
    link = reader.page.get_by_role("link", name=f"Saved as {name[:30]}")
    expect(link).to_be_visible()
    reader.finish()
    return link.get_attribute("href").rpartition("/")[2]


@pytest.fixture(scope="module")
def linked(stay, make_checkpoint):
    """Somebody who uploaded a model, and chose a label and settings that nobody has by default."""
    reader = stay().upload(make_checkpoint(LABELS), "linked.pt")
    set_up(reader, "gamma")
    return reader


@pytest.fixture(scope="module")
def saving(stay, put):
    """Somebody who saves what is explained."""
    return stay(f"?model={put(LABELS)}").explain(TEXT)


def choose_and_save(reader, label: str, name: str) -> str:
    """Save the text's analysis for a label, from any page."""
    if reader.page.title() != "Explain · Whylight":
        reader.turn_to("Explain")
    return save_analysis(reader.choose(label), name)


class TestAddress:
    def test_a_copied_link_opens_the_same_view_in_another_session(self, linked, visit):
        link = linked.page.url
        assert asked(link).keys() == {"model", "label", "tolerance", "unit"}
        second = visit(path(link))
        expect(second.page.get_by_role("combobox", name="Model", exact=True)).to_have_value(re.compile(r"linked\.pt"))
        expect(second.coloured).to_have_attribute("data-label", "gamma")
        assert second.coloured.inner_html() == linked.coloured.inner_html()
        assert asked(second.page.url) == asked(link)

    def test_a_turn_to_another_page_and_a_reload_keep_it(self, linked):
        link, shown = linked.page.url, linked.coloured.inner_html()
        linked.turn_to("Saved").turn_to("Explain")
        expect(linked.coloured).to_have_attribute("data-label", "gamma")
        linked.finish()
        assert (asked(linked.page.url), linked.coloured.inner_html()) == (asked(link), shown)
        linked.page.reload()
        expect(linked.coloured).to_have_attribute("data-label", "gamma")
        linked.finish()
        assert (asked(linked.page.url), linked.coloured.inner_html()) == (asked(link), shown)

    def test_back_and_forward_bring_labels_back(self, linked):
        linked.choose("alpha").choose("beta")
        linked.page.go_back()
        expect(linked.coloured).to_have_attribute("data-label", "alpha")
        linked.finish()
        assert asked(linked.page.url)["label"] == "alpha"
        linked.page.go_forward()
        expect(linked.coloured).to_have_attribute("data-label", "beta")
        linked.finish()
        assert asked(linked.page.url)["label"] == "beta"


class TestSaved:
    def test_it_opens_by_its_address_in_another_session_and_is_explained_again(self, saving, visit):
        link = choose_and_save(saving, "gamma", "Goals")
        shown = saving.coloured.inner_html()
        second = visit(link)
        assert second.coloured.inner_html() == shown
        expect(second.page.get_by_role("heading", level=1)).to_have_text("Goals")
        second.page.get_by_role("button", name="Explain it again").click()
        expect(second.page.get_by_role("textbox", name="Text", exact=True)).to_have_value(TEXT)
        expect(second.coloured).to_have_attribute("data-label", "gamma")
        second.finish()
        assert second.coloured.inner_html() == shown

    def test_list_analysis_and_back_are_pages_of_their_own(self, saving):
        link = choose_and_save(saving, "alpha", "A page of its own")
        saving.turn_to("Saved")
        saving.page.get_by_role("link", name="A page of its own").click()
        expect(saving.coloured).to_be_visible()
        assert path(saving.finish().page.url) == link
        saving.page.get_by_role("link", name="All saved analyses").click()
        expect(saving.page.locator(".st-key-saved_filter")).to_be_visible()
        assert path(saving.finish().page.url) == "saved"
        saving.page.go_back()
        expect(saving.coloured).to_be_visible()
        assert path(saving.finish().page.url) == link
        saving.page.get_by_role("link", name="Saved", exact=True).click()
        expect(saving.page.locator(".st-key-saved_filter")).to_be_visible()
        assert path(saving.finish().page.url) == "saved"

    def test_markup_in_a_name_is_text(self, saving):
        choose_and_save(saving, "beta", HOSTILE)
        saving.turn_to("Saved").page.get_by_role("link", name=HOSTILE).click()
        expect(saving.page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
        saving.finish()
        assert saving.page.locator("[data-testid=stMain] img[src=x], [onerror], [href^=javascript]").count() == 0

    def test_nothing_is_wider_than_the_screen(self, saving):
        name = "A name that is rather long, of many words, as people give them"
        choose_and_save(saving, "gamma", name)
        saving.turn_to("Saved").assert_fits_screens(390, 2560)
        saving.page.get_by_role("link", name=name).click()
        expect(saving.coloured).to_be_visible()
        saving.finish().assert_fits_screens(390, 2560)

    def test_two_stand_side_by_side_and_one_is_deleted(self, saving):
        for label in ("alpha", "beta"):
            choose_and_save(saving, label, f"Pair {label}")
        saving.turn_to("Saved")
        saving.page.get_by_role("textbox", name="Search").fill("pair")
        saving.page.keyboard.press("Enter")
        ticks = saving.page.locator("[class*=st-key-pick_] label")
        expect(ticks).to_have_count(2)
        saving.finish()
        for number in range(2):
            ticks.nth(number).click()
        saving.page.get_by_role("button", name="Open side by side").click()
        expect(saving.coloured).to_have_count(2)
        saving.finish()
        assert [text.strip() for text in saving.coloured.all_text_contents()] == [TEXT, TEXT]
        scales = saving.page.locator(".whylight-legend .ends").all_text_contents()
        assert len(set(scales)) == 1
        saving.page.get_by_role("link", name="All saved analyses").click()
        saving.page.get_by_role("link", name="Pair alpha").click()
        saving.page.get_by_role("button", name="Delete").click()
        saving.page.locator(".st-key-delete_form button").first.click()
        expect(saving.page.locator(".st-key-saved_filter")).to_be_visible()
        expect(saving.page.get_by_role("link", name="Pair beta")).to_be_visible()
        expect(saving.page.get_by_role("link", name="Pair alpha")).to_have_count(0)
        saving.finish()
