"""axe-core finds nothing serious on any page; https://github.com/dequelabs/axe-core."""

import pytest
from axe_playwright_python.sync_playwright import Axe

TEXT = "The striker scored twice in the cup final."


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("title", ["Explain", "Compare", "What if", "Trust", "Data set", "Label dictionary", "Saved"])
def test_no_serious_violation(visit, title, theme):
    reader = visit(theme=theme).explain(TEXT)
    if title != "Explain":
        reader.turn_to(title)
    found = Axe().run(reader.page).response["violations"]
    serious = {
        violation["id"]: [node["html"][:200] for node in violation["nodes"]]
        for violation in found
        if violation["impact"] in ("serious", "critical")
    }
    assert serious == {}
