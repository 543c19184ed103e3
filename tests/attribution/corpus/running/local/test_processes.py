"""Several processes of this machine, as they are."""

import os
import subprocess
import sys
import time
from collections import Counter

import psutil
import pytest

from attribution import AttributionError, IntegratedGradients, explain, load_model
from attribution.corpus import explain_corpus
from attribution.corpus.running.attempts import find_interrupted
from attribution.explaining.lessons import recall_lessons
from tests.attribution.corpus.running.alike import SENTENCES, assert_alike, read, write_news
from tests.models.transformers import LABELS
from tests.paths import ROOT

METHOD = IntegratedGradients(max_evaluations=60)


@pytest.fixture(scope="module")
def checkpoint(make_checkpoint):
    """Its paths turn often enough to be followed by a rule."""
    return make_checkpoint(scale=0.38)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_news(tmp_path_factory.mktemp("source") / "news.txt", 120)


@pytest.fixture(scope="module")
def alone(checkpoint, source, tmp_path_factory):
    """The same run in one process, which learns from its first documents."""
    run = explain_corpus(checkpoint, source, tmp_path_factory.mktemp("alone"), method=METHOD)
    model = load_model(checkpoint)
    recall_lessons(model, (run.folder / ".lessons.json").read_text())
    assert explain(model, SENTENCES[0], method=METHOD).learned_from >= 4
    return run.folder


def find_workers(process=None):
    """The processes below one that hold a model."""
    below = (process or psutil.Process()).children()
    return [one for one in below if "multiprocessing.spawn" in " ".join(one.cmdline())]


class TestProcesses:
    def test_a_worker_that_is_killed_in_mid_run_loses_nothing(self, checkpoint, source, alone, tmp_path):
        killed = []

        def kill(progress):
            if not killed and progress.done > 20:
                killed.extend(find_workers()[:1])
                killed[0].kill()

        run = explain_corpus(checkpoint, source, tmp_path / "run", method=METHOD, workers=2, on_progress=kill)
        assert killed
        assert (run.documents, run.done, run.failed) == (120, 120, 1)
        assert Counter(row["number"] for row in read(run.folder)) == Counter(range(120))
        assert_alike(run.folder, alone)
        assert find_workers() == []

    def test_a_run_that_was_stopped_goes_on_with_the_same_numbers(self, checkpoint, source, alone, tmp_path):
        first = explain_corpus(
            checkpoint, source, tmp_path / "run", method=METHOD, workers=2, on_progress=lambda p: p.done < 20
        )
        assert (first.cancelled, find_interrupted(first.folder), find_workers()) == (True, [], [])
        assert 20 <= first.done < 120
        run = explain_corpus(checkpoint, source, tmp_path / "run", method=METHOD)
        assert (run.done, run.failed) == (120, 1)
        assert_alike(run.folder, alone)

    def test_a_document_that_kills_every_process_is_given_up(self, checkpoint, tmp_path):
        source = tmp_path / "news.txt"
        lines = [f"__label__{LABELS[0]} {sentence}" for sentence in SENTENCES[:6]]
        source.write_text("\n".join([*lines[:3], f"__label__sport The deadly goal. {SENTENCES[0] * 3}", *lines[3:]]))
        script = tmp_path / "deadly.py"
        script.write_text(DEADLY)
        command = [sys.executable, str(script), str(checkpoint), str(source), str(tmp_path / "run")]
        path = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert {row["number"]: row["error"] for row in read(tmp_path / "run")} == {
            **dict.fromkeys(range(7)),
            3: "The process crashed three times on this document. It may need more memory than this machine has.",
        }

    def test_workers_end_with_the_process_that_started_them(self, checkpoint, tmp_path):
        source = tmp_path / "news.txt"
        source.write_text("\n".join(f"{SENTENCES[place % len(SENTENCES)]} {place}" for place in range(3000)))
        command = [sys.executable, "-m", "attribution", "corpus", str(checkpoint), str(source), "--workers", "2"]
        run = subprocess.Popen([*command, "--output", str(tmp_path / "run")], cwd=ROOT, stderr=subprocess.DEVNULL)
        wait_for(lambda: (tmp_path / "run" / ".lessons.json").exists())
        workers = find_workers(psutil.Process(run.pid))
        assert len(workers) == 2
        run.kill()
        run.wait()
        assert psutil.wait_procs(workers, timeout=60)[1] == []
        assert find_interrupted(tmp_path / "run")

    def test_a_model_that_was_replaced_in_mid_run_is_not_explained(self, make_checkpoint, source, tmp_path):
        path = tmp_path / "model.pt"
        path.write_bytes(make_checkpoint().read_bytes())

        def replace(progress):
            path.unlink(missing_ok=True)
            path.write_bytes(make_checkpoint(seed=5).read_bytes())
            find_workers()[0].kill()

        with pytest.raises(AttributionError, match="different model"):
            explain_corpus(path, source, tmp_path / "run", method=METHOD, workers=2, on_progress=replace)
        assert find_workers() == []


DEADLY = """
import os, signal, sys
from attribution import IntegratedGradients
from attribution.corpus import explain_corpus
from attribution.corpus.running.worker import Worker

explain = Worker.explain
def explain_or_die(self, documents):
    if any("deadly" in document.text for document in documents):
        os.kill(os.getpid(), signal.SIGKILL)
    return explain(self, documents)

Worker.explain = explain_or_die
if __name__ == "__main__":
    run = explain_corpus(*sys.argv[1:], method=IntegratedGradients(max_evaluations=40), workers=2)
"""


def wait_for(look):
    for _ in range(600):
        if found := look():
            return found
        time.sleep(0.1)
    raise TimeoutError
