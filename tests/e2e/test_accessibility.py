"""axe-core finds nothing serious on any page; https://github.com/dequelabs/axe-core."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def reader(stay):
    return stay().explain("The striker scored twice in the cup final.")


def find_serious(page):
    """The elements of each serious violation."""
    return {
        violation["id"]: [node["html"][:200] for node in violation["nodes"]]
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    }


@pytest.mark.parametrize(
    "title", ["Explain", "Compare", "What if", "Trust", "Data set", "Label dictionary", "Saved", "How to read this"]
)
def test_no_serious_violation(reader, title):
    if title != "Explain":
        reader.turn_to(title)
    assert [find_serious(reader.wear(theme).page) for theme in THEMES] == [{}, {}]


def test_no_serious_violation_in_a_dialog(reader):
    """The last, for a dialog that is closed has the page drawn anew, and nothing tells when that has begun."""
    reader.turn_to("Explain").page.get_by_role("button", name="Save", exact=True).click()
    expect(reader.page.get_by_role("dialog").get_by_role("button", name="Save")).to_be_visible()
    assert [find_serious(reader.wear(theme).page) for theme in THEMES] == [{}, {}]
