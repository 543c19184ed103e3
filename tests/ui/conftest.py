"""Each test has a store of its own, where a tiny model stands in for the demo model; test_demo.py has the real one.

Streamlit's caches outlive a test: they spare each test the first explanation. A test that counts what is computed
therefore brings a text of its own.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import streamlit as st

from attribution import Model, demo, load_model
from attribution.demo.train import recipe
from attribution.storage.store import Store

LABELS = ("alpha", "beta", "gamma")


@pytest.fixture(scope="session")
def stand_in(make_checkpoint, tmp_path_factory) -> Path:
    """The file of a tiny model with the demo's labels, in a store that takes it for the demo model."""
    folder = tmp_path_factory.mktemp("stand-in")
    with make_checkpoint(demo.LABELS).open("rb") as file:
        return folder / f"{Store(folder).add(file, demo.NAME, origin=recipe()).sha256}.pt"


@pytest.fixture(autouse=True)
def store(tmp_path, stand_in, monkeypatch) -> Path:
    """The folder of this test's store."""
    folder = tmp_path / "store"
    shutil.copytree(stand_in.parent, folder)
    monkeypatch.setenv("WHYLIGHT_STORE", str(folder))
    return folder


@pytest.fixture
def keep(make_checkpoint, store) -> Callable[..., str]:
    """Puts the file of a small model into the store, and gives its hash."""

    def put(labels: Sequence[str] = LABELS, *, path: Path | None = None, **options: object) -> str:
        with (path or make_checkpoint(tuple(labels), **options)).open("rb") as file:
            return Store().add(file, "mine.pt").sha256

    return put


@pytest.fixture(scope="session")
def stand_in_model(stand_in) -> Model:
    """The demo model's stand-in as the backend opens it, without the page."""
    return load_model(stand_in)


@pytest.fixture(scope="session", autouse=True)
def no_caches():
    """Nothing is remembered from before, or left behind."""
    _clear()
    yield
    _clear()


def _clear() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()
