"""Whatever fails while a file is opened is one sentence."""

import pytest

import attribution.opening.flair as flair_files
import attribution.opening.load as loading
from attribution import CheckpointError, load_model
from attribution.opening.failures import failures_told
from tests.models.hugging_face import write_folder


class TestAnyFailure:
    @pytest.mark.parametrize("place", ["read_checkpoint", "_try_tokenizers", "check_last_layer", "make_kind"])
    def test_of_opening_a_checkpoint(self, make_checkpoint, monkeypatch, place):
        def fail(*_):
            raise IndexError("list index out of range\nand more")

        monkeypatch.setattr(flair_files, place, fail)
        message = r"^The file cannot be opened as a model: IndexError: list index out of range\.$"
        with pytest.raises(CheckpointError, match=message):
            load_model(make_checkpoint())

    def test_of_telling_what_it_is(self, make_checkpoint, monkeypatch):
        monkeypatch.setattr(loading, "name_encoder", lambda _: {}["name"])
        with pytest.raises(CheckpointError, match="KeyError: name"):
            load_model(make_checkpoint())

    def test_of_opening_a_folder(self, tmp_path, monkeypatch):
        monkeypatch.setattr(loading, "identify", lambda *_: 1 // 0)
        with pytest.raises(CheckpointError, match="ZeroDivisionError"):
            load_model(write_folder(tmp_path / "saved"))

    def test_what_ends_the_process_is_not_told(self):
        with pytest.raises(KeyboardInterrupt), failures_told("Something failed"):
            raise KeyboardInterrupt

    def test_a_panic_is_told(self):
        class PanicException(BaseException):
            pass

        with pytest.raises(CheckpointError, match="index out of bounds"), failures_told("Something failed"):
            raise PanicException("index out of bounds")
