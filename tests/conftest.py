"""What the tests share: a store of their own, with the demo model in it, and tiny checkpoints to upload."""

import fcntl
import gc
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from attribution import demo
from attribution.storage.store import Store

SHARED = {"browser": "/e2e/", "ray": "/test_cluster.py::TestRay", "postgresql": "postgresql"}
"""Marks of tests that share a server, with what stands in their ids alone."""
SLOW = (
    "/hostile/",
    "/rehearsing/test_rehearsal.py",
    "/vetting/test_malformed.py",
    "/test_releases.py",
    "/cli/test_encodings.py",
    "/cli/test_output.py",
    "/encoders/test_exclusive.py",
    "/encoders/transformers/test_sequence_classifier.py",
    "/encoders/transformers/test_document.py",
    "/encoders/transformers/test_options.py",
    "/encoders/transformers/test_references.py",
    "/encoders/transformers/test_words.py",
    "/encoders/words/test_saved_words.py",
    "::TestLongTexts",
    "/cli/test_corpus.py",
    "/formats/test_isolated.py::TestLimits",
    "/running/test_job.py",
    "/running/local/test_processes.py",
    "/running/test_worker.py",
    "::TestDeadlyDocument",
    "::TestResuming",
    "/demo/test_demo.py::TestModel",
    "/test_on_the_demo.py",
    "/ui/test_demo.py",
    "/test_perturbation.py::TestBoth",
    "/test_public_api.py::TestImport",
    "/test_start.py::TestImports",
    "/test_threads.py",
)
"""What stands in the ids of other tests that take long: every kind of network, hostile file, process and demo."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests that share a server come first, for they take longest."""
    places = {name: place for place, name in enumerate(SHARED)}
    items.sort(key=lambda item: places.get(find_scope(item.nodeid), len(places)))
    for item in items:
        if (scope := find_scope(item.nodeid)) in SHARED:
            item.add_marker(scope)
        if any(part in item.nodeid for part in (*SHARED.values(), *SLOW)):
            item.add_marker("slow")


def pytest_collection_finish():
    """What was imported stays, so that the collector of garbage need not go through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """pytest-xdist 3.8 has groups of its own, but finds none of them under pytest 9.2."""
    return ScopeScheduling(config, log)


class ScopeScheduling(LoadScopeScheduling):
    """One worker takes all tests that share a server; otherwise a file at a time."""

    def _split_scope(self, nodeid: str) -> str:
        return find_scope(nodeid)


def find_scope(nodeid: str) -> str:
    return next((name for name, part in SHARED.items() if part in nodeid), nodeid.partition("::")[0])


@pytest.fixture(scope="session", autouse=True)
def store_folder(tmp_path_factory):
    """No test reads or writes the models and the saved analyses of whoever runs it."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHYLIGHT_STORE", str(folder))
        patch.setenv("WHYLIGHT_PRECISION", "float32")  # the same numbers whatever the machine; else a test says so
        patch.delenv("WHYLIGHT_DATABASE", raising=False)
        yield folder


@pytest.fixture(scope="session")
def demo_checkpoint(store_folder, tmp_path_factory, worker_id) -> Path:
    """The demo model's file, built once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "demo"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = demo.checkpoint(Store(folder))
    return _link(built, store_folder)


def _link(checkpoint: Path, folder: Path) -> Path:
    for name in (checkpoint.name, f"{checkpoint.stem}.json"):
        (folder / name).hardlink_to(checkpoint.with_name(name))
    return folder / checkpoint.name


@pytest.fixture(scope="session")
def make_checkpoint(tmp_path_factory) -> Callable[..., Path]:
    """Makes the file of a tiny classifier; the same one is made once."""

    @cache
    def make(labels: tuple[str, ...] | None = None, **options: object) -> Path:
        from tests.models.transformers import (  # not by xdist's controller, which runs no test
            LABELS,
            build_classifier,
            save,
        )

        folder = tmp_path_factory.mktemp("tiny")
        return save(build_classifier(folder, labels=labels or LABELS, **options), folder)

    return make


@pytest.fixture(scope="session")
def furnish(demo_checkpoint) -> Callable[[Path], Path]:
    """Puts the demo model into another store, without a second copy of its bytes."""

    def link(folder: Path) -> Path:
        _link(demo_checkpoint, folder)
        return folder

    return link
