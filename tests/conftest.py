"""What the tests share: a store of their own, with the demo model in it, and tiny checkpoints to upload."""

import fcntl
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from attribution import demo
from attribution.store import Store

SHARED = ("browser", "ray", "postgresql")
"""Marks of tests that share a server, which pytest-xdist gives to one of its workers."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """One worker takes all that share a server, these first, for they take longest; otherwise a file at a time."""
    items.sort(key=lambda item: SHARED.index(_find_shared(item)) if _find_shared(item) else len(SHARED))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_find_shared(item) or item.location[0]))


def _find_shared(item) -> str | None:
    return next((name for name in SHARED if item.get_closest_marker(name)), None)


@pytest.fixture(scope="session", autouse=True)
def store_folder(tmp_path_factory):
    """No test reads or writes the models and the saved analyses of whoever runs it."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHYLIGHT_STORE", str(folder))
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
        from tests.tiny import LABELS, build_classifier, save  # not by xdist's controller, which runs no test

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
