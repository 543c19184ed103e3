"""Standard output holds the answer of a command and nothing else, whatever a model's libraries say."""

import json
import os
import subprocess
import sys

import pytest
from flair.embeddings import DocumentPoolEmbeddings, DocumentRNNEmbeddings

from tests.models.transformers import build_classifier, save
from tests.models.words import build_word_classifier, make_character_model, make_hashes, make_one_hot
from tests.paths import CHECKPOINTS

TEXT = "The club signed a striker."

NOISE = """
import atexit, logging, os, subprocess, sys
from attribution.cli.terminal import answer, reserve_output
logging.basicConfig(stream=sys.stdout)
reserve_output()
atexit.register(print, "at the end")
print("a library")
os.write(1, b"below Python\\n")
subprocess.run(["echo", "another process"], check=True)
answer("the answer")
"""

KINDS = {
    "one-hot words": lambda folder: build_word_classifier(DocumentPoolEmbeddings([make_one_hot()])),
    "hashed words in an RNN": lambda folder: build_word_classifier(
        DocumentRNNEmbeddings([make_hashes()], hidden_size=6)
    ),
    "characters": lambda folder: build_word_classifier(DocumentPoolEmbeddings([make_character_model()])),
    "transformer": lambda folder: build_classifier(folder, "bert"),
}


def run(*arguments, **options):
    """A process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], env=environment, text=True, timeout=600, check=True, **options
    )


class TestStandardOutput:
    @pytest.mark.parametrize("kind", KINDS)
    def test_json_is_all_that_stands_there(self, kind, tmp_path):
        path = save(KINDS[kind](tmp_path), tmp_path)
        command = ("-m", "attribution", "explain", path, "--text", TEXT, "--format", "json")
        done = run(*command, capture_output=True)
        assert json.loads(done.stdout)["texts"] == [TEXT]

    def test_a_report_may_go_there(self, make_checkpoint):
        command = ("-m", "attribution", "explain", make_checkpoint(), "--text", TEXT, "--format", "json")
        done = run(*command, "--report", "/dev/stdout", capture_output=True)
        assert json.loads(done.stdout)["texts"] == [TEXT]

    def test_where_it_is_closed_one_sentence_says_so(self, make_checkpoint):
        command = f"{sys.executable} -m attribution explain {make_checkpoint()} --text Goal. --format html >&-"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 1
        assert "Standard output is closed, so there is nowhere to write to." in done.stderr
        assert "Traceback" not in done.stderr

    def test_what_libraries_and_processes_print_goes_to_standard_error(self):
        done = run("-c", NOISE, capture_output=True)
        assert done.stdout == "the answer\n"
        assert set(done.stderr.splitlines()) == {"a library", "below Python", "another process", "at the end"}

    def test_it_stays_so_where_standard_error_is_closed(self):
        done = run("-c", NOISE, stdout=subprocess.PIPE, preexec_fn=lambda: os.close(2))
        assert done.stdout == "the answer\n"

    def test_help_and_version_are_answers(self):
        assert "explain" in run("-m", "attribution", "--help", capture_output=True).stdout
        assert run("-m", "attribution", "--version", capture_output=True).stdout.startswith("whylight ")

    def test_a_program_that_calls_a_command_keeps_its_own_output(self):
        path = CHECKPOINTS / "checkpoints"
        model = path / "flair-0.8.0.post1__rnn_gru_onehot.pt"
        script = "import sys; from attribution.cli.main import main; main(['inspect', sys.argv[1]]); print('after')"
        assert run("-c", script, model, capture_output=True).stdout.endswith("\nafter\n")
