"""The shell says what it has to say in any encoding, and never in a traceback."""

import csv
import io
import json
import os
import subprocess
import sys
from html import unescape

import pytest

from tests.models.transformers import build_classifier, save
from tests.paths import ROOT

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


RUN_ALL = """
import sys
from attribution.cli.main import main
groups = [[]]
for argument in sys.argv[1:]:
    groups.append([]) if argument == "--next" else groups[-1].append(argument)
for group in groups:
    status = main(group)
    sys.stdout.flush()
    sys.stdout.buffer.write(b"\\x1e%d\\x1e" % status)
    sys.stdout.buffer.flush()
"""
"""Runs commands one after the other, for each process of its own would import all anew."""


def run(place, setting, *commands):
    """What each command says on standard output with its status, and what all of them say as errors."""
    environment = {**{name: value for name, value in os.environ.items() if name[:2] != "LC"}, **setting}
    arguments = [part for command in commands for part in ("--next", *command)][1:]
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALL, *arguments],
        input=TEXT.encode(),
        capture_output=True,
        cwd=place,
        env={**environment, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert b"Traceback" not in done.stderr, done.stderr
    parts = done.stdout.split(b"\x1e")
    assert len(parts) == 2 * len(commands) + 1, done.stderr
    return list(zip(parts[::2], map(int, parts[1::2]), strict=False)), done.stderr


@pytest.mark.parametrize("setting", [LATIN, WINDOWS, BARE], ids=lambda setting: next(iter(setting.values())))
def test_every_command_in_every_encoding(place, setting, tmp_path):
    done, errors = run(
        place,
        setting,
        ("explain", "model.pt", "--label", LABEL.encode()),
        ("inspect", b"caf\xe9.pt"),
        ("corpus", "model.pt", "news.csv", "--output", str(tmp_path / "r"), "--label-column", "Größe".encode()),
        ("explain", "model.pt", "--text", b"caf\xe9"),
        ("labels", "model.pt", "--format", "csv"),
    )
    assert [status for _, status in done] == [0, 1, 0, 1, 0], errors
    assert b"goal" in done[0][0]
    assert f'0,"{LABEL}"\n'.encode() in done[4][0]
    assert b"There is no file" in errors
    assert b"whylight: The text holds half a character" in errors


def test_files_are_utf_8_on_standard_output(place):
    explained = ("explain", "model.pt", "--text", TEXT.encode(), "--label", LABEL.encode())
    done, errors = run(
        place,
        ASCII,
        (*explained, "--report", "report.json"),
        ("verify", "report.json", "--model", "model.pt"),
        *((*explained, "--format", form) for form in ("json", "csv", "html")),
    )
    assert [status for _, status in done] == [0] * 5, errors
    agrees, *written = (said for said, _ in done[1:])
    assert agrees.startswith(b"The report agrees")
    said, table, page = (content.decode("utf-8") for content in written)
    assert json.loads(said)["words"] == json.loads((place / "report.json").read_text("utf-8"))["words"]
    assert (json.loads(said)["label"], json.loads(said)["words"][0]["text"]) == (LABEL, "Café")
    words = [row["word"] for row in csv.DictReader(io.StringIO(table))]
    assert words[0] == "Café"
    assert "銀行" in "".join(words)
    assert LABEL in unescape(page)
