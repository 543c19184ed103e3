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

FLOORS = """
attribution.segmentation
attribution.wording
attribution.errors attribution.lazy attribution.notebook attribution.version attribution.files attribution.processes
attribution.environment attribution.supported attribution.scores attribution.texts
attribution.explanation
attribution.encoders
attribution.classifiers attribution.methods
attribution.fidelity
attribution.model
attribution.opened_model
attribution.opening
attribution.explaining
attribution.ablation
attribution.report
attribution.isolation
attribution.render
attribution.storage
attribution.corpus
attribution.demo
attribution.cli
attribution
ui
pages app
"""
"""The rooms of the house, the lowest first: what stands in one imports from its own and from those below alone."""

HEIGHTS = {room: height for height, line in enumerate(FLOORS.split("\n")) for room in line.split()}


def find_room(module: str) -> str:
    """The room that a module stands in: the one with the longest name that its own begins with."""
    if module in ("attribution", "attribution.__main__"):  # the public names, which are made of all below
        return "attribution"
    parts = module.split(".")
    return next(room for end in range(len(parts), 0, -1) if (room := ".".join(parts[:end])) in HEIGHTS)


def test_the_imports_are_those_that_python_sees():
    assert "attribution.errors" in IMPORTS["attribution.explaining.explain"]
    assert "ui.page" in IMPORTS["app"]
    assert "attribution.render" in IMPORTS["attribution"]  # inside a function


def test_there_is_no_circle():
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as error:
        pytest.fail(f"A circle of imports: {' → '.join(reversed(error.args[1]))}")


def test_every_import_goes_down_or_stays():
    back = [
        f"{module} → {target}"
        for module, targets in IMPORTS.items()
        for target in targets
        if HEIGHTS[find_room(target)] > HEIGHTS[find_room(module)]
    ]
    assert not back


def test_rooms_on_one_floor_know_nothing_of_each_other():
    beside = [
        f"{module} → {target}"
        for module, targets in IMPORTS.items()
        for target in targets
        if HEIGHTS[find_room(target)] == HEIGHTS[find_room(module)] and find_room(target) != find_room(module)
    ]
    assert not beside


@pytest.mark.parametrize("top", ["attribution", "ui", "pages"])
def test_no_folder_is_more_than_can_be_looked_over(top):
    folders = {path.parent for path in FILES.values() if path.relative_to(ROOT).parts[0] == top}
    crowded = {str(one.relative_to(ROOT)): len([*one.glob("*.py")]) for one in folders}
    assert {name: count for name, count in crowded.items() if count > 15} == {}
