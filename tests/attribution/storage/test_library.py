import hashlib
import io
import os
import threading

import pytest

from attribution.storage.library import Library
from attribution.storage.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "models"
    made.mkdir()
    return made


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class TestFolder:
    def test_its_models_are_opened_in_place(self, store, folder):
        (folder / "best.pt").write_bytes(b"weights")
        library = Library(store, folder)
        (model,) = library.models.values()
        assert (model.sha256, model.name, model.size) == (hash_of(b"weights"), "best.pt", 7)
        assert library.path(model.sha256) == folder / "best.pt"
        assert store.models() == []

    def test_it_is_the_one_that_the_operator_names(self, store, folder, monkeypatch):
        (folder / "best.pt").write_bytes(b"weights")
        assert not Library(store).models
        monkeypatch.setenv("WHYLIGHT_MODELS", str(folder))
        assert list(Library(store).models) == [hash_of(b"weights")]

    def test_other_files_and_folders_are_passed_over(self, store, folder):
        for name in ("notes.txt", ".hidden", "best.pt.tmp"):
            (folder / name).write_bytes(b"x")
        (folder / "run.pt").mkdir()
        for name in ("a.PT", "b.bin", "c.zip"):
            (folder / name).write_bytes(name.encode())
        assert [model.name for model in Library(store, folder).models.values()] == ["a.PT", "b.bin", "c.zip"]

    def test_a_model_that_is_also_in_the_store_is_shown_once(self, store, folder):
        stored = store.add(io.BytesIO(b"same"), "mine.pt")
        (folder / "theirs.pt").write_bytes(b"same")
        library = Library(store, folder)
        assert list(library.models.values()) == [stored]
        assert library.path(stored.sha256) == store.path(stored.sha256)

    def test_only_what_was_uploaded_is_a_readers(self, store, folder):
        uploaded = store.add(io.BytesIO(b"a"), "a.pt")
        made = store.add(io.BytesIO(b"b"), "demo", origin="recipe")
        (folder / "c.pt").write_bytes(b"c")
        library = Library(store, folder)
        assert library.is_uploaded(uploaded.sha256)
        assert not library.is_uploaded(made.sha256)
        assert not library.is_uploaded(hash_of(b"c"))
        assert not library.is_uploaded("0" * 64)


class TestUnreadable:
    def test_a_folder_that_is_not_there_is_said(self, store, tmp_path):
        (sentence,) = Library(store, tmp_path / "nowhere").unreadable
        assert sentence.endswith("nowhere cannot be read: No such file or directory.")

    def test_a_file_that_cannot_be_read_is_said_and_the_others_are_there(self, store, folder, monkeypatch):
        (folder / "bad.pt").write_bytes(b"bad")
        (folder / "good.pt").write_bytes(b"good")
        opened = type(folder).open

        def refuse(path, *arguments, **named):
            if path.name == "bad.pt":
                raise PermissionError(13, "Permission denied")
            return opened(path, *arguments, **named)

        monkeypatch.setattr(type(folder), "open", refuse)
        library = Library(store, folder)
        assert library.unreadable == ("The model bad.pt of this server cannot be read: Permission denied.",)
        assert list(library.models) == [hash_of(b"good")]


class TestHash:
    @pytest.fixture
    def hashed(self, monkeypatch):
        """The files that are hashed."""
        found = []
        digest = hashlib.file_digest

        def count(file, name):
            found.append(file.name)
            return digest(file, name)

        monkeypatch.setattr("attribution.files.hashlib.file_digest", count)
        return found

    def test_a_file_is_hashed_once(self, store, folder, hashed):
        (folder / "best.pt").write_bytes(b"weights")
        for _ in range(3):
            Library(store, folder)
        assert len(hashed) == 1

    def test_a_file_that_changed_is_another_model(self, store, folder, hashed):
        path = folder / "best.pt"
        path.write_bytes(b"weights")
        Library(store, folder)
        path.write_bytes(b"heights")
        os.utime(path, ns=(1, 1))
        assert list(Library(store, folder).models) == [hash_of(b"heights")]
        assert len(hashed) == 2

    def test_sessions_that_begin_at_once_hash_it_once(self, store, folder, hashed):
        (folder / "best.pt").write_bytes(b"weights" * 1_000_000)
        threads = [threading.Thread(target=Library, args=(store, folder)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(hashed) == 1
