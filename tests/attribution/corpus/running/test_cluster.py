"""The engine on a real Ray cluster of this machine; skipped where Ray is not installed."""

import os
import re
import signal
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch

from attribution import AttributionError, IntegratedGradients
from attribution.corpus import explain_corpus
from attribution.corpus.running import cluster as engine
from tests.attribution.corpus.running.alike import SENTENCES, assert_alike, read, write_news
from tests.models.hugging_face import ask_transformers, write_folder
from tests.models.transformers import LABELS
from tests.paths import ROOT

ray = pytest.importorskip("ray")
ExecutionTimeoutError = pytest.importorskip("ray.data.exceptions").ExecutionTimeoutError

METHOD = IntegratedGradients(tolerance=0.05, max_evaluations=9)


@pytest.fixture(scope="module")
def cluster():
    """One of two processors, for all tests here."""
    root = str(ROOT)
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=200 * 2**20,
        runtime_env={"env_vars": {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"}},
    )
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_news(tmp_path_factory.mktemp("source") / "news.txt", 200)


@pytest.fixture(scope="module")
def local(make_checkpoint, source, tmp_path_factory):
    """The same run in one process."""
    return explain_corpus(make_checkpoint(), source, tmp_path_factory.mktemp("local"), method=METHOD).folder


def find_workers():
    """The processes below this one that hold a model."""
    parents, workers = {}, []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            parents[int(status.parent.name)] = int(re.search(r"PPid:\s+(\d+)", status.read_text())[1])
            if b"MapWorker" in (status.parent / "cmdline").read_bytes():
                workers.append(int(status.parent.name))
        except OSError:
            continue
    return [pid for pid in workers if os.getpid() in ancestors(pid, parents)]


def ancestors(pid, parents):
    while pid in parents:
        pid = parents[pid]
        yield pid


@pytest.mark.usefixtures("cluster")
class TestRay:
    def test_a_worker_that_is_killed_in_mid_run_loses_nothing(self, make_checkpoint, source, local, tmp_path):
        killed = []

        def kill(progress):
            if not killed:
                killed.extend(find_workers()[:1])
                os.kill(killed[0], signal.SIGKILL)
                print(f"killed the worker {killed[0]} at {progress.done} of {progress.total} documents")

        run = explain_corpus(
            make_checkpoint(), source, tmp_path / "run", method=METHOD, engine="ray", workers=2, on_progress=kill
        )
        assert killed
        assert Counter(row["number"] for row in read(run.folder)) == Counter(range(200))
        assert_alike(run.folder, local)
        print(f"all {run.done} documents came out once, {run.failed} of them with a reason why it has no explanation")

    def test_it_writes_what_one_process_writes_and_goes_on_where_that_stopped(
        self, make_checkpoint, source, local, tmp_path
    ):
        first = explain_corpus(
            make_checkpoint(), source, tmp_path / "run", method=METHOD, on_progress=lambda progress: False
        )
        assert 0 < first.done < 200
        run = explain_corpus(make_checkpoint(), source, tmp_path / "run", method=METHOD, engine="ray", workers=1)
        assert (run.engine, run.documents, run.done, run.failed) == ("ray", 200, 200, 1)
        assert_alike(run.folder, local)

    def test_workers_read_labels_as_the_reader_said(self, tmp_path):
        folder = write_folder(tmp_path / "model")
        source = tmp_path / "news.txt"
        source.write_text("\n".join(SENTENCES[:4]), "utf-8")
        run = explain_corpus(
            folder, source, tmp_path / "run", method=METHOD, engine="ray", workers=1, explained="all", multi_label=True
        )
        assert run.model["multi_label_by_reader"] is True
        for row in read(run.folder):
            expected = torch.sigmoid(ask_transformers(folder, row["text"]))
            assert row["probabilities"] == pytest.approx(expected.tolist(), abs=1e-5)

    def test_a_document_that_kills_its_workers_is_given_up_and_the_others_are_explained(
        self, make_checkpoint, tmp_path, monkeypatch
    ):
        class Deadly(engine._Actor):
            def __init__(self, *given):
                super().__init__(*given)
                self._explain = self._worker.explain
                self._worker.explain = self._explain_or_die

            def _explain_or_die(self, documents):
                if any("deadly" in document.text for document in documents):
                    os.kill(os.getpid(), signal.SIGKILL)
                return self._explain(documents)

        monkeypatch.setattr(engine, "_Actor", Deadly)
        source = tmp_path / "news.txt"
        lines = [f"__label__{LABELS[0]} {SENTENCES[place]}" for place in range(6)]
        source.write_text("\n".join([*lines[:3], "__label__sport The deadly goal.", *lines[3:]]), "utf-8")
        run = explain_corpus(make_checkpoint(), source, tmp_path / "run", method=METHOD, engine="ray", workers=1)
        assert {row["number"]: row["error"] for row in read(run.folder)} == {
            **dict.fromkeys(range(7)),
            3: "The process crashed three times on this document. It may need more memory than this machine has.",
        }


def test_workers_that_finish_nothing_end_with_a_sentence(tmp_path, monkeypatch):
    def stand_still(*_):
        raise ExecutionTimeoutError("Dataset execution made no progress for at least 1810s of scheduling time.")

    monkeypatch.setattr(engine, "_connected", nullcontext)
    monkeypatch.setattr(engine, "plan_pool", lambda _: None)
    monkeypatch.setattr(engine, "_build", stand_still)
    recipe = engine.Recipe(tmp_path, "", None, METHOD, "predicted")
    with pytest.raises(AttributionError, match="finished nothing for so long that Ray gave up"):
        next(engine.explain_on_ray(recipe, []))


def test_without_ray_one_sentence_says_what_to_install(make_checkpoint, source, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray.data", None)
    with pytest.raises(AttributionError, match=r"pip install -r requirements-ray.txt"):
        explain_corpus(make_checkpoint(), source, tmp_path / "run", engine="ray")
