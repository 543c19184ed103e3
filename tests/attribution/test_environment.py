"""The settings of a server: one table, which the README shows."""

import re

import pytest

from attribution import AttributionError
from attribution import environment as settings
from tests.paths import ROOT


def test_the_readme_has_the_table():
    assert settings.tabulate() in (ROOT / "README.md").read_text("utf-8")


def test_every_variable_that_is_read_is_in_it():
    known = {variable.name for variable in settings.VARIABLES}
    read = set()
    for path in [*(ROOT / "attribution").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]:
        read |= set(re.findall(r"WHYLIGHT_[A-Z_]*[A-Z]", path.read_text("utf-8")))
    assert read == known


def test_none_is_read_elsewhere():
    found = {
        str(path.relative_to(ROOT))
        for path in [*(ROOT / "attribution").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]
        if re.search(r"environ[^\n]*WHYLIGHT_[A-Z]", path.read_text("utf-8"))
    }
    assert not found


def test_one_that_is_not_in_it_cannot_be_read():
    with pytest.raises(KeyError):
        settings.read("WHYLIGHT_TEA")


@pytest.mark.parametrize(("chosen", "bytes_"), [("", 20 * 10**9), ("1.5", 1_500_000_000), ("0", 0)])
def test_a_limit_is_in_gigabytes(monkeypatch, chosen, bytes_):
    monkeypatch.setenv("WHYLIGHT_STORE_LIMIT", chosen)
    assert settings.read_limit("WHYLIGHT_STORE_LIMIT") == bytes_


@pytest.mark.parametrize("chosen", ["much", "1e999", "nan"])
def test_a_limit_that_is_no_number_gets_a_sentence(monkeypatch, chosen):
    monkeypatch.setenv("WHYLIGHT_RUNS_LIMIT", chosen)
    with pytest.raises(AttributionError, match="Expected a number of GB in WHYLIGHT_RUNS_LIMIT"):
        settings.read_limit("WHYLIGHT_RUNS_LIMIT")
