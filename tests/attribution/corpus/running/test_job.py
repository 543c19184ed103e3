"""A run in a process of its own: begun, stopped, gone on with, killed."""

import csv
import fcntl
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path

import pytest

from attribution import AttributionError
from attribution.corpus import read_run
from attribution.corpus.findings.tables import open_tables
from attribution.corpus.running import job
from attribution.corpus.running.attempts import Attempts
from attribution.corpus.shelf import Shelf, clean_name, list_sources
from tests.runs import draw_run

TEXTS = ("The striker scored twice.", "The bank raised its forecast.", "", "Chips are faster now.")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "news.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *((text, "alpha") for text in TEXTS)])
    return path


@pytest.fixture
def task(source, make_checkpoint):
    return job.Task(
        model=str(make_checkpoint(("alpha", "beta"))),
        model_name="greek",
        source=str(source),
        columns={"text": "text", "label": "label", "id": None},
        method={"name": "integrated_gradients", "settings": {"tolerance": 0.02}},
    )


def draw_begun(folder, task, source):
    draw_run(folder, count=3)
    (folder / ".task.json").write_text(json.dumps(asdict(replace(task, source=str(source)))))


def wait(folder, seconds=600):
    end = time.monotonic() + seconds
    while job.is_running(folder):
        assert time.monotonic() < end
        time.sleep(0.1)
    return job.read_state(folder)


class TestStart:
    def test_a_run_that_is_stopped_goes_on_to_what_its_task_says(self, tmp_path, task, source):
        texts = [*TEXTS, *(f"{TEXTS[0]} {number}" for number in range(200))]
        with source.open("w", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *((text, "alpha") for text in texts)])
        folder = tmp_path / "run"
        job.start(folder, task)
        with pytest.raises(AttributionError, match="at work already"):
            job.start(folder)
        while job.read_state(folder).progress is None:
            assert job.is_running(folder)
            time.sleep(0.02)
        job.stop(folder)
        assert wait(folder).error == ""
        run = read_run(folder)
        assert run.cancelled
        assert 0 < run.done < len(texts)
        job.start(folder)
        state = wait(folder)
        assert (state.running, state.stopping, state.error) == (False, False, "")
        assert (state.progress.done, state.progress.failed) == (len(texts), 1)
        run = read_run(folder)
        assert (run.done, run.model_name, run.method["settings"]["tolerance"]) == (len(texts), "greek", 0.02)
        assert run.finished
        with open_tables(folder, run.labels) as tables:
            assert tables.execute("select count(hit), count(error) from judged").fetchone() == (len(texts) - 1, 1)

    def test_what_cannot_be_done_ends_with_its_sentence(self, tmp_path, task, source):
        source.unlink()
        (tmp_path / ".task.json").write_text(json.dumps(asdict(task)))
        job.run(tmp_path)
        assert "cannot be read" in job.read_state(tmp_path).error

    def test_one_that_was_killed_is_not_at_work(self, tmp_path, task, monkeypatch):
        begun = []
        popen = subprocess.Popen

        def begin(*args, **options):
            begun.append(popen(*args, **options))
            return begun[0]

        monkeypatch.setattr(subprocess, "Popen", begin)
        job.start(tmp_path / "run", task)
        os.kill(begun[0].pid, signal.SIGKILL)
        begun[0].wait()
        assert "killed or crashed" in wait(tmp_path / "run").error

    def test_one_that_was_killed_says_what_it_was_reading(self, tmp_path):
        (tmp_path / ".progress.json").write_text('{"progress": null}')
        Attempts(tmp_path).begin(range(8))
        error = job.read_state(tmp_path).error
        assert "killed or crashed while it read row 1, row 2, row 3, row 4, row 5 and 3 more." in error
        assert "read one at a time" in error

    def test_one_that_fills_its_server_ends_with_a_sentence_and_keeps_what_it_has(self, tmp_path, task, monkeypatch):
        (tmp_path / "runs" / "run").mkdir(parents=True)
        (tmp_path / "runs" / "run" / ".task.json").write_text(json.dumps(asdict(task)))
        monkeypatch.setenv("WHYLIGHT_RUNS_LIMIT", "0")
        job.run(tmp_path / "runs" / "run")
        assert "There is no room for more" in job.read_state(tmp_path / "runs" / "run").error
        run = read_run(tmp_path / "runs" / "run")
        assert run.cancelled
        assert run.done > 0

    def test_nothing_was_begun_in_another_folder(self, tmp_path):
        state = job.read_state(tmp_path)
        assert (state.running, state.progress, state.error) == (False, None, "")
        job.stop(tmp_path)
        with pytest.raises(AttributionError, match="not started from the page"):
            job.start(tmp_path)


class TestShelf:
    NAME = "20261125-200000-abcdef"

    def test_runs_stand_in_the_store_or_where_the_server_says(self, tmp_path, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_STORE", str(tmp_path / "store"))
        assert Shelf.open().root == tmp_path / "store" / "runs"
        monkeypatch.setenv("WHYLIGHT_RUNS", str(tmp_path / "runs"))
        assert Shelf.open().root == tmp_path / "runs"
        assert Shelf.open().runs() == []
        assert Shelf.open().working() == []

    def test_a_name_leads_to_no_other_folder(self, tmp_path):
        shelf = Shelf(tmp_path)
        for name in ("..", "../x", "sources", "", "/etc", f"{self.NAME}/.."):
            with pytest.raises(AttributionError, match="no such run"):
                shelf.folder(name)
            assert shelf.find(name) is None
        assert shelf.folder(shelf.name_new()).parent == tmp_path

    def test_a_source_goes_with_its_last_run(self, tmp_path, task):
        shelf = Shelf(tmp_path / "runs")
        names = [self.NAME, self.NAME[:-1] + "0"]
        with Path(task.source).open("rb") as file:
            source = shelf.add_source(file, "a/b/../news.csv")
        assert source.name == "news.csv"
        assert source.read_bytes() == Path(task.source).read_bytes()
        for name in names:
            draw_begun(shelf.folder(name), task, source)
        assert {run.folder.name for run in shelf.runs()} == set(names)
        shelf.delete(names[0])
        assert source.exists()
        shelf.delete(names[1])
        assert not source.exists()
        assert shelf.runs() == []

    def test_the_same_content_under_another_name_stays_with_its_own_run(self, tmp_path, task):
        shelf = Shelf(tmp_path / "runs")
        names = [self.NAME, self.NAME[:-1] + "0"]
        sources = [shelf.add_source(BytesIO(b"text\none"), name) for name in ("news.csv", "news (1).csv")]
        assert sources[0].parent == sources[1].parent
        for name, source in zip(names, sources, strict=True):
            draw_begun(shelf.folder(name), task, source)
        shelf.delete(names[0])
        assert [source.exists() for source in sources] == [False, True]
        shelf.delete(names[1])
        assert not sources[1].parent.exists()

    def test_an_upload_that_nobody_runs_goes_after_a_day(self, tmp_path):
        shelf = Shelf(tmp_path)
        first = shelf.add_source(BytesIO(b"text\none"), "one.csv")
        second = shelf.add_source(BytesIO(b"text\ntwo"), "two.csv")
        os.utime(first.parent, (0, 0))
        shelf.add_source(BytesIO(b"text\nthree"), "three.csv")
        assert not first.exists()
        assert second.exists()

    def test_a_run_that_failed_before_it_began_holds_no_upload(self, tmp_path, task):
        shelf = Shelf(tmp_path / "runs")
        source = shelf.add_source(BytesIO(b"text\none"), "one.csv")
        shelf.folder(self.NAME).mkdir()
        (shelf.folder(self.NAME) / ".task.json").write_text(json.dumps(asdict(replace(task, source=str(source)))))
        os.utime(source.parent, (0, 0))
        with (shelf.folder(self.NAME) / ".process").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            shelf.add_source(BytesIO(b"text\ntwo"), "two.csv")
            assert source.exists(), "it is at work"
        shelf.add_source(BytesIO(b"text\nthree"), "three.csv")
        assert not source.exists()

    def test_names_of_uploads_hold_nothing_else(self):
        assert clean_name("../../etc/x.csv") == "x.csv"
        assert clean_name("C:\\news\r\n.csv") == "news.csv"
        assert clean_name(f"{'x' * 500}.jsonl") == f"{'x' * 100}.jsonl"
        with pytest.raises(AttributionError, match="Expected a file that ends in"):
            clean_name("news.exe")

    def test_the_servers_own_files_are_those_that_can_be_read(self, tmp_path, monkeypatch):
        assert list_sources() == []
        for name in ("b.csv", "a.parquet", "c.docx"):
            (tmp_path / name).touch()
        monkeypatch.setenv("WHYLIGHT_DATA", str(tmp_path))
        assert [path.name for path in list_sources()] == ["a.parquet", "b.csv"]
        monkeypatch.setenv("WHYLIGHT_DATA", str(tmp_path / "nowhere"))
        with pytest.raises(AttributionError, match="cannot be read"):
            list_sources()
