from io import BytesIO

import pytest

from attribution import AttributionError
from attribution.corpus.running import job
from attribution.corpus.running.disk_limit import check_room, measure
from attribution.corpus.shelf import Shelf
from attribution.errors import StoreFullError


@pytest.fixture
def root(tmp_path):
    (tmp_path / "runs" / "one").mkdir(parents=True)
    (tmp_path / "runs" / "one" / "part").write_bytes(bytes(600_000))
    (tmp_path / "runs" / "two").write_bytes(bytes(300_000))
    return tmp_path / "runs"


def test_all_files_count_however_deep(root):
    assert measure(root) == 900_000
    assert measure(root / "nowhere") == 0


def test_what_is_full_says_so_and_what_to_do(root, monkeypatch):
    check_room(root)
    monkeypatch.setenv("WHYLIGHT_RUNS_LIMIT", "0.001")
    check_room(root, wanted=99_999)
    with pytest.raises(StoreFullError, match=r"take 900 kB of 1 MB, and this file has 200 kB. Delete a run"):
        check_room(root, wanted=200_000)
    monkeypatch.setenv("WHYLIGHT_RUNS_LIMIT", "0.0009")
    with pytest.raises(StoreFullError, match=r"take 900 kB of 900 kB. Delete a run.*raise WHYLIGHT_RUNS_LIMIT"):
        check_room(root)


def test_a_limit_that_is_no_number_is_named(root, monkeypatch):
    monkeypatch.setenv("WHYLIGHT_RUNS_LIMIT", "much")
    with pytest.raises(AttributionError, match="number of GB in WHYLIGHT_RUNS_LIMIT, got 'much'"):
        check_room(root)


def test_neither_a_file_nor_a_run_is_begun_where_there_is_no_room(root, monkeypatch):
    monkeypatch.setenv("WHYLIGHT_RUNS_LIMIT", "0.001")
    with pytest.raises(StoreFullError):
        Shelf(root).add_source(BytesIO(bytes(200_000)), "news.csv")
    assert list((root / "sources").iterdir()) == []
    monkeypatch.setenv("WHYLIGHT_RUNS_LIMIT", "0")
    with pytest.raises(StoreFullError):
        job.start(root / "three")
    assert not (root / "three").exists()
