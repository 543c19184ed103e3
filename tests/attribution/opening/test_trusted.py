import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from attribution import AttributionError, UnsafeCheckpointError, load_model
from attribution.opening.trusted import TRUSTED
from tests.models.transformers import build_classifier, save

TEXT = "The striker scored twice in the second half."


class Runs:
    """Unpickles by calling something."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("honest")
    return save(build_classifier(folder, "bert"), folder)


@pytest.fixture
def mark(tmp_path) -> Path:
    return tmp_path / "mark"


@pytest.fixture
def file(honest, tmp_path, mark) -> Path:
    """The honest classifier, with something that runs while it is unpickled."""
    state = torch.load(honest, weights_only=False)
    path = tmp_path / "model.pt"
    torch.save({**state, "model_card": {"made": Runs(os.mkdir, str(mark))}}, path, pickle_protocol=4)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class TestTrust:
    def test_without_it_nothing_runs(self, file, mark, monkeypatch):
        monkeypatch.delenv("WHYLIGHT_TRUST", raising=False)
        with pytest.raises(UnsafeCheckpointError, match=r"posix\.mkdir"):
            load_model(file)
        assert not mark.exists()

    def test_a_trusted_file_is_run_and_its_notes_say_so(self, file, mark, honest, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_TRUST", f"{'0' * 64}, {sha256(file).upper()}")
        model = load_model(file)
        assert mark.exists()
        assert model.notes[0] == TRUSTED
        assert model.identity.sha256 == sha256(file)
        np.testing.assert_array_equal(model.predict(TEXT).logits, load_model(honest).predict(TEXT).logits)
        model.check_fidelity(TEXT, model.predict(TEXT))

    def test_another_file_under_its_name_is_not_trusted(self, file, mark, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_TRUST", sha256(file))
        file.write_bytes(file.read_bytes() + b"\0")
        with pytest.raises(AttributionError):
            load_model(file)
        assert not mark.exists()

    def test_what_is_run_is_what_was_hashed(self, file, honest, mark, monkeypatch):
        """The file is changed as soon as Flair is asked to open what was trusted."""
        hostile = file.read_bytes()
        file.write_bytes(honest.read_bytes() + b"\0")
        monkeypatch.setenv("WHYLIGHT_TRUST", sha256(file))

        def load(opened):
            file.write_bytes(hostile)
            assert sha256(Path(opened)) == sha256(honest_copy)
            raise OSError("enough")

        honest_copy = file.with_name("copy.pt")
        honest_copy.write_bytes(file.read_bytes())
        monkeypatch.setattr("flair.models.TextClassifier.load", load)
        with pytest.raises(AttributionError, match="enough"):
            load_model(file)
        assert not mark.exists()

    def test_an_honest_file_that_is_trusted_is_opened_as_any_other(self, honest, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_TRUST", sha256(honest))
        assert TRUSTED not in load_model(honest).notes

    def test_a_list_that_holds_something_else_is_told(self, file, mark, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_TRUST", "model.pt")
        with pytest.raises(AttributionError, match=r"lists 'model\.pt', which is not a SHA-256"):
            load_model(file)
        assert not mark.exists()

    def test_what_flair_cannot_open_either_is_told(self, tmp_path, monkeypatch):
        path = tmp_path / "model.pt"
        torch.save({"x": Runs(os.getcwd)}, path)
        monkeypatch.setenv("WHYLIGHT_TRUST", sha256(path))
        with pytest.raises(AttributionError, match="The file is trusted, and Flair cannot open it"):
            load_model(path)
