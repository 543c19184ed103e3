"""Which release of Whylight this is."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def read_release() -> tuple[str, str]:
    """The project's name and version, from pyproject.toml, the only place that has them."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    return project["name"], project["version"]
