import csv
import signal
import subprocess
import sys
import time

import pytest

from attribution import corpus
from attribution.wording import format_time
from tests.attribution.corpus.running.test_explain import assert_once, rows

SETTINGS = ("--set", "tolerance=0.05", "--set", "max_evaluations=9")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "news.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = [("key", "body", "topic"), *rows(24), ("bad\x1b[31m", "", "sport"), ("odd", "It rains.", "weather")]
        csv.writer(file).writerows(table)
    return path


class TestCorpus:
    def test_it_tells_how_far_it_is_and_what_came_of_it(self, shell, make_checkpoint, source, tmp_path):
        status, out, error = shell(
            *("corpus", make_checkpoint(), source, "--output", tmp_path / "run"),
            *("--text-column", "body", "--label-column", "topic", "--id-column", "key", *SETTINGS),
        )
        lines = out.splitlines()
        assert status == 0
        assert lines[0] == "26 of 26 documents, 1 failed"
        assert lines[1].startswith("  read as commas, UTF-8, a header: 26 rows")
        assert lines[2] == "  texts from body, gold labels from topic, names from key"
        assert "  1 × The text is empty. (bad\ufffd[31m)" in lines
        assert "  gold labels that the model does not have, so it cannot predict them: weather (1)" in lines
        assert not [line for line in lines if "upper and lower case" in line]
        assert any("of 25)" in line and "% predicted as their gold label says" in line for line in lines)
        assert any("9 evaluations a document (median)" in line for line in lines)
        assert lines[-1].endswith("documents a second")
        assert " of 26 documents" in error
        assert " left" in error
        assert_once(tmp_path / "run", 26)

    def test_columns_are_guessed_and_a_label_column_can_be_declined(self, shell, make_checkpoint, source, tmp_path):
        shell("corpus", make_checkpoint(), source, "--output", tmp_path / "run", "--label-column", "", *SETTINGS)
        run = corpus.read_run(tmp_path / "run")
        assert run.source["columns"] == {"text": "body", "label": None, "id": "key"}
        assert run.failed == 1

    def test_a_column_that_holds_no_labels_is_left_out_and_that_is_said(self, shell, make_checkpoint, tmp_path):
        (tmp_path / "news.csv").write_text("text,lang\nThe cup.,en\nDas Tor.,de\n" + "It rains.,en\n" * 4)
        command = ["corpus", make_checkpoint(), tmp_path / "news.csv", "--output", tmp_path / "run", *SETTINGS]
        status, out, _ = shell(*command)
        assert status == 0
        assert out.splitlines()[:2] == [
            "The column lang was left out: none of its first cells is a label of the model.",
            "6 of 6 documents, 0 failed",
        ]

    def test_what_was_done_before_is_said_and_a_bad_row_is_named_by_its_number(
        self, shell, make_checkpoint, source, tmp_path
    ):
        command = ["corpus", make_checkpoint(), source, "--output", tmp_path / "run", "--id-column", "", *SETTINGS]
        _, first, _ = shell(*command)
        assert "  1 × The text is empty. (row 25 (line 34))" in first.splitlines()
        status, again, _ = shell(*command)
        assert status == 0
        assert again.splitlines() == [
            "Nothing was left to do: all of these documents were done before.",
            *first.splitlines()[:-1],
            again.splitlines()[-1],
        ]

    def test_a_file_without_documents_is_told_from_one_that_is_done(self, shell, make_checkpoint, tmp_path):
        (tmp_path / "news.csv").write_text("text,label\n")
        _, out, _ = shell("corpus", make_checkpoint(), tmp_path / "news.csv", "--output", tmp_path / "run")
        assert out.splitlines()[0] == "The file holds no documents."

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--text-column", "words"], "The file has no column 'words'"),
            (["--label-column", "", "--explained", "gold"], "no column holds them"),
            (["--set", "tolerance=9"], "tolerance"),
            (["--workers", "-1"], "Expected 1 worker or more, got -1."),
            (["--separator", "::"], "Expected one character as separator"),
            (["--encoding", "klingon"], "No encoding is called 'klingon'"),
            (["--report", "/nowhere/out.html"], "/nowhere/out.html cannot be written: there is no folder /nowhere."),
            (["--report", "/tmp"], "/tmp cannot be written: it is a folder."),
            (["--report", "out.pdf"], "Give a name that ends in .html, not out.pdf."),
        ],
    )
    def test_what_cannot_be_done_is_one_sentence(self, shell, make_checkpoint, source, tmp_path, arguments, sentence):
        status, _, error = shell("corpus", make_checkpoint(), source, "--output", tmp_path / "run", *arguments)
        assert status == 1
        assert error.splitlines()[-1].startswith("whylight: ")
        assert sentence in error
        assert not (tmp_path / "run").exists()

    def test_a_report_takes_the_place_of_no_file_that_is_read(self, shell, make_checkpoint, tmp_path):
        source = tmp_path / "news.html"
        source.write_text("text\nThe cup.\n")
        command = ["corpus", make_checkpoint(), source, "--output", tmp_path / "run", *SETTINGS]
        status, _, error = shell(*command, "--report", tmp_path / "." / "news.html")
        assert status == 1
        assert "it is an input file" in error
        assert source.read_text() == "text\nThe cup.\n"

    def test_the_report_of_a_run_is_written_at_its_end_and_for_one_that_is_done(
        self, shell, make_checkpoint, source, tmp_path
    ):
        command = ["corpus", make_checkpoint(), source, "--output", tmp_path / "run", *SETTINGS]
        status, _, _ = shell(*command, "--report", tmp_path / "run" / "report.html")
        assert status == 0
        report = (tmp_path / "run" / "report.html").read_text("utf-8")
        assert report.startswith("<!doctype html>")
        assert "<h1>model.pt on news.csv</h1>" in report
        assert "1 × The text is empty. (bad" in report
        status, out, _ = shell(*command, "--report", tmp_path / "again.html")
        assert (status, out.splitlines()[0][:23]) == (0, "Nothing was left to do:")
        assert "What each label listens to" in (tmp_path / "again.html").read_text("utf-8")

    def test_a_report_is_written_also_where_no_document_could_be_explained(self, shell, make_checkpoint, tmp_path):
        (tmp_path / "news.csv").write_text("text,label\n,sport\n,tech\n")
        command = ["corpus", make_checkpoint(), tmp_path / "news.csv", "--output", tmp_path / "run"]
        status, _, error = shell(*command, "--text-column", "text", "--report", tmp_path / "report.html")
        assert status == 1
        assert "No document could be explained" in error
        assert "2, 2 of them could not be explained" in (tmp_path / "report.html").read_text("utf-8")

    def test_an_interrupt_leaves_a_run_that_goes_on(self, shell, make_checkpoint, source, tmp_path):
        command = ["corpus", str(make_checkpoint()), str(source), "--output", str(tmp_path / "run"), *SETTINGS]
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert "documents" in process.stderr.readline()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=600)
        assert process.returncode == 130
        assert error.splitlines()[-1].startswith("whylight: stopped. Run the same command again")
        before = corpus.read_run(tmp_path / "run")
        assert (before.cancelled, before.finished) == (True, None)
        assert 0 < before.done < 26
        status, out, _ = shell(*command)
        assert status == 0
        assert out.startswith("26 of 26 documents")
        assert_once(tmp_path / "run", 26)


@pytest.mark.parametrize(
    ("seconds", "said"), [(4.2, "4 s"), (75, "1 min 15 s"), (3_700, "1 h 01 min"), (90_000, "25 h 00 min")]
)
def test_times_are_as_people_read_them(seconds, said):
    assert format_time(seconds) == said


SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job begins with it ignored
from attribution.cli import corpus as command
from attribution.corpus.documents import batches
from attribution.cli.main import main
batches._MOST_CHARACTERS = 300
show = command._Meter.show
command._Meter.show = lambda self, progress: (show(self, progress), time.sleep(0.5))[0]
sys.exit(main(sys.argv[1:]))
"""
