"""The page Data set in a browser: the demo's run, its views, a confusion that is clicked, Explain and back."""

import re

import pytest
from playwright.sync_api import expect

from attribution.corpus.shelf import Shelf
from tests.runs import draw_run

NAME = "20261125-200000-abcdef"
VIEWS = {
    "What each label listens to": "labels",
    "Where it errs": "errors",
    "One word": "word",
    "Documents": "documents",
}
LABELS = ("business", "entertainment", "politics", "sport", "tech")


@pytest.fixture(scope="module")
def run(server_store, demo_checkpoint):
    """A drawn run of the demo model, in the store of the server."""
    folder = Shelf(server_store / "runs").root / NAME
    drawn = draw_run(folder, count=120, labels=LABELS)
    record = (folder / "run.json").read_text("utf-8").replace("0" * 64, demo_checkpoint.stem)
    (folder / "run.json").write_text(record, "utf-8")
    return drawn


@pytest.fixture(scope="module")
def reader(stay, run):
    return stay(f"data_set?run={NAME}&view=labels&word=bank")


def look_at(reader, view):
    """Turn to another view, until the server has put it into the address."""
    if f"view={VIEWS[view]}" in reader.page.url:
        return reader
    reader.page.get_by_role("radio", name=view).click()
    expect(reader.page).to_have_url(re.compile(f"view={VIEWS[view]}"))
    return reader.finish()


def headings(reader):
    return reader.page.get_by_role("heading", level=2)


class TestDemoRun:
    def test_it_takes_one_click_goes_on_while_the_reader_is_away_and_can_be_stopped(self, visit):
        reader = visit("data_set?tolerance=10")
        reader.assert_fits_screens(360, 2560)
        reader.page.get_by_role("button", name="Explain 80 paragraphs").click()
        expect(reader.page.locator(".st-key-run_progress")).to_be_visible()
        reader.turn_to("Label dictionary").turn_to("Data set")
        expect(reader.page.locator(".st-key-run_progress")).to_contain_text("of 80 documents")
        reader.page.get_by_role("button", name="Stop", exact=True).click()
        expect(reader.page.get_by_text("This run stopped after")).to_be_visible()
        expect(reader.page.locator(".st-key-run_progress")).to_have_count(0)
        reader.finish()
        look_at(reader, "Where it errs")
        expect(headings(reader).first).to_contain_text(re.compile(r"The model files \d+ of \d+ documents"))
        expect(reader.page.get_by_role("button", name="Go on")).to_be_visible()


class TestViews:
    def test_each_is_there_by_one_click_and_by_its_address(self, reader):
        expect(reader.page.locator(".js-plotly-plot")).to_have_count(len(LABELS))
        look_at(reader, "One word")
        reader.page.get_by_role("textbox", name="Word").fill("goal")
        reader.page.keyboard.press("Enter")
        expect(headings(reader).first).to_contain_text("goal was explained")
        assert "view=word" in reader.page.url
        assert "word=goal" in reader.page.url
        reader.page.reload()
        expect(headings(reader).first).to_contain_text("goal was explained")
        assert look_at(reader, "Documents").coloured.count() == 10

    def test_a_bar_leads_to_its_word(self, reader):
        look_at(reader, "What each label listens to").page.locator(".js-plotly-plot .point path").first.click(
            force=True
        )
        expect(headings(reader).first).to_contain_text("was explained")
        reader.finish()


class TestErrors:
    def test_a_click_on_a_confusion_lists_its_documents_and_explain_leads_there_and_back(self, reader, run):
        wrong = [row for row in run.documents if row["error"] is None and row["gold"] != row["predicted"]]
        gold, predicted = wrong[0]["gold"], wrong[0]["predicted"]
        count = sum((row["gold"], row["predicted"]) == (gold, predicted) for row in wrong)
        look_at(reader, "Where it errs")
        place = LABELS.index(gold) * len(LABELS) + LABELS.index(predicted)
        reader.page.locator(".st-key-confusion .scatterlayer .point").nth(place).click(force=True)
        documents = f"{count} document{'s'[: count > 1]}: gold label {gold}, filed as {predicted}"
        expect(reader.page.get_by_text(documents)).to_be_visible()
        reader.finish()
        text = reader.coloured.first.evaluate("element => element.textContent")
        reader.page.get_by_role("button", name="Explain", exact=True).first.click()
        expect(reader.page).to_have_title("Explain · Whylight")
        reader.page.wait_for_function(
            "text => document.querySelector('div.whylight:not(.passage)')?.textContent === text", arg=text
        )
        expect(reader.coloured).to_have_attribute("data-label", predicted)
        reader.finish().page.get_by_role("link", name="Back to the data set").click()
        expect(reader.page).to_have_title("Data set · Whylight")
        expect(reader.page.get_by_text(documents)).to_be_visible()
        reader.finish()


class TestEveryScreen:
    @pytest.mark.parametrize("view", VIEWS)
    def test_nothing_is_wider_than_the_screen(self, reader, view):
        look_at(reader, view).assert_fits_screens(360, 2560)


class TestReport:
    def test_it_opens_without_a_network(self, reader, open_report):
        look_at(reader, "What each label listens to")
        expect(reader.page.locator(".js-plotly-plot")).to_have_count(len(LABELS))
        opener = reader.page.get_by_test_id("stPopoverButton")
        opener.click()
        expect(opener).to_have_attribute("aria-expanded", "true")
        page = open_report(reader, "Report (HTML)")
        expect(page.locator(".js-plotly-plot .bars").first).to_be_visible()
        expect(page.get_by_role("heading", name="Words behind the errors")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
