"""Files that appear whole."""

import hashlib

import pytest

from attribution.files import hash_file, partial_file, write_text, written_whole


class TestWhole:
    def test_it_has_its_name_when_it_is_there_in_full(self, tmp_path):
        path = tmp_path / "run.json"
        write_text(path, "old")
        with written_whole(path) as partial:
            partial.write_text("half")
            assert path.read_text() == "old"
            assert partial.parent == tmp_path
            assert partial.name == ".run.json.part"
        assert path.read_text() == "half"
        assert [*tmp_path.iterdir()] == [path]

    def test_where_it_fails_what_was_there_stays(self, tmp_path):
        path = tmp_path / "run.json"
        write_text(path, "old")
        with pytest.raises(IsADirectoryError), written_whole(path) as partial:
            partial.parent.write_text("half of it, into what is a folder")
        assert path.read_text() == "old"
        assert [*tmp_path.iterdir()] == [path]

    def test_what_a_killed_process_left_is_written_over(self, tmp_path):
        (tmp_path / ".run.json.part").write_text("half of before")
        write_text(tmp_path / "run.json", "whole")
        assert [path.name for path in tmp_path.iterdir()] == ["run.json"]

    def test_two_that_write_one_file_do_not_meet(self, tmp_path):
        with written_whole(tmp_path / "a", shared=True) as one, written_whole(tmp_path / "a", shared=True) as other:
            assert one != other
            one.write_text("one")
            other.write_text("other")
        assert (tmp_path / "a").read_text() == "one"
        with partial_file(tmp_path) as partial:
            partial.touch()
        assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_hash_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"weights")
    assert hash_file(tmp_path / "a") == hashlib.sha256(b"weights").hexdigest()
