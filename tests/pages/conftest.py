"""Each test has a store of its own that holds the demo model.

Streamlit's caches outlive a test: they spare each test the first explanation. A test that counts what is computed
therefore brings a text of its own.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import streamlit as st

from attribution import Model, load_model
from attribution.store import Store

LABELS = ("alpha", "beta", "gamma")


@pytest.fixture(autouse=True)
def store(tmp_path, furnish, monkeypatch) -> Path:
    """The folder of this test's store."""
    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setenv("WHYLIGHT_STORE", str(furnish(folder)))
    return folder


@pytest.fixture
def keep(make_checkpoint, store) -> Callable[..., str]:
    """Puts the file of a small model into the store, and gives its hash."""

    def put(labels: Sequence[str] = LABELS, *, path: Path | None = None, **options: object) -> str:
        with (path or make_checkpoint(tuple(labels), **options)).open("rb") as file:
            return Store().add(file, "mine.pt").sha256

    return put


@pytest.fixture(scope="session")
def demo_model(demo_checkpoint) -> Model:
    """The demo model as the backend opens it, without the page."""
    return load_model(demo_checkpoint)


@pytest.fixture(scope="session", autouse=True)
def no_caches():
    """Nothing is remembered from before, or left behind."""
    _clear()
    yield
    _clear()


def _clear() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()
