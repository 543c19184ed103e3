import shutil
import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT

PYTHON = """#!/bin/sh
case "$*" in
    --version) echo "Python $(cat release)";;
    "-m pip --version") ;;
    *) echo "$*" >>asked; exit "$(cat status)";;
esac
"""
"""Stands in for the Python of `.venv`: writes down what it is asked to install."""


class Place:
    """A folder with the script, requirements files that include each other, and a `.venv` that installs nothing."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "install", folder / "scripts")
        (folder / ".venv" / "bin").mkdir(parents=True)
        python = folder / ".venv" / "bin" / "python"
        python.write_text(PYTHON)
        python.chmod(0o755)
        contents = {"app.txt": "a==1", "more.txt": "-r app.txt\nb==1", "dev.txt": "-r app.txt\n-r more.txt\nc==1"}
        for name, content in {**contents, "release": "3.11.7", "status": "0"}.items():
            self.write(name, content)

    def write(self, name: str, content: str) -> None:
        (self.folder / name).write_text(f"{content}\n")

    def install(self, name: str, *, fails: bool = False) -> list[str]:
        """What pip is asked for."""
        (self.folder / "asked").write_text("")
        self.write("status", str(int(fails)))
        done = subprocess.run(["scripts/install", name], cwd=self.folder, check=False)
        assert bool(done.returncode) == fails
        return [line.rpartition("-r ")[2] for line in (self.folder / "asked").read_text().splitlines()]


@pytest.fixture
def place(tmp_path) -> Place:
    return Place(tmp_path)


class TestInstall:
    def test_the_same_is_installed_once(self, place):
        assert place.install("app.txt") == ["app.txt"]
        assert place.install("app.txt") == []

    def test_what_another_file_includes_is_installed_with_it(self, place):
        assert place.install("app.txt") == ["app.txt"]
        assert place.install("dev.txt") == ["dev.txt"]
        assert place.install("app.txt") == place.install("dev.txt") == []

    @pytest.mark.parametrize("changed", ["app.txt", "more.txt", "dev.txt"])
    def test_a_change_of_any_file_concerned_is_installed(self, place, changed):
        place.install("dev.txt")
        place.write(changed, (place.folder / changed).read_text() + "d==1")
        assert place.install("app.txt") == (["app.txt"] if changed == "app.txt" else [])
        assert place.install("dev.txt") == ["dev.txt"]

    def test_another_python_is_installed_for(self, place):
        place.install("app.txt")
        place.write("release", "3.12.1")
        assert place.install("app.txt") == ["app.txt"]

    def test_what_failed_is_installed_again(self, place):
        place.install("app.txt")
        assert place.install("dev.txt", fails=True) == ["dev.txt"]
        assert place.install("dev.txt") == ["dev.txt"]
        assert place.install("dev.txt") == []
