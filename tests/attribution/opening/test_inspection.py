import hashlib
import os
import random
import zipfile

import pytest
import torch
from flair.models import TextClassifier

from attribution import AttributionError, CheckpointError, inspect_checkpoint, load_model
from attribution.opening.pickles.checkpoint import read_checkpoint
from tests.models.hugging_face import pack, write_folder
from tests.models.transformers import build_classifier, save


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("honest")
    return save(build_classifier(folder, "bert"), folder)


class Runs:
    """Unpickles by calling something."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.fixture
def hostile(honest, tmp_path):
    """An honest state with a call of the shell in it."""
    state = torch.load(honest, weights_only=False)
    path = tmp_path / "hostile.pt"
    torch.save({**state, "x": Runs(os.system, f"touch {tmp_path / 'mark'}")}, path, pickle_protocol=4)
    return path


class TestAnHonestFile:
    def test_it_passes_every_check_and_no_model_is_built(self, honest, monkeypatch):
        monkeypatch.setattr(TextClassifier, "load", lambda *_: pytest.fail("A model was built."))
        inspection = inspect_checkpoint(honest)
        assert inspection.passed
        assert [check.name for check in inspection.checks] == ["Container", "References", "Weights", "Parts"]
        assert inspection.verdict.startswith("Nothing in this file can run")

    def test_its_figures_are_those_of_the_file(self, honest):
        inspection = inspect_checkpoint(honest)
        with zipfile.ZipFile(honest) as archive:
            sizes = [entry.file_size for entry in archive.infolist() if "/data/" in entry.filename]
        assert (inspection.tensors, inspection.tensor_bytes) == (len(sizes), sum(sizes))
        assert inspection.size == honest.stat().st_size
        assert (
            inspection.sha256 == hashlib.sha256(honest.read_bytes()).hexdigest() == load_model(honest).identity.sha256
        )

    def test_references_are_those_of_the_checkpoint_each_with_what_it_is_given(self, honest):
        given = {reference.name: reference.given for reference in inspect_checkpoint(honest).references}
        assert tuple(given) == read_checkpoint(honest).references
        assert given["torch._utils._rebuild_tensor_v2"] == "tensor"
        assert given["collections.OrderedDict"] == "plain data"
        assert given["flair.data.Dictionary"] == "stand-in"

    def test_a_tokenizer_that_is_not_there_is_told_and_is_no_danger(self, honest, tmp_path):
        state = torch.load(honest, weights_only=False)
        state["document_embeddings"] |= {"tokenizer_data": None, "model": "someone/encoder"}
        torch.save(state, tmp_path / "model.pt")
        inspection = inspect_checkpoint(tmp_path / "model.pt")
        assert inspection.passed
        assert "holds no tokenizer for its encoder, someone/encoder" in inspection.checks[-1].outcome
        assert "Not all that it claims could be checked" in inspection.verdict

    def test_what_a_network_claims_is_checked_without_a_tokenizer(self, honest, tmp_path):
        state = torch.load(honest, weights_only=False)
        state["document_embeddings"] |= {"tokenizer_data": None, "model": "someone/encoder"}
        state["document_embeddings"]["config_state_dict"]["num_hidden_layers"] = 60
        torch.save(state, tmp_path / "model.pt")
        assert not inspect_checkpoint(tmp_path / "model.pt").passed


class TestAHostileFile:
    def test_what_was_found_is_the_verdict_and_nothing_runs(self, hostile, tmp_path):
        inspection = inspect_checkpoint(hostile)
        assert not inspection.passed
        assert "'posix.system'" in inspection.verdict
        assert not (tmp_path / "mark").exists()

    def test_all_its_references_are_listed(self, hostile, honest):
        given = {reference.name: reference.given for reference in inspect_checkpoint(hostile).references}
        assert given.pop("posix.system") == "refused"
        assert given == {each.name: each.given for each in inspect_checkpoint(honest).references}

    def test_the_verdict_is_what_opening_it_says(self, hostile):
        with pytest.raises(AttributionError) as refusal:
            load_model(hostile)
        assert inspect_checkpoint(hostile).verdict == str(refusal.value)

    def test_a_trusted_one_says_so(self, hostile, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_TRUST", hashlib.sha256(hostile.read_bytes()).hexdigest())
        inspection = inspect_checkpoint(hostile)
        assert not inspection.passed
        assert "operator of this server trusts" in inspection.verdict

    @pytest.mark.parametrize("seed", range(25))
    def test_no_damage_is_an_error(self, honest, tmp_path, seed):
        content, chance = bytearray(honest.read_bytes()), random.Random(seed)
        for _ in range(20):
            content[chance.randrange(2000 if seed % 2 else len(content))] = chance.randrange(256)
        path = tmp_path / "damaged.pt"
        path.write_bytes(bytes(content[: chance.randrange(1, len(content))] if seed % 5 == 0 else content))
        assert inspect_checkpoint(path).checks

    def test_a_file_that_is_not_there_is_an_error(self, tmp_path):
        with pytest.raises(CheckpointError, match="There is no file"):
            inspect_checkpoint(tmp_path / "none.pt")


class TestHuggingFace:
    def test_a_zip_passes_without_a_pickle(self, tmp_path):
        path = pack(write_folder(tmp_path / "bert", "bert"), tmp_path / "bert.zip")
        inspection = inspect_checkpoint(path)
        assert inspection.passed
        assert inspection.format == "Hugging Face, zip"
        assert inspection.references == ()
        assert inspection.sha256 == load_model(path).identity.sha256
        assert 0 < inspection.tensor_bytes < inspection.size

    @pytest.mark.parametrize("problem_type", [None, "multi_label_classification", "single_label_classification"])
    def test_it_tells_where_a_folder_does_not_say_whether_labels_exclude_each_other(self, tmp_path, problem_type):
        settings = {} if problem_type is None else {"problem_type": problem_type}
        (check,) = inspect_checkpoint(write_folder(tmp_path / "bert", **settings)).checks
        assert ("does not say whether its labels exclude each other" in check.outcome) == (problem_type is None)
