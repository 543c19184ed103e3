"""What only a real browser can tell of saving and sharing: addresses, history, a second session."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

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
    reader.finish().choose(label)
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
    link = reader.page.get_by_role("link", name="Saved as")
    expect(link).to_be_visible()
    reader.finish()
    return link.get_attribute("href").rpartition("/")[2]


class TestAddress:
    def test_a_copied_link_opens_the_same_view_in_another_session(self, visit, make_checkpoint):
        first = visit().upload(make_checkpoint(("alpha", "beta", "gamma")), "linked.pt")
        set_up(first, "gamma")
        link = first.page.url
        assert asked(link).keys() == {"model", "label", "tolerance", "unit"}
        second = visit(path(link))
        expect(second.page.get_by_role("combobox", name="Model", exact=True)).to_have_value(re.compile(r"linked\.pt"))
        expect(second.coloured).to_have_attribute("data-label", "gamma")
        assert second.coloured.inner_html() == first.coloured.inner_html()
        assert asked(second.page.url) == asked(link)

    def test_a_reload_and_a_turn_to_another_page_keep_it(self, visit, make_checkpoint):
        reader = visit().upload(make_checkpoint(("gamma", "beta", "alpha")), "kept.pt")
        set_up(reader, "beta")
        link, shown = reader.page.url, reader.coloured.inner_html()
        reader.page.reload()
        expect(reader.coloured).to_have_attribute("data-label", "beta")
        reader.finish()
        assert (asked(reader.page.url), reader.coloured.inner_html()) == (asked(link), shown)
        reader.turn_to("Saved").turn_to("Explain")
        expect(reader.coloured).to_have_attribute("data-label", "beta")
        reader.finish()
        assert (asked(reader.page.url), reader.coloured.inner_html()) == (asked(link), shown)

    def test_back_and_forward_bring_labels_back(self, visit):
        reader = visit().explain(TEXT).choose("politics").choose("tech")
        reader.page.go_back()
        expect(reader.coloured).to_have_attribute("data-label", "politics")
        reader.finish()
        assert asked(reader.page.url)["label"] == "politics"
        reader.page.go_forward()
        expect(reader.coloured).to_have_attribute("data-label", "tech")
        reader.finish()

    def test_a_model_that_is_not_here_is_named_and_the_demo_shown(self, visit):
        reader = visit(f"?model={'f' * 64}&label=business")
        expect(reader.error).to_contain_text(f"the model {'f' * 64}, which is not on this server")
        expect(reader.coloured).to_have_attribute("data-label", "business")


class TestSaved:
    def test_it_opens_by_its_address_in_another_session_and_is_explained_again(self, visit):
        first = visit().explain(TEXT).choose("politics")
        shown = first.coloured.inner_html()
        link = save_analysis(first)
        second = visit(link)
        assert second.coloured.inner_html() == shown
        expect(second.page.get_by_role("heading", level=1)).to_have_text("Goals")
        second.page.get_by_role("button", name="Explain it again").click()
        expect(second.page.get_by_role("textbox", name="Text", exact=True)).to_have_value(TEXT)
        expect(second.coloured).to_have_attribute("data-label", "politics")
        second.finish()
        assert second.coloured.inner_html() == shown

    def test_list_analysis_and_back_are_pages_of_their_own(self, visit):
        reader = visit().explain(TEXT)
        link = save_analysis(reader, "A page of its own")
        reader.turn_to("Saved")
        reader.page.get_by_role("link", name="A page of its own").click()
        expect(reader.coloured).to_be_visible()
        assert path(reader.finish().page.url) == link
        reader.page.get_by_role("link", name="All saved analyses").click()
        expect(reader.page.locator(".st-key-saved_filter")).to_be_visible()
        assert path(reader.finish().page.url) == "saved"
        reader.page.go_back()
        expect(reader.coloured).to_be_visible()
        assert path(reader.finish().page.url) == link
        reader.page.get_by_role("link", name="Saved", exact=True).click()
        expect(reader.page.locator(".st-key-saved_filter")).to_be_visible()
        assert path(reader.finish().page.url) == "saved"

    def test_two_stand_side_by_side_and_one_is_deleted(self, visit):
        reader = visit().explain(TEXT)
        for label in ("sport", "business"):
            reader.choose(label)
            save_analysis(reader, f"Pair {label}")
        reader.turn_to("Saved")
        reader.page.get_by_role("textbox", name="Search").fill("pair")
        reader.page.keyboard.press("Enter")
        ticks = reader.page.locator("[class*=st-key-pick_] label")
        expect(ticks).to_have_count(2)
        for number in range(2):
            reader.finish()
            ticks.nth(number).click()
        reader.page.get_by_role("button", name="Open side by side").click()
        expect(reader.coloured).to_have_count(2)
        reader.finish()
        assert [text.strip() for text in reader.coloured.all_text_contents()] == [TEXT, TEXT]
        scales = reader.page.locator(".whylight-legend .ends").all_text_contents()
        assert len(set(scales)) == 1
        reader.page.get_by_role("link", name="All saved analyses").click()
        reader.page.get_by_role("link", name="Pair sport").click()
        reader.page.get_by_role("button", name="Delete").click()
        reader.page.locator(".st-key-delete_form button").first.click()
        expect(reader.page.locator(".st-key-saved_filter")).to_be_visible()
        expect(reader.page.get_by_role("link", name="Pair business")).to_be_visible()
        expect(reader.page.get_by_role("link", name="Pair sport")).to_have_count(0)
        reader.finish()

    def test_markup_in_a_name_is_text(self, visit):
        reader = visit().explain(TEXT)
        link = save_analysis(reader, HOSTILE)
        reader.turn_to("Saved")
        expect(reader.page.get_by_role("link", name=HOSTILE)).to_be_visible()
        reader.page.goto(f"{reader.address}/{link}")
        expect(reader.page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
        reader.finish()
        assert reader.page.locator("[data-testid=stMain] img[src=x], [onerror], [href^=javascript]").count() == 0

    @pytest.mark.parametrize("width", [390, 2560])
    def test_nothing_is_wider_than_the_screen(self, visit, width):
        reader = visit().explain(TEXT)
        link = save_analysis(reader, "A name that is rather long, of many words, as people give them")
        narrow = visit("saved", width=width)
        narrow.assert_fits(width)
        narrow.page.goto(f"{narrow.address}/{link}")
        expect(narrow.coloured).to_be_visible()
        narrow.finish().assert_fits(width)
