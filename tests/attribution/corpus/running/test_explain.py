import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import pyarrow.parquet as pq
import pytest

from attribution import AttributionError, IntegratedGradients, explain, load_model
from attribution.corpus import Columns, explain_corpus, list_runs, read_run
from attribution.corpus.documents import open_source
from attribution.corpus.running import parts
from attribution.corpus.running.results import DOCUMENTS, WORDS
from attribution.explanation import hash_texts
from attribution.report import to_report
from tests.models.kinds import build_document, build_pair, build_regressor
from tests.models.transformers import CORPUS, LABELS, build_classifier, save
from tests.runs import DOCUMENT, WORD, draw_run

METHOD = IntegratedGradients(tolerance=0.05, max_evaluations=9)
SENTENCES = [sentence.strip() for sentence in re.split(r"(?<=[.:])\s", CORPUS.strip()) if len(sentence) > 8]


@pytest.fixture(scope="module")
def checkpoint(make_checkpoint):
    return make_checkpoint()


@pytest.fixture
def write(tmp_path):
    def write(rows, name="news.csv"):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("id", "text", "label"), *rows])
        return tmp_path / name

    return write


def rows(count):
    """Different texts."""
    return [
        (f"d{place}", f"{SENTENCES[place % len(SENTENCES)]} {place}", LABELS[place % len(LABELS)])
        for place in range(count)
    ]


def read(folder, kind="documents"):
    return pq.read_table(folder / kind).to_pylist()


def list_lines(source):
    """Where each row of a file begins, as the standard library counts; without the row of names."""
    with source.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        return [1 + reader.line_num for _ in reader][:-1]


class TestRun:
    def test_each_row_says_what_explain_says(self, checkpoint, write, tmp_path):
        given = rows(12)
        source = write(given)
        run = explain_corpus(checkpoint, source, tmp_path / "run", method=METHOD, explained="both")
        model, lines = load_model(checkpoint), list_lines(source)
        words = read(run.folder, "words")
        for document in read(run.folder):
            name, text, gold = given[document["number"]]
            assert (document["id"], document["text"], document["gold"]) == (name, text, [gold])
            assert document["sha256"] == hash_texts([text])
            assert document["explained"] == list(dict.fromkeys([document["predicted"], gold]))
            alone = [explain(model, text, label, METHOD) for label in document["explained"]]
            assert document["predicted"] == alone[0].prediction.label
            assert document["probabilities"] == pytest.approx(alone[0].prediction.probabilities.tolist(), abs=1e-5)
            assert document["probability"] == pytest.approx(alone[0].prediction.probability, abs=1e-5)
            assert document["assigned"] == list(alone[0].prediction.assigned)
            assert document["gap"] == pytest.approx(max(abs(one.gap) for one in alone), abs=1e-4)
            assert document["relative_gap"] == pytest.approx(max(abs(one.relative_gap) for one in alone), abs=1e-3)
            assert document["evaluations"] == max(one.evaluations for one in alone)
            assert document["converged"] == all(one.converged for one in alone)
            assert document["line"] == lines[document["number"]]
            assert document["scores"] == pytest.approx([one.score for one in alone], abs=1e-4)
            assert document["baseline_scores"] == pytest.approx([one.baseline_score for one in alone], abs=1e-4)
            assert document["score"] == document["scores"][0]
            assert document["baseline_score"] == document["baseline_scores"][0]
            for one in alone:
                mine = [
                    (word["position"], word["word"], word["start"], word["end"])
                    for word in words
                    if (word["document"], word["label"]) == (document["number"], one.label)
                ]
                assert mine == [(place, w.text, w.start, w.end) for place, w in enumerate(one.words())]
                values = [
                    word["attribution"]
                    for word in words
                    if (word["document"], word["label"]) == (document["number"], one.label)
                ]
                assert values == pytest.approx([word.attribution for word in one.words()], abs=1e-4)

    def test_run_json_says_what_was_explained_by_what(self, checkpoint, write, tmp_path):
        source = write(rows(3))
        run = explain_corpus(checkpoint, source, tmp_path / "run", method=METHOD, model_name="tiny")
        said = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
        report = to_report(explain(load_model(checkpoint), "goal", method=METHOD))
        assert (said["format"], said["version"], said["engine"]) == ("whylight-run", 1, "local")
        assert (said["model"], said["method"]) == (report["model"], report["method"])
        assert said["labels"] == report["prediction"]["labels"]
        assert (said["documents"], said["done"], said["failed"], said["cancelled"]) == (3, 3, 0, False)
        assert said["source"]["columns"] == {"text": "text", "label": "label", "id": "id"}
        assert said["finished"] >= said["created"]
        assert read_run(tmp_path / "run") == run
        assert list_runs(tmp_path) == [run]

    def test_the_files_have_the_columns_that_readers_expect(self, checkpoint, write, tmp_path):
        folder = explain_corpus(checkpoint, write(rows(2)), tmp_path / "run", method=METHOD).folder
        for kind, written, drawn in (("documents", DOCUMENTS, DOCUMENT), ("words", WORDS, WORD)):
            assert pq.read_schema(folder / kind / "part-000000.parquet").equals(written)
            assert written.names == drawn.names

    def test_files_of_a_folder_and_their_other_columns_are_told_apart(self, checkpoint, tmp_path):
        for place, name in enumerate(("a.csv", "b.csv")):
            path = tmp_path / "news" / name
            path.parent.mkdir(exist_ok=True)
            text, label = " ".join(SENTENCES[place].replace(",", "").split()), LABELS[place]
            path.write_text(f"text,label,author,year\n{text},{label},Ada,{2000 + place}\n", "utf-8")
        run = explain_corpus(checkpoint, tmp_path / "news", tmp_path / "run", method=METHOD)
        assert (run.source["name"], run.documents) == ("news (2 files)", 2)
        found = sorted(read(run.folder), key=lambda row: row["number"])
        assert [(row["file"], row["id"], row["gold"]) for row in found] == [
            ("a.csv", "a.csv, row 1 (line 2)", [LABELS[0]]),
            ("b.csv", "b.csv, row 1 (line 2)", [LABELS[1]]),
        ]
        assert [dict(row["columns"]) for row in found] == [
            {"author": "Ada", "year": "2000"},
            {"author": "Ada", "year": "2001"},
        ]

    def test_where_a_text_was_cut_off_is_said(self, checkpoint, write, tmp_path):
        long = " ".join(SENTENCES)
        run = explain_corpus(checkpoint, write([("d0", long, LABELS[0])]), tmp_path / "run", method=METHOD)
        (document,) = read(run.folder)
        assert 0 < document["truncated_at"] < len(long)
        assert document["truncated_at"] == explain(load_model(checkpoint), long, method=METHOD).truncated_at

    def test_a_model_of_several_labels_a_text(self, tmp_path, write):
        path = save(build_classifier(tmp_path, multi_label=True, threshold=0.3), tmp_path)
        run = explain_corpus(path, write(rows(3)), tmp_path / "run", method=METHOD, explained="all")
        assert run.thresholds == (0.3, 0.3, 0.3)
        model = load_model(path)
        for document in read(run.folder):
            assert document["assigned"] == list(model.predict(document["text"]).assigned)
            assert document["explained"] == list(LABELS)

    def test_what_is_assigned_is_what_is_explained(self, tmp_path, write):
        built = build_classifier(tmp_path, multi_label=True, threshold={"default": 0.99, "tech": 0.0, "sport": 0.0})
        path = save(built, tmp_path)
        run = explain_corpus(path, write(rows(3)), tmp_path / "run", columns=Columns("text"), method=METHOD)
        model = load_model(path)
        for document in read(run.folder):
            prediction = model.predict(document["text"])
            assert set(prediction.assigned) == {"sport", "tech"}
            assert document["explained"] == list(prediction.predicted)
            assert explain(model, document["text"], method=METHOD).label == prediction.predicted[0]


class TestBadDocuments:
    def test_each_is_a_row_with_its_reason_and_the_others_go_on(self, checkpoint, tmp_path):
        path = tmp_path / "news.csv"
        path.write_bytes(
            b"text,label\nThe striker scored.,sport\n,sport\nShares fell.,weather\ncaf\xe9,tech\n"
            b"\xe2\x80\x8b,tech\nWages rose,too,much,tech\nThe chip learns.,\n"
        )
        run = explain_corpus(checkpoint, path, tmp_path / "run", method=METHOD)
        found = sorted(read(run.folder), key=lambda document: document["number"])
        reasons = [document["error"] for document in found]
        assert (run.documents, run.done, run.failed) == (7, 7, 4)
        assert [reason is None for reason in reasons] == [True, False, True, False, False, False, True]
        told = [reason for reason in reasons if reason]
        for reason, sentence in zip(told, ["empty", "cannot be read as UTF-8", "invisible", "4 cells"], strict=True):
            assert sentence in reason
        assert found[1]["predicted"] is found[1]["probabilities"] is found[1]["converged"] is None
        assert {word["document"] for word in read(run.folder, "words")} == {0, 2, 6}
        assert [document["gold"] for document in found] == [
            *(["sport"], ["sport"], ["weather"], ["tech"], ["tech"], None, None)
        ]

    def test_a_document_without_a_gold_label_where_that_is_explained(self, checkpoint, write, tmp_path):
        run = explain_corpus(
            checkpoint, write([("a", "The cup.", ""), ("b", "The cup.", "sport")]), tmp_path / "run", explained="gold"
        )
        assert [document["explained"] for document in read(run.folder)] == [[], ["sport"]]


class TestResuming:
    def test_a_run_that_was_stopped_goes_on_where_it_was(self, checkpoint, write, tmp_path, monkeypatch):
        monkeypatch.setattr(parts, "_MOST_DOCUMENTS", 8)
        monkeypatch.setattr("attribution.corpus.documents.batches._MOST_CHARACTERS", 600)
        source, seen = write(rows(30)), []
        first = explain_corpus(
            checkpoint, source, tmp_path / "run", method=METHOD, on_progress=lambda progress: progress.done < 10
        )
        assert first.cancelled
        assert first.finished is None
        assert 10 <= first.done < 30
        second = explain_corpus(checkpoint, source, tmp_path / "run", method=METHOD, on_progress=seen.append)
        assert (second.cancelled, second.done, second.created) == (False, 30, first.created)
        assert second.seconds > first.seconds
        assert seen[0].done > first.done
        assert seen[-1].done == seen[-1].total == 30
        assert seen[-1].seconds_left == 0
        assert_once(tmp_path / "run", 30)

    def test_one_that_goes_on_says_at_once_what_was_done_before(self, checkpoint, write, tmp_path, monkeypatch):
        monkeypatch.setattr("attribution.corpus.documents.batches._MOST_CHARACTERS", 300)
        source, said = write([("bad", " " * 400, "sport"), *rows(11)]), []
        first = explain_corpus(
            checkpoint, source, tmp_path / "run", method=METHOD, on_progress=lambda progress: progress.done < 4
        )
        explain_corpus(
            checkpoint,
            source,
            tmp_path / "run",
            method=METHOD,
            on_progress=lambda _: said.append(read_run(tmp_path / "run")) or False,
        )
        assert (said[0].done, said[0].failed) == (first.done, first.failed)
        assert 4 <= first.done < 12
        assert first.failed == 1

    def test_what_is_done_is_not_done_again(self, checkpoint, write, tmp_path, monkeypatch):
        source = write(rows(5))
        first = explain_corpus(checkpoint, source, tmp_path / "run", method=METHOD)
        monkeypatch.setattr("attribution.corpus.running.worker.Worker.explain", None)
        again = explain_corpus(checkpoint, source, tmp_path / "run", method=METHOD)
        assert (again.done, again.finished) == (5, first.finished)

    @pytest.mark.parametrize(
        ("options", "what"),
        [
            ({"method": IntegratedGradients(tolerance=0.04, max_evaluations=9)}, "method"),
            ({"method": METHOD, "explained": "all"}, "explained"),
            ({"method": METHOD, "columns": Columns("text")}, "source"),
        ],
    )
    def test_other_settings_are_refused(self, checkpoint, write, tmp_path, options, what):
        source = write(rows(2))
        explain_corpus(checkpoint, source, tmp_path / "run", method=METHOD)
        with pytest.raises(AttributionError, match=f"holds a run with another {what}"):
            explain_corpus(checkpoint, source, tmp_path / "run", **options)
        assert_once(tmp_path / "run", 2)

    def test_another_model_or_source_is_refused(self, checkpoint, make_checkpoint, write, tmp_path):
        explain_corpus(checkpoint, write(rows(2)), tmp_path / "run", method=METHOD)
        with pytest.raises(AttributionError, match="another source"):
            explain_corpus(checkpoint, write(rows(3)), tmp_path / "run", method=METHOD)
        with pytest.raises(AttributionError, match="another model"):
            explain_corpus(make_checkpoint(seed=5), write(rows(2)), tmp_path / "run", method=METHOD)

    def test_a_run_of_a_release_that_knew_no_learned_points_goes_on(self, checkpoint, write, tmp_path):
        source = write(rows(2))
        explain_corpus(checkpoint, source, tmp_path / "run", method=METHOD)
        record = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
        assert record["method"]["settings"].pop("points") == "learned"
        assert record["method"]["settings"]["precision"] == "auto"
        record["method"]["settings"]["precision"] = "float32"
        (tmp_path / "run" / "run.json").write_text(json.dumps(record), "utf-8")
        assert explain_corpus(checkpoint, source, tmp_path / "run", method=METHOD).done == 2

    def test_a_killed_run_goes_on_and_every_document_comes_out_once(self, checkpoint, write, tmp_path):
        source, folder = write(rows(150)), tmp_path / "run"
        process = subprocess.Popen([sys.executable, "-c", SLOW, str(checkpoint), str(source), str(folder)])
        try:
            wait_for(lambda: len(list((folder / "documents").glob("part-*"))) >= 2, process)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        (folder / "words" / "part-000099.parquet").write_bytes(b"half")
        (folder / "documents" / ".part-000099.parquet.part").write_bytes(b"half")
        before = {path.name: path.stat().st_mtime_ns for path in (folder / "documents").glob("part-*")}
        assert 0 < len(read(folder)) < 150
        run = explain_corpus(checkpoint, source, folder, method=METHOD)
        assert run.done == 150
        assert_once(folder, 150)
        after = {path.name: path.stat().st_mtime_ns for path in (folder / "documents").iterdir()}
        assert {name: after[name] for name in before} == before
        assert {path.name for path in (folder / "words").iterdir()} == set(after)


class TestDeadlyDocument:
    def test_it_is_given_up_after_three_deaths_and_the_others_are_explained(self, checkpoint, write, tmp_path):
        given = rows(12)
        given[5] = ("deadly", "The deadly goal.", "sport")
        command = [sys.executable, "-c", DEADLY, str(checkpoint), str(write(given)), str(tmp_path / "run")]
        ends = subprocess.run(command, timeout=600, check=True, stdout=subprocess.PIPE, text=True).stdout
        assert json.loads(ends) == [-signal.SIGKILL] * 3 + [0]
        assert_once(tmp_path / "run", 12)
        assert {one["id"]: one["error"] for one in read(tmp_path / "run") if one["error"]} == {
            "deadly": "The process crashed three times on this document. It may need more memory than this machine has."
        }


class TestRefusals:
    def test_two_processes_do_not_write_one_run(self, checkpoint, write, tmp_path):
        with parts.locked(tmp_path / "run"), pytest.raises(AttributionError, match="Another process writes"):
            explain_corpus(checkpoint, write(rows(2)), tmp_path / "run", method=METHOD)

    def test_a_folder_of_other_files_is_left_alone(self, checkpoint, write, tmp_path):
        with pytest.raises(AttributionError, match="holds other files"):
            explain_corpus(checkpoint, write(rows(2)), tmp_path, method=METHOD)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["news.csv"]

    def test_gold_labels_need_a_column(self, checkpoint, write, tmp_path):
        with pytest.raises(AttributionError, match="no column holds them"):
            explain_corpus(checkpoint, write(rows(2)), tmp_path / "run", columns=Columns("text"), explained="gold")

    def test_what_every_document_would_be_refused_for_is_said_at_once(self, checkpoint, write, tmp_path):
        path = save(build_classifier(tmp_path, "gpt2"), tmp_path)
        with pytest.raises(AttributionError, match="no baseline 'mask'"):
            explain_corpus(path, write(rows(2)), tmp_path / "run", method=IntegratedGradients(baseline="mask"))
        assert not (tmp_path / "run").exists()

    def test_it_is_said_at_once_however_late_the_first_good_document_comes(self, write, tmp_path):
        path = save(build_classifier(tmp_path, "gpt2"), tmp_path)
        source = write([("a", "", "x")] * 1200 + rows(1))
        with pytest.raises(AttributionError, match="no baseline 'mask'"):
            explain_corpus(path, source, tmp_path / "run", method=IntegratedGradients(baseline="mask"))

    def test_an_opened_source_is_read_as_it_was_opened(self, checkpoint, write, tmp_path):
        opened = open_source(write(rows(2)), Columns("text"))
        assert explain_corpus(checkpoint, opened, tmp_path / "run", method=METHOD).source["columns"]["label"] is None
        with pytest.raises(ValueError, match="was opened with its columns"):
            explain_corpus(checkpoint, opened, tmp_path / "other", columns=Columns("text"))

    def test_a_label_that_is_called_value_is_one(self, make_checkpoint, write, tmp_path):
        """Not by their labels are models that predict a value known."""
        given = [("a", "The bank raised its forecast.", "value"), ("b", "A goal.", "other")]
        run = explain_corpus(make_checkpoint(("value",)), write(given), tmp_path / "run", method=METHOD)
        assert (run.predicts_value, run.failed) == (False, 0)
        golds = {document["number"]: document["gold"] for document in read(run.folder)}
        assert golds == {0: ["value"], 1: ["other"]}

    def test_a_run_of_before_tells_a_value_by_its_label(self, tmp_path):
        for labels, expected in ((("value",), True), (("value", "other"), False)):
            drawn = draw_run(tmp_path / str(expected), labels=labels)
            path = drawn.folder / "run.json"
            said = json.loads(path.read_text("utf-8"))
            said.pop("predicts_value", None)
            path.write_text(json.dumps(said), "utf-8")
            assert read_run(drawn.folder).predicts_value == expected

    def test_models_of_pairs_and_values_against_gold(self, write, tmp_path):
        pair = build_pair(build_document(tmp_path), embed_separately=False)
        with pytest.raises(AttributionError, match="compares two texts"):
            explain_corpus(save(pair, tmp_path), write(rows(2)), tmp_path / "run")
        with pytest.raises(AttributionError, match="predicts a value"):
            explain_corpus(
                save(build_regressor(build_document(tmp_path)), tmp_path),
                write(rows(2)),
                tmp_path / "run",
                columns=Columns("text", "label"),
            )

    def test_unknown_choices(self, checkpoint, write, tmp_path):
        with pytest.raises(ValueError, match="explained"):
            explain_corpus(checkpoint, write(rows(2)), tmp_path / "run", explained="some")


def assert_once(folder, count):
    assert Counter(document["number"] for document in read(folder)) == Counter(range(count))
    places = Counter((word["document"], word["label"], word["position"]) for word in read(folder, "words"))
    assert set(places.values()) == {1}


def wait_for(condition, process, seconds=600):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.02)


DEADLY = """
import json, os, signal, sys
from attribution import IntegratedGradients
from attribution.corpus import explain_corpus
from attribution.corpus.running.worker import Worker
explain = Worker.explain
def explain_or_die(self, documents):
    if any("deadly" in document.text for document in documents):
        os.kill(os.getpid(), signal.SIGKILL)
    return explain(self, documents)
Worker.explain = explain_or_die
ends = []
for _ in range(4):  # forks, so that each need not import all anew
    if not (child := os.fork()):
        explain_corpus(*sys.argv[1:], method=IntegratedGradients(tolerance=0.05, max_evaluations=9))
        os._exit(0)
    ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(ends))
"""
SLOW = """
import sys, time
from attribution import IntegratedGradients
from attribution.corpus import explain_corpus
from attribution.corpus.documents import batches
from attribution.corpus.running import parts
parts._MOST_DOCUMENTS, batches._MOST_CHARACTERS = 10, 600
explain_corpus(
    *sys.argv[1:], method=IntegratedGradients(tolerance=0.05, max_evaluations=9), on_progress=lambda _: time.sleep(0.1)
)
"""
