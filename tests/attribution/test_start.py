"""What each way to start imports: torch takes seconds, Flair more, and whoever needs neither is to wait for neither."""

import subprocess
import sys
import tomllib

import pytest

from attribution.cli.main import main
from attribution.cli.method_names import METHOD_NAMES
from attribution.methods import METHODS
from attribution.opening.pickles.rehearsing import rehearsal
from attribution.processes import light
from tests.paths import CHECKPOINTS, ROOT

RECURRENT = CHECKPOINTS / "checkpoints" / "flair-0.8.0.post1__rnn_gru_onehot.pt"
TRANSFORMER = CHECKPOINTS / "checkpoints" / "flair-0.11.3__tars_bert.pt"
OLD_FORMAT = CHECKPOINTS / "checkpoints" / "flair-0.4.5__rnn_gru_character.pt"
READ_FIRST = (
    *(
        "cards",
        "plain",
        "plain_calls",
        "rehearsing",
        "rehearsing.allowance",
        "rehearsing.limits",
        "rehearsing.process",
        "stand_ins",
    ),
    *("storages", "strangers", "unfolding", "unpickling", "vocabulary"),
)
HEAVY = {"captum", "flair", "numpy", "pandas", "scipy", "sklearn", "streamlit", "torch", "transformers"}


def find_imports(*arguments) -> set[str]:
    """The modules that a fresh interpreter imports, by the log that it writes itself."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=True,
    )
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


def roots(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


class TestImports:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("-c", "import attribution, attribution.corpus"),
            ("-m", "attribution", "--version"),
            ("-m", "attribution", "--help"),
            ("-m", "attribution", "explain", "--help"),
            ("-m", "attribution", "corpus", "--help"),
        ],
    )
    def test_names_versions_and_help_need_none_of_the_heavy_libraries(self, arguments):
        assert not HEAVY & roots(find_imports(*arguments))

    def test_a_word_model_is_inspected_with_torch_alone(self):
        imported = roots(find_imports("-m", "attribution", "inspect", RECURRENT))
        assert HEAVY & imported == {"numpy", "torch"}

    def test_a_transformer_is_inspected_without_flair(self):
        imported = roots(find_imports("-m", "attribution", "inspect", TRANSFORMER))
        assert "transformers" in imported
        assert not {"captum", "flair", "streamlit"} & imported

    def test_a_result_can_be_made_without_a_model(self):
        code = "from attribution import Explanation, ModelIdentity, Prediction, Token, Word"
        assert HEAVY & roots(find_imports("-c", code)) == {"numpy"}

    def test_the_first_reading_of_a_file_needs_the_standard_library_alone(self, monkeypatch):
        monkeypatch.setattr(light, "START", f"{light.START}print(*sys.modules)")
        command = light.make_command(rehearsal._PROCESS, -1, OLD_FORMAT.stat().st_size, only_standard=True)
        with OLD_FORMAT.open("rb") as file:
            done = subprocess.run(command, stdin=file, capture_output=True, text=True, check=True)
        imported = set(done.stdout.splitlines()[-1].split())
        ours = {module for module in imported if module.startswith("attribution.")}
        assert ours == {
            f"attribution.{name}"
            for name in (
                "errors",
                "processes",
                "processes.light",
                "wording",
                "opening",
                "opening.pickles",
                *(f"opening.pickles.{one}" for one in READ_FIRST),
            )
        }
        assert roots(imported) - {"attribution"} <= {*sys.stdlib_module_names, "__main__"}


class TestVersion:
    def test_it_is_that_of_the_project(self, capsys):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        with pytest.raises(SystemExit, match="0"):
            main(["--version"])
        assert capsys.readouterr().out == f"{project['name']} {project['version']}\n"


class TestMethodNames:
    def test_they_are_those_of_the_methods_in_their_order(self):
        assert tuple(METHODS) == METHOD_NAMES
