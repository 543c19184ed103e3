"""Which tests count as slow is told by parts of their ids."""

import pytest

from tests.conftest import SHARED, SLOW
from tests.paths import ROOT

FILES = [f"{path.relative_to(ROOT)}" for path in (ROOT / "tests").rglob("*.py")]


@pytest.mark.parametrize("part", [one for one in (*SHARED.values(), *SLOW) if "/" in one or "::" in one])
def test_each_part_is_of_some_test(part):
    path, _, name = part.partition("::")
    found = [file for file in FILES if path in file]
    assert [file for file in found if name in (ROOT / file).read_text("utf-8")]
