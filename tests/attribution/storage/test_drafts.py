"""Texts that outlive a session."""

import os
import stat
import time
from dataclasses import replace

import pytest

from attribution import AttributionError
from attribution.storage import drafts
from attribution.storage.drafts import Draft, Drafts

DRAFT = Draft("The bank raised its forecast.", "Goal!", "עברית \ud83d \x00")


@pytest.fixture
def kept(tmp_path):
    return Drafts(tmp_path / "drafts")


class TestKeep:
    def test_a_name_leads_to_it_to_the_last_letter(self, kept):
        name = kept.keep(DRAFT)
        assert kept.find(name) == DRAFT
        assert len(name) == 22
        assert name not in (other := kept.keep(DRAFT))
        assert kept.find(other) == DRAFT

    def test_nobody_else_on_the_machine_reads_it(self, kept, tmp_path):
        kept.keep(DRAFT)
        (path,) = (tmp_path / "drafts").iterdir()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_one_that_is_too_large_is_refused(self, kept, tmp_path):
        with pytest.raises(AttributionError, match="more than 4 MB"):
            kept.keep(Draft("a" * 4_000_000))
        assert not (tmp_path / "drafts").exists()

    def test_a_folder_that_cannot_be_written_gets_a_sentence(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(AttributionError, match="cannot be kept"):
            Drafts(tmp_path / "file").keep(DRAFT)

    def test_a_letter_counts_as_it_is_written(self, kept):
        assert kept.find(kept.keep(Draft("й" * 1_900_000))).text == "й" * 1_900_000


class TestFind:
    def test_a_part_that_was_kept_before_its_place_was_is_where_it_is_first(self, kept, tmp_path):
        name = kept.keep(Draft("goal", whole="a goal, a goal", start=10))
        assert kept.find(name).start == 10
        path = tmp_path / "drafts" / f"{name}.json"
        path.write_text(path.read_text().replace(', "start": 10', ""))
        assert kept.find(name).start == 2

    @pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 22, "a" * 21 + "/", "a" * 23, "é" * 22, "a\n" * 11])
    def test_there_is_none(self, kept, name):
        kept.keep(DRAFT)
        assert kept.find(name) is None

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b"null", b"{}", b"\xff", b'{"text": "a"}', b"[" * 100_000, b'"text"']
    )
    def test_a_damaged_one_is_none(self, kept, tmp_path, content):
        name = kept.keep(DRAFT)
        (tmp_path / "drafts" / f"{name}.json").write_bytes(content)
        assert kept.find(name) is None


class TestClean:
    def test_those_that_nobody_opened_for_long_go_with_the_next(self, kept, tmp_path):
        old, opened = kept.keep(DRAFT), kept.keep(DRAFT)
        for name in (old, opened):
            long_ago = time.time() - 40 * 24 * 3600
            os.utime(tmp_path / "drafts" / f"{name}.json", (long_ago, long_ago))
        kept.find(opened)
        kept.keep(replace(DRAFT, text="new"))
        assert kept.find(old) is None
        assert kept.find(opened) == DRAFT

    @pytest.mark.parametrize(("limit", "value"), [("_MOST", 3), ("_ALL", 4_000_000 + 300)])
    def test_the_oldest_go_where_there_are_too_many(self, kept, tmp_path, monkeypatch, limit, value):
        monkeypatch.setattr(drafts, limit, value)
        names = []
        for number in range(5):
            names.append(kept.keep(DRAFT))
            os.utime(tmp_path / "drafts" / f"{names[-1]}.json", (time.time() - 100 + number,) * 2)
        found = [kept.find(name) for name in names]
        assert found[0] is None
        assert found[-1] == DRAFT
        assert len(list((tmp_path / "drafts").iterdir())) == 3
