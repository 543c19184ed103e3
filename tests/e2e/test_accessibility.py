"""axe-core finds nothing serious on any page; https://github.com/dequelabs/axe-core."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

TEXT = "The striker scored twice in the cup final."


def find_serious(page):
    """The elements of each serious violation."""
    return {
        violation["id"]: [node["html"][:200] for node in violation["nodes"]]
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("title", ["Explain", "Compare", "What if", "Trust", "Data set", "Label dictionary", "Saved"])
def test_no_serious_violation(visit, title, theme):
    reader = visit(theme=theme).explain(TEXT)
    if title != "Explain":
        reader.turn_to(title)
    assert find_serious(reader.page) == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_violation_in_a_dialog(visit, theme):
    page = visit(theme=theme).explain(TEXT).page
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Save")).to_be_visible()
    assert find_serious(page) == {}
