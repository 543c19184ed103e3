"""The shell says what it has to say in any encoding, and never in a traceback."""

import csv
import io
import json
import os
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from tests.tiny import build_classifier, save

TEXT = "Café 銀行は é ends — goal"
LABEL = "Spört 体"
LATIN, ASCII, WINDOWS = ({"PYTHONIOENCODING": name} for name in ("latin-1", "ascii", "cp1252"))
BARE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a model of a label that few encodings hold, a data set and a report of it."""
    folder = tmp_path_factory.mktemp("place")
    classifier = build_classifier(folder, "bert")
    dictionary = classifier.label_dictionary
    first = dictionary.get_items()[0].encode()
    dictionary.item2idx[LABEL.encode()] = dictionary.item2idx.pop(first)
    dictionary.idx2item[0] = LABEL.encode()
    save(classifier, folder).rename(folder / "model.pt")
    (folder / "news.csv").write_text(f"text,Größe\n{TEXT},{LABEL}\n", "utf-8")
    return folder


def run(place, setting, *arguments):
    environment = {**{name: value for name, value in os.environ.items() if name[:2] != "LC"}, **setting}
    done = subprocess.run(
        [sys.executable, "-m", "attribution", *arguments],
        input=TEXT.encode(),
        capture_output=True,
        cwd=place,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"},
    )
    assert b"Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("setting", [LATIN, BARE], ids=lambda setting: next(iter(setting.values())))
def test_every_command_in_every_encoding(place, setting, tmp_path):
    run_here = [
        ("explain", "model.pt", "--label", LABEL.encode()),
        ("labels", "model.pt", "--format", "csv"),
        ("inspect", b"caf\xe9.pt"),
        ("corpus", "model.pt", "news.csv", "--output", str(tmp_path / "r"), "--label-column", "Größe".encode()),
    ]
    done = [run(place, setting, *command) for command in run_here]
    assert [one.returncode for one in done] == [0, 0, 1, 0], [one.stderr for one in done]
    assert b"goal" in done[0].stdout
    assert f"0,{LABEL}\n".encode() in done[1].stdout
    assert b"There is no file" in done[2].stderr


@pytest.mark.parametrize("form", ["json", "csv", "html"])
def test_files_are_utf_8_on_standard_output(place, form):
    done = run(place, ASCII, "explain", "model.pt", "--format", form, "--label", LABEL.encode())
    assert done.returncode == 0
    content = done.stdout.decode("utf-8")
    if form == "json":
        (place / "report.json").write_text(content, "utf-8")
        report = json.loads(content)
        assert (report["label"], report["words"][0]["text"]) == (LABEL, "Café")
        agrees = run(place, WINDOWS, "verify", "report.json", "--model", "model.pt")
        assert (agrees.returncode, agrees.stdout.startswith(b"The report agrees")) == (0, True)
    elif form == "csv":
        words = [row["word"] for row in csv.DictReader(io.StringIO(content))]
        assert words[0] == "Café"
        assert "銀行" in "".join(words)
    else:
        assert LABEL in unescape(content)


def test_bytes_that_are_no_text_are_told_in_a_sentence(place):
    done = run(place, LATIN, "explain", "model.pt", "--text", b"caf\xe9")
    assert done.returncode == 1
    assert done.stderr.startswith(b"whylight: The text holds half a character")
