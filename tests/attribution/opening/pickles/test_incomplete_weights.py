"""Files that hold no network by itself, and zips of what a training left: one sentence, or the model in them."""

import json
import pickle
import shutil
import warnings
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file

from attribution import AttributionError, CheckpointError, UnsafeCheckpointError, UnsupportedModelError, load_model
from attribution.opening.pickles.incomplete_weights import refuse_packed
from tests.models.hugging_face import write_folder

TEXT = "The striker scored twice."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("saved") / "saved")


class _Mark:
    """Read as a pickle, it leaves a file behind."""

    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return open, (str(self._path), "w")


def pack(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def model_files(folder, place):
    return {f"{place}{path.name}": path.read_bytes() for path in folder.iterdir()}


def left_by_training(place, mark):
    """What transformers' Trainer writes beside a model, and what macOS adds to a zip."""
    hostile = pickle.dumps(_Mark(mark))
    names = ("optimizer.pt", "scheduler.pt", "rng_state.pth", "training_args.bin")
    shadows = {
        f"__MACOSX/{place}._config.json": b"\0\5\26\7",
        f"{place}.DS_Store": b"\0",
        f"{place}._config.json": b"\0",
    }
    return {**{place + name: hostile for name in names}, f"{place}trainer_state.json": b"{}", **shadows}


class TestZips:
    @pytest.mark.parametrize("place", ["", "saved/", "results/checkpoint-500/", "a/b/c/d/"])
    def test_the_one_model_in_it_opens_wherever_it_lies(self, folder, tmp_path, place):
        files = {**left_by_training(place, tmp_path / "ran"), **model_files(folder, place)}
        model = load_model(pack(tmp_path / "training.zip", files))
        expected = load_model(folder).predict(TEXT).probabilities
        assert model.predict(TEXT).probabilities == pytest.approx(expected, abs=1e-6)
        assert not (tmp_path / "ran").exists()

    def test_of_several_one_has_to_be_chosen(self, folder, tmp_path):
        files = model_files(folder, "results/checkpoint-500/") | model_files(folder, "results/checkpoint-1000/")
        with pytest.raises(CheckpointError, match="several models: results/checkpoint-500/, results/checkpoint-1000/"):
            load_model(pack(tmp_path / "training.zip", files))

    def test_what_was_saved_at_the_end_stands_above_what_was_on_the_way(self, folder, tmp_path):
        broken = dict.fromkeys(model_files(folder, "results/checkpoint-500/"), b"{}")
        files = model_files(folder, "results/") | broken
        assert load_model(pack(tmp_path / "training.zip", files)).labels == load_model(folder).labels

    def test_one_without_a_model_is_one_sentence(self, tmp_path):
        with pytest.raises(AttributionError):
            load_model(pack(tmp_path / "training.zip", left_by_training("results/", tmp_path / "ran")))
        assert not (tmp_path / "ran").exists()


class TestFolders:
    @pytest.mark.parametrize("place", ["checkpoint-500", "results/checkpoint-500"])
    def test_the_one_model_below_opens(self, folder, tmp_path, place):
        shutil.copytree(folder, tmp_path / "run" / place)
        (tmp_path / "run" / "optimizer.pt").write_bytes(pickle.dumps(_Mark(tmp_path / "ran")))
        assert load_model(tmp_path / "run").identity.sha256 == load_model(folder).identity.sha256
        assert not (tmp_path / "ran").exists()

    def test_of_several_one_has_to_be_chosen(self, folder, tmp_path):
        for place in ("checkpoint-500", "checkpoint-1000"):
            shutil.copytree(folder, tmp_path / "run" / place)
        with pytest.raises(CheckpointError, match=r"several models: checkpoint-1000, checkpoint-500\. Give one"):
            load_model(tmp_path / "run")

    def test_what_was_saved_at_the_end_stands_above_what_was_on_the_way(self, folder, tmp_path):
        shutil.copytree(folder, tmp_path / "run")
        shutil.copytree(folder, tmp_path / "run" / "checkpoint-500")
        assert load_model(tmp_path / "run").labels == load_model(folder).labels

    def test_a_link_that_leads_out_is_not_followed(self, folder, tmp_path):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "checkpoint-500").symlink_to(folder)
        with pytest.raises(CheckpointError, match=r"run holds no config\.json"):
            load_model(tmp_path / "run")


class TestZipsOfFlair:
    @pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_the_file_in_it_is_named(self, make_checkpoint, tmp_path, compression):
        with zipfile.ZipFile(tmp_path / "training.zip", "w", compression) as archive:
            archive.writestr("run/training.log", "epoch 1")
            archive.writestr("__MACOSX/run/._best-model.pt", b"\0\5")
            archive.write(make_checkpoint(), "run/best-model.pt")
        with pytest.raises(CheckpointError, match=r"holds run/best-model\.pt\. Unzip it, and give that file") as told:
            load_model(tmp_path / "training.zip")
        assert not isinstance(told.value, UnsafeCheckpointError)

    def test_what_is_left_without_a_model_is_not_called_unsafe(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "training.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in left_by_training("results/", tmp_path / "ran").items():
                if not name.endswith("config.json"):
                    archive.writestr(name, content)
        with pytest.raises(CheckpointError, match=r"no data\.pkl.* and no config\.json") as told:
            load_model(tmp_path / "training.zip")
        assert not isinstance(told.value, UnsafeCheckpointError)


class TestAdapters:
    def test_beside_the_network_they_are_named_with_what_to_do(self, folder, tmp_path):
        place = tmp_path / "saved"
        shutil.copytree(folder, place)
        tensors = load_file(place / "model.safetensors")
        name = next(name for name in tensors if name.endswith("query.weight"))
        tensors[name.replace("query.weight", "query.base_layer.weight")] = tensors.pop(name)
        tensors[name.replace("query.weight", "query.lora_A.default.weight")] = torch.zeros(4, 32)
        save_file(tensors, place / "model.safetensors")
        with pytest.raises(UnsupportedModelError, match=r"LoRA adapters.*merge_and_unload"):
            load_model(place)

    @pytest.mark.parametrize("place", ["", "adapter/"])
    def test_alone_as_well(self, tmp_path, place):
        files = {f"{place}adapter_config.json": b"{}", f"{place}adapter_model.safetensors": b"\0" * 8}
        with pytest.raises(UnsupportedModelError, match=r"LoRA adapters.*merge_and_unload"):
            load_model(pack(tmp_path / "adapter.zip", files))
        for name, content in files.items():
            (tmp_path / "adapter").mkdir(exist_ok=True)
            (tmp_path / "adapter" / name.rpartition("/")[2]).write_bytes(content)
        with pytest.raises(UnsupportedModelError, match=r"LoRA adapters.*merge_and_unload"):
            load_model(tmp_path / "adapter")

    def test_in_flairs_files(self, make_checkpoint, tmp_path):
        state = torch.load(make_checkpoint(), weights_only=False)
        name = next(name for name in state["state_dict"] if name.endswith("query.weight"))
        state["state_dict"][name.replace("query.weight", "query.lora_A.default.weight")] = torch.zeros(4, 32)
        torch.save(state, tmp_path / "lora.pt")
        with pytest.raises(UnsupportedModelError, match=r"embeddings\.model\.merge_and_unload"):
            load_model(tmp_path / "lora.pt")


class TestQuantised:
    @pytest.mark.parametrize(
        ("part", "library"),
        [
            ("SCB", "bitsandbytes"),
            ("weight.absmax", "bitsandbytes"),
            ("qweight", "GPTQ or AWQ"),
            ("weight_packed", "comp"),
        ],
    )
    def test_packed_weights_are_named_with_what_to_do(self, folder, tmp_path, part, library):
        place = tmp_path / "saved"
        shutil.copytree(folder, place)
        tensors = load_file(place / "model.safetensors")
        name = next(name for name in tensors if name.endswith("query.weight"))
        tensors[name.replace("weight", part)] = torch.zeros(4)
        save_file(tensors, place / "model.safetensors")
        with pytest.raises(UnsupportedModelError, match=rf"quantised, by {library}.*save it again"):
            load_model(place)

    @pytest.mark.parametrize("kind", [torch.qint8, torch.float16])
    def test_so_is_what_torch_quantises(self, make_checkpoint, tmp_path, kind):
        """Eight bits are told by what the pickle names, sixteen by what the tensors are called."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            packed = torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.Linear(4, 2)), dtype=kind)
            state = torch.load(make_checkpoint(), weights_only=False)
            state["state_dict"] |= {name.replace("0.", "decoder."): one for name, one in packed.state_dict().items()}
            torch.save(state, tmp_path / "dynamic.pt")
        with pytest.raises(UnsupportedModelError, match=r"quantised, by torch\.ao\.quantization.*saved before that"):
            load_model(tmp_path / "dynamic.pt")

    def test_what_else_could_run_comes_first(self):
        refuse_packed([])
        refuse_packed(["torch.qint8", "posix.system"])
        with pytest.raises(UnsupportedModelError, match="quantised, by bitsandbytes"):
            refuse_packed(["bitsandbytes.nn.modules.Params4bit"])

    def test_so_is_a_configuration_that_asks_for_it(self, folder, tmp_path):
        place = tmp_path / "saved"
        shutil.copytree(folder, place)
        config = json.loads((place / "config.json").read_text()) | {"quantization_config": {"quant_method": "gptq"}}
        (place / "config.json").write_text(json.dumps(config))
        with pytest.raises(UnsafeCheckpointError, match=r"quantization_config.*quantised, by gptq.*save it again"):
            load_model(place)
