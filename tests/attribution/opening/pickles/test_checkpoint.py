import builtins
import collections
import os
import pickle
import random
import shutil
import zipfile
from pathlib import Path

import flair.data
import pytest
import torch

from attribution import CheckpointError, UnsafeCheckpointError, UnsupportedModelError, load_model
from attribution.opening.pickles.checkpoint import read_checkpoint
from attribution.opening.pickles.stand_ins import StandIn, state_of

NOISE = random.Random(0).randbytes(4096)


def write(folder: Path, state: object) -> Path:
    path = folder / "model.pt"
    torch.save(state, path, pickle_protocol=4)
    return path


def write_pickle(folder: Path, program: bytes) -> Path:
    """A checkpoint whose pickle is the program given."""
    path = folder / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", program)
        archive.writestr("model/version", "3\n")
    return path


class Runs:
    """Unpickles by calling something."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class TestHonestFiles:
    def test_tensors_and_plain_data_come_out_as_they_went_in(self, tmp_path):
        state = {
            "state_dict": collections.OrderedDict(w=torch.arange(6.0).view(2, 3)),
            "n": [1, "two", None, 3.5, {True}],
        }
        found = read_checkpoint(write(tmp_path, state)).state
        assert torch.equal(found["state_dict"]["w"], state["state_dict"]["w"])
        assert found["n"] == state["n"]

    def test_weights_are_mapped_from_the_file_and_take_no_gradients(self, tmp_path):
        path = write(tmp_path, {"w": torch.ones(3, requires_grad=True)})
        found = read_checkpoint(path).state["w"]
        assert not found.requires_grad
        assert str(path) in Path("/proc/self/maps").read_text()

    def test_flairs_dictionary_becomes_a_stand_in(self, tmp_path):
        dictionary = flair.data.Dictionary(add_unk=False)
        dictionary.add_item("sport")
        found = read_checkpoint(write(tmp_path, {"d": dictionary})).state["d"]
        assert isinstance(found, StandIn)
        assert (found.kind, state_of(found)["idx2item"]) == ("flair.data.Dictionary", [b"sport"])

    def test_classes_that_a_model_card_names_are_names(self, tmp_path):
        found = read_checkpoint(write(tmp_path, {"optimizer": torch.optim.AdamW})).state["optimizer"]
        assert issubclass(found, StandIn)
        assert found.kind == "torch.optim.adamw.AdamW"

    def test_paths_and_versions_are_text(self, tmp_path):
        state = {"path": Path("a/b"), "version": torch.__version__}
        assert read_checkpoint(write(tmp_path, state)).state == {"path": "a/b", "version": str(torch.__version__)}

    def test_what_the_file_refers_to_is_listed(self, tmp_path):
        found = read_checkpoint(write(tmp_path, {"d": collections.OrderedDict(), "w": torch.ones(1)}))
        assert found.references == ("collections.OrderedDict", "torch._utils._rebuild_tensor_v2")


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("function", "arguments", "name"),
        [
            (os.system, ("touch {mark}",), "posix.system"),
            (builtins.eval, ("open('{mark}', 'w')",), "builtins.eval"),
            (builtins.exec, ("open('{mark}', 'w')",), "builtins.exec"),
            (builtins.open, ("{mark}", "w"), "io.open"),
            (builtins.__import__, ("os",), "builtins.__import__"),
            (shutil.rmtree, ("{mark}",), "shutil.rmtree"),
            (torch.load, ("{mark}",), "torch.serialization.load"),
            (torch.hub.load, ("a/b", "c"), "torch.hub.load"),
            (pickle.loads, (b"cos\nsystem\n(S'touch {mark}'\ntR.",), "_pickle.loads"),
        ],
    )
    def test_a_call_to_anything_else_is_refused_by_name(self, tmp_path, function, arguments, name):
        mark = tmp_path / "mark"
        filled = [part.replace("{mark}", str(mark)) if isinstance(part, str) else part for part in arguments]
        path = write(tmp_path, {"state_dict": {}, "x": Runs(function, *filled)})
        with pytest.raises(UnsafeCheckpointError, match=name.replace(".", r"\.")):
            read_checkpoint(path)
        assert not mark.exists()

    @pytest.mark.parametrize(
        "program",
        [
            b"cos\nsystem\n(S'true'\ntR.",  # protocol 0
            b"(S'true'\nios\nsystem\n.",  # INST
            b"\x80\x02cposix\nsystem\nU\x04trueq\x00\x85R.",  # protocol 2
            b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.",  # STACK_GLOBAL
            b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.fromkeys\x93.",  # dotted name
            b"\x80\x04\x8c\x0aflair.data\x8c\x13Dictionary.__init__\x93.",
            b"\x80\x02ccollections\nOrderedDict.fromkeys.__self__\n.",
            b"\x80\x02ctorch.nn.modules.module\nModule\n.",
        ],
    )
    def test_every_way_to_name_a_thing_is_watched(self, tmp_path, program):
        with pytest.raises(UnsafeCheckpointError):
            read_checkpoint(write_pickle(tmp_path, program))

    def test_a_pickle_that_changes_a_function_changes_it_for_no_one_else(self, tmp_path):
        # BUILD with a slot state sets attributes on whatever lies on the stack, here a function.
        program = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nN}U\x08hijackedI1\ns\x86b."
        assert pickle.loads(program).hijacked == 1, "the trick works on a pickle that is read as usual"
        del torch._utils._rebuild_tensor_v2.hijacked
        with pytest.raises(CheckpointError, match="cannot be read"):
            load_model(write_pickle(tmp_path, program))
        assert not hasattr(torch._utils._rebuild_tensor_v2, "hijacked")

    def test_getattr_of_old_files_gets_nothing(self, tmp_path):
        found = read_checkpoint(write(tmp_path, {"x": Runs(getattr, int, "from_bytes")})).state["x"]
        assert isinstance(found, StandIn)
        assert not callable(found)

    def test_what_getattr_would_get_cannot_be_called(self, tmp_path):
        with pytest.raises(CheckpointError):
            read_checkpoint(write(tmp_path, {"x": Runs(flair.data.Dictionary.load, "/etc/passwd")}))

    def test_a_torchscript_archive_is_refused(self, tmp_path):
        path = tmp_path / "model.pt"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model/data.pkl", pickle.dumps({}))
            archive.writestr("model/constants.pkl", pickle.dumps(()))
        with pytest.raises(UnsafeCheckpointError, match="TorchScript"):
            read_checkpoint(path)


class TestFilesThatAreNoCheckpoints:
    def test_a_missing_file(self, tmp_path):
        with pytest.raises(CheckpointError, match="There is no file"):
            read_checkpoint(tmp_path / "none.pt")

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "is empty"),
            (b"Dear all, please find attached", "not a checkpoint, or only a part"),
            (NOISE, "not a checkpoint, or only a part"),
            (b"\x80" + NOISE, "not a checkpoint, or only a part"),
            (pickle.dumps({"state_dict": {}}), "is a pickle, but not a checkpoint"),
            (b"pickle".ljust(257, b"\0") + b"ustar".ljust(300, b"\0"), "is a tar archive"),
        ],
    )
    def test_another_file(self, tmp_path, content, message):
        path = tmp_path / "model.pt"
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=message):
            read_checkpoint(path)

    @pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.999])
    def test_a_truncated_file(self, tmp_path, kept):
        path = write(tmp_path, {"w": torch.ones(1000)})
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * kept)])
        with pytest.raises(CheckpointError, match="only a part"):
            read_checkpoint(path)

    def test_an_archive_of_something_else(self, tmp_path):
        path = tmp_path / "model.pt"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "hello")
        with pytest.raises(CheckpointError, match=r"no data\.pkl"):
            read_checkpoint(path)

    @pytest.mark.parametrize("program", [b"", b"\x80\x04", b"garbage", b"\x80\x04N.", b"\x80\x63N.", b"0" * 50])
    def test_a_damaged_pickle(self, tmp_path, program):
        with pytest.raises(CheckpointError):
            load_model(write_pickle(tmp_path, program))

    @pytest.mark.parametrize("state", [[torch.ones(1)], torch.ones(2), "text", None, {1: 2}, {"state_dict": None}])
    def test_something_other_than_what_flair_writes(self, tmp_path, state):
        with pytest.raises((CheckpointError, UnsupportedModelError), match=r"Expected|holds"):
            load_model(write(tmp_path, state))
