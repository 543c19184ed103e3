import hashlib
import io
import json
import math
import signal
import subprocess
import sys
import threading
from dataclasses import asdict

import pytest

from attribution import AttributionError, StoreFullError
from attribution.storage.model_settings import KeptBaseline, ModelSettings
from attribution.storage.store import Store
from attribution.wording import format_size
from tests.paths import ROOT


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "models")


class TestAdd:
    def test_a_model_is_named_by_the_hash_of_its_file(self, store):
        content = b"weights" * 1_000_000
        stored = store.add(io.BytesIO(content), "best-model.pt")
        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        assert (stored.name, stored.size) == ("best-model.pt", len(content))
        assert store.path(stored.sha256).read_bytes() == content

    def test_the_same_file_twice_is_kept_once_under_its_first_name(self, store):
        first = store.add(io.BytesIO(b"same"), "first.pt")
        assert store.add(io.BytesIO(b"same"), "second.pt") == first
        assert store.models() == [first]

    def test_a_crash_in_mid_upload_leaves_nothing(self, store, tmp_path):
        class Broken(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                if self.tell():
                    raise ConnectionError
                return super().read(3)

        with pytest.raises(ConnectionError):
            store.add(Broken(b"half a file"), "half.pt")
        assert store.models() == []
        assert list((tmp_path / "models").iterdir()) == []

    def test_a_name_may_be_anything(self, store):
        stored = store.add(io.BytesIO(b"x"), "../../é <b>\n.pt")
        assert store.get(stored.sha256).name == "../../é <b>\n.pt"


class TestRead:
    def test_an_empty_store_has_no_models(self, store):
        assert store.models() == []

    def test_a_model_is_found_by_what_made_it(self, store):
        store.add(io.BytesIO(b"a"), "upload.pt")
        made = store.add(io.BytesIO(b"b"), "demo", origin="recipe 1")
        assert store.find("recipe 1") == made
        assert store.find("recipe 2") is None

    def test_a_damaged_record_is_passed_over(self, store, tmp_path):
        stored = store.add(io.BytesIO(b"a"), "a.pt")
        (tmp_path / "models" / f"{stored.sha256}.json").write_text("{")
        assert store.models() == []

    @pytest.mark.parametrize("name", ["", "../etc/passwd", "A" * 64, "0" * 63])
    def test_what_is_no_hash_is_no_path(self, store, name: str):
        with pytest.raises(ValueError, match="SHA-256"):
            store.path(name)


class TestDelete:
    def test_a_deleted_model_is_gone(self, store, tmp_path):
        stored = store.add(io.BytesIO(b"a"), "a.pt")
        store.delete(stored.sha256)
        assert store.models() == []
        assert list((tmp_path / "models").iterdir()) == []

    def test_deleting_what_is_not_there_does_nothing(self, store):
        store.delete("0" * 64)

    def test_where_there_is_no_folder_there_is_nothing_to_delete(self, tmp_path):
        Store(tmp_path / "nowhere").delete("0" * 64)
        assert not (tmp_path / "nowhere").exists()


UPLOAD = """
import sys, time
from attribution.storage.store import Store

class Endless:
    def read(self, size):
        time.sleep(0.01)
        print("written", flush=True)
        return b"half a file" * 1000

Store(sys.argv[1]).add(Endless(), "half.pt")
"""


class TestKilled:
    @pytest.fixture
    def upload(self, tmp_path):
        """An upload that goes on until it is killed, in a process of its own."""
        command = [sys.executable, "-c", UPLOAD, str(tmp_path / "models")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        for _ in range(3):
            assert process.stdout.readline() == b"written\n"
        yield process
        process.kill()
        process.wait()
        process.stdout.close()

    def test_what_a_killed_process_left_goes_when_the_store_is_opened_again(self, upload, tmp_path):
        kept = Store(tmp_path / "models").add(io.BytesIO(b"whole"), "whole.pt")
        upload.send_signal(signal.SIGKILL)
        upload.wait()
        assert len(list((tmp_path / "models").glob(".*.part"))) == 1
        assert Store(tmp_path / "models").models() == [kept]
        assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [
            f"{kept.sha256}.json",
            f"{kept.sha256}.pt",
        ]

    def test_what_a_living_process_writes_stays(self, upload, tmp_path):
        store = Store(tmp_path / "models")
        assert len(list((tmp_path / "models").glob(".*.part"))) == 1
        assert store.models() == []

    def test_a_record_without_its_file_goes(self, store, tmp_path):
        stored = store.add(io.BytesIO(b"a"), "a.pt")
        store.path(stored.sha256).unlink()
        Store(tmp_path / "models")
        assert list((tmp_path / "models").iterdir()) == []


class TestLimit:
    def test_what_does_not_fit_is_refused_and_leaves_nothing(self, tmp_path):
        store = Store(tmp_path, limit=3_000_000)
        store.add(io.BytesIO(b"a" * 2_000_000), "a.pt")
        before = sorted(tmp_path.iterdir())
        message = r"full: 1 uploaded model takes 2 MB of its 3 MB, and this one has 1\.5 MB\. .*WHYLIGHT_STORE_LIMIT"
        with pytest.raises(StoreFullError, match=message):
            store.add(io.BytesIO(b"b" * 1_500_000), "b.pt")
        assert sorted(tmp_path.iterdir()) == before

    def test_it_may_be_filled_to_the_last_byte(self, tmp_path):
        store = Store(tmp_path, limit=10)
        store.add(io.BytesIO(b"a" * 4), "a.pt")
        store.add(io.BytesIO(b"b" * 6), "b.pt")
        assert store.used == 10

    def test_a_file_that_is_there_needs_no_room(self, tmp_path):
        store = Store(tmp_path, limit=10)
        stored = store.add(io.BytesIO(b"a" * 10), "a.pt")
        assert store.add(io.BytesIO(b"a" * 10), "again.pt") == stored

    def test_what_was_deleted_makes_room(self, tmp_path):
        store = Store(tmp_path, limit=10)
        store.delete(store.add(io.BytesIO(b"a" * 10), "a.pt").sha256)
        assert store.add(io.BytesIO(b"b" * 10), "b.pt").size == 10

    def test_what_the_server_makes_itself_is_not_counted(self, tmp_path):
        store = Store(tmp_path, limit=10)
        store.add(io.BytesIO(b"a" * 1000), "demo", origin="recipe")
        assert store.used == 0
        store.add(io.BytesIO(b"b" * 10), "b.pt")

    def test_uploads_at_once_do_not_exceed_it_together(self, tmp_path):
        store, outcomes = Store(tmp_path, limit=25), []
        begun = threading.Barrier(5)

        class Slow(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                content = super().read(size)
                if not content:
                    begun.wait(10)  # all have looked how much room there is, and written
                return content

        def add(letter: bytes) -> None:
            try:
                outcomes.append(store.add(Slow(letter * 10), "a.pt").size)
            except StoreFullError:
                outcomes.append(0)

        threads = [threading.Thread(target=add, args=(letter,)) for letter in (b"a", b"b", b"c", b"d", b"e")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [0, 0, 0, 10, 10]
        assert store.used == 20

    def test_the_operator_sets_it_in_gigabytes(self, tmp_path, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_STORE_LIMIT", "1.5")
        assert Store(tmp_path).limit == 1_500_000_000

    @pytest.mark.parametrize("value", ["much", "nan", "inf", "1 GB"])
    def test_what_is_no_number_is_said(self, tmp_path, monkeypatch, value):
        monkeypatch.setenv("WHYLIGHT_STORE_LIMIT", value)
        with pytest.raises(AttributionError, match="Expected a number of GB in WHYLIGHT_STORE_LIMIT"):
            Store(tmp_path)

    def test_a_full_disk_is_said(self, store):
        class Full(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                raise OSError(28, "No space left on device")

        with pytest.raises(StoreFullError, match="The disk of this server is full"):
            store.add(Full(b"x"), "a.pt")


class TestTokenizer:
    def test_one_takes_the_place_of_another(self, store, tmp_path):
        stored = store.add(io.BytesIO(b"a"), "a.pt")
        store.add_tokenizer(stored.sha256, io.BytesIO(b"{}"), "tokenizer.json")
        path = store.add_tokenizer(stored.sha256, io.BytesIO(b"PK"), "Tokenizer.ZIP")
        assert store.tokenizer_path(stored.sha256) == path
        assert path.read_bytes() == b"PK"
        assert len(list((tmp_path / "models").iterdir())) == 3

    def test_it_goes_with_its_model(self, store, tmp_path):
        stored = store.add(io.BytesIO(b"a"), "a.pt")
        store.add_tokenizer(stored.sha256, io.BytesIO(b"{}"), "tokenizer.json")
        store.delete(stored.sha256)
        assert list((tmp_path / "models").iterdir()) == []

    def test_a_huge_one_is_refused(self, store, monkeypatch):
        monkeypatch.setattr("attribution.storage.store._TOKENIZER_LIMIT", 3)
        stored = store.add(io.BytesIO(b"a"), "a.pt")
        with pytest.raises(AttributionError, match="A tokenizer has at most"):
            store.add_tokenizer(stored.sha256, io.BytesIO(b"{}  "), "tokenizer.json")
        assert store.tokenizer_path(stored.sha256) is None

    def test_it_is_counted_and_refused_where_there_is_no_room(self, tmp_path):
        store = Store(tmp_path / "models", limit=3_000_000)
        stored = store.add(io.BytesIO(b"a" * 2_000_000), "a.pt")
        first = store.add_tokenizer(stored.sha256, io.BytesIO(b"b" * 600_000), "tokenizer.json")
        assert store.used == 2_600_000
        before = sorted((tmp_path / "models").iterdir())
        message = (
            "1 uploaded model and 1 tokenizer take 2.6 MB of its 3 MB, and this one has 1.1 MB.*WHYLIGHT_STORE_LIMIT"
        )
        with pytest.raises(StoreFullError, match=message):
            store.add_tokenizer(stored.sha256, io.BytesIO(b"c" * 1_100_000), "tokenizer.zip")
        assert sorted((tmp_path / "models").iterdir()) == before
        assert first.read_bytes() == b"b" * 600_000
        with pytest.raises(StoreFullError, match="The store is full"):
            store.add(io.BytesIO(b"d" * 500_000), "d.pt")
        store.add_tokenizer(stored.sha256, io.BytesIO(b"c" * 1_000_000), "tokenizer.zip")  # in place of the first
        assert store.used == 3_000_000

    def test_those_of_models_that_are_not_in_the_store_are_counted_too(self, tmp_path):
        store = Store(tmp_path / "models", limit=10)
        store.add_tokenizer("a" * 64, io.BytesIO(b"b" * 6), "tokenizer.json")
        with pytest.raises(StoreFullError, match="0 uploaded models and 1 tokenizer take 0 kB"):
            store.add_tokenizer("b" * 64, io.BytesIO(b"b" * 5), "tokenizer.json")

    def test_no_more_than_fits_is_read_or_written(self, tmp_path):
        class Endless:
            read_bytes = 0

            def read(self, size: int) -> bytes:
                self.read_bytes += size
                return bytes(size)

        endless, store = Endless(), Store(tmp_path / "models", limit=10_000_000)
        with pytest.raises(StoreFullError):
            store.add_tokenizer("a" * 64, endless, "tokenizer.json")
        assert endless.read_bytes < 20_000_000
        assert list((tmp_path / "models").iterdir()) == []


class TestFormatSize:
    @pytest.mark.parametrize(
        ("size", "shown"), [(0, "0 kB"), (1_536, "2 kB"), (91_234_567, "91.2 MB"), (1_124_974_016, "1.12 GB")]
    )
    def test_bytes_are_told_as_people_read_them(self, size, shown):
        assert format_size(size) == shown


class TestMultiLabel:
    def test_what_was_said_last_is_remembered(self, store):
        assert store.settings("a" * 64).multi_label is None
        for said in (True, False, None, True):
            store.keep_multi_label("a" * 64, said)
            assert store.settings("a" * 64).multi_label is said
            assert Store(store.folder).settings("a" * 64).multi_label is said
        assert store.models() == []

    def test_it_goes_with_its_model(self, store):
        sha256 = store.add(io.BytesIO(b"weights"), "mine.pt").sha256
        store.keep_multi_label(sha256, True)
        store.delete(sha256)
        assert store.settings(sha256).multi_label is None
        assert not any(store.folder.iterdir())

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"multi_label": "yes"}', b"{}", b"\xff"])
    def test_a_damaged_file_says_nothing(self, store, content):
        store.folder.mkdir()
        (store.folder / f"{'a' * 64}.settings").write_bytes(content)
        assert store.settings("a" * 64).multi_label is None


class TestLessons:
    def test_what_was_kept_last_is_there(self, store):
        stored = store.add(io.BytesIO(b"weights"), "topics.pt")
        assert store.lessons(stored.sha256) == ""
        store.keep_lessons(stored.sha256, "[1]")
        store.keep_lessons(stored.sha256, "[2]")
        assert store.lessons(stored.sha256) == "[2]"

    def test_they_go_with_their_model(self, store):
        stored = store.add(io.BytesIO(b"weights"), "topics.pt")
        store.keep_lessons(stored.sha256, "[1]")
        store.delete(stored.sha256)
        assert store.lessons(stored.sha256) == ""

    def test_a_model_cannot_fill_the_disk_with_them(self, store):
        stored = store.add(io.BytesIO(b"weights"), "topics.pt")
        store.keep_lessons(stored.sha256, "x" * 5_000_000)
        assert store.lessons(stored.sha256) == ""


class TestName:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("  Tickets\n\t2026 ", "Tickets 2026"),
            ("a\x00b\u202e", "ab"),
            ("", ""),
            (" ", ""),
            (200 * "é", 79 * "é" + "…"),
            ("می\u200cخواهم", "می\u200cخواهم"),
            ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
            ("\u3164 \u200d\u2800", ""),
        ],
    )
    def test_it_is_one_short_line(self, store, given, kept):
        store.keep_name("a" * 64, given)
        assert store.settings("a" * 64).name == kept


class TestKeptBaseline:
    def test_each_method_has_its_own_and_what_was_said_of_labels_stays(self, store):
        first, second = (KeptBaseline(name, "pad", (0.4, 0.1), 9, "2026-11-28") for name in ("mean", "zero"))
        store.keep_multi_label("a" * 64, True)
        store.keep_baseline("a" * 64, "integrated_gradients", first)
        store.keep_baseline("a" * 64, "occlusion", second)
        assert store.settings("a" * 64).baselines == {"integrated_gradients": first, "occlusion": second}
        store.keep_baseline("a" * 64, "integrated_gradients", None)
        store.keep_multi_label("a" * 64, False)
        assert store.settings("a" * 64) == ModelSettings(False, {"occlusion": second})

    @pytest.mark.parametrize(
        "change",
        [
            {"comprehensiveness": 1},
            {"chosen": "soon"},
            {"words": None},
            {"comprehensiveness": ["a", 1]},
            {"comprehensiveness": [math.nan, 0.1]},
            {"comprehensiveness": [1e99, 0.1]},
            {"words": -1},
            {"words": 10**400},
            {"baseline": "text"},
            None,
        ],
    )
    def test_a_damaged_one_is_left_out(self, store, change):
        good = asdict(KeptBaseline("mean", "pad", (0.4, 0.1), 9, "2026-11-28"))
        bad = {**good, **change} if change else []
        store.folder.mkdir()
        content = json.dumps({"multi_label": True, "baselines": {"good": good, "bad": bad}})
        (store.folder / f"{'a' * 64}.settings").write_text(content)
        assert list(store.settings("a" * 64).baselines) == ["good"]
        assert store.settings("a" * 64).multi_label is True
