import hashlib
import os

import pytest
import streamlit as st
import torch

from attribution import inspect_checkpoint
from attribution.storage.store import Store
from tests.ui import reader
from tests.ui.reader import follow, run, upload


@pytest.fixture
def page():
    """The label dictionary, the first page that the reader opens."""
    return follow({}, "pages/labels.py")


class Runs:
    """Unpickles by calling something."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def references(page):
    return next(frame.value for frame in page.dataframe if "given" in frame.value.columns)


class TestSafetyReport:
    def test_it_tells_what_was_checked_and_what_the_file_refers_to(self, page, stand_in):
        expected = inspect_checkpoint(stand_in)
        assert [reader.unescape(box.value) for box in page.success] == [expected.verdict]
        shown = [reader.unescape(text) for text in reader.markdown(page)]
        for check in expected.checks:
            assert any(check.name in text and check.outcome in text for text in shown)
        assert list(references(page)["name"]) == [each.name for each in expected.references]

    def test_another_model_has_a_report_of_its_own(self, page, make_checkpoint):
        path = make_checkpoint(("alpha", "beta"))
        upload(page, path, "mine.pt")
        shown = [reader.unescape(caption.value) for caption in page.caption]
        assert any(f"{inspect_checkpoint(path).tensors} blocks of weights" in text for text in shown)

    def test_a_model_of_the_servers_folder_is_checked_where_it_is(self, make_checkpoint, tmp_path, monkeypatch):
        path = tmp_path / "models" / "given.pt"
        path.parent.mkdir()
        path.write_bytes(make_checkpoint(("here", "there")).read_bytes())
        monkeypatch.setenv("WHYLIGHT_MODELS", str(path.parent))
        page = follow({}, "pages/labels.py")
        page.selectbox(key="model").set_value(hashlib.sha256(path.read_bytes()).hexdigest())
        run(page)
        assert [reader.unescape(box.value) for box in page.success] == [inspect_checkpoint(path).verdict]

    def test_a_model_that_was_deleted_meanwhile_has_none(self, page, make_checkpoint):
        upload(page, make_checkpoint(("soon", "gone")), "gone.pt")
        Store().delete(page.selectbox(key="model").value)
        st.cache_data.clear()
        run(page)
        assert any("deleted from the store" in caption.value for caption in page.caption)
        assert not page.success

    def test_a_file_that_the_operator_trusts_is_no_safe_file(self, page, make_checkpoint, tmp_path, monkeypatch):
        state = torch.load(make_checkpoint(("gamma", "delta")), weights_only=False)
        path = tmp_path / "trusted.pt"
        torch.save({**state, "model_card": {"made": Runs(os.getcwd)}}, path, pickle_protocol=4)
        monkeypatch.setenv("WHYLIGHT_TRUST", hashlib.sha256(path.read_bytes()).hexdigest())
        upload(page, path, "trusted.pt")
        assert not page.success
        assert any("operator of this server trusts" in reader.unescape(box.value) for box in page.warning)
        given = references(page)
        assert list(given[given["name"] == "posix.getcwd"]["given"]) == ["refused"]
