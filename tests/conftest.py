"""What the tests share: a store of their own, with the demo model in it, and tiny checkpoints to upload."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from attribution import demo
from tests.tiny import LABELS, build_classifier, save


@pytest.fixture(scope="session", autouse=True)
def store_folder(tmp_path_factory):
    """No test reads or writes the models and the saved analyses of whoever runs it."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHYLIGHT_STORE", str(folder))
        patch.delenv("WHYLIGHT_DATABASE", raising=False)
        yield folder


@pytest.fixture(scope="session")
def demo_checkpoint(store_folder) -> Path:
    """The demo model's file, built once."""
    return demo.checkpoint()


@pytest.fixture(scope="session")
def make_checkpoint(tmp_path_factory) -> Callable[..., Path]:
    """Makes the file of a tiny classifier; the same one is made once."""

    @cache
    def make(labels: tuple[str, ...] = LABELS, **options: object) -> Path:
        folder = tmp_path_factory.mktemp("tiny")
        return save(build_classifier(folder, labels=labels, **options), folder)

    return make


@pytest.fixture(scope="session")
def furnish(demo_checkpoint) -> Callable[[Path], Path]:
    """Puts the demo model into another store, without a second copy of its bytes."""

    def link(folder: Path) -> Path:
        for name in (demo_checkpoint.name, f"{demo_checkpoint.stem}.json"):
            (folder / name).hardlink_to(demo_checkpoint.with_name(name))
        return folder

    return link
