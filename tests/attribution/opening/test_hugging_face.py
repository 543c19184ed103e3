"""Opening what `save_pretrained` wrote: honest folders and zips, and hostile ones, each changed in one place."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import socket
import stat
import struct
import time
import zipfile

import pytest
import torch
from numpy.testing import assert_allclose
from safetensors.torch import load_file, save_file

from attribution import (
    AttributionError,
    CheckpointError,
    MultiLabelError,
    TokenizerMissingError,
    UnsafeCheckpointError,
    UnsupportedModelError,
    explain,
    load_model,
)
from attribution.storage.store import Store
from tests.attribution.opening.archives.forger import Forger
from tests.models.hugging_face import ask_transformers, pack, reconfigure, write_folder
from tests.models.transformers import LABELS

TEXT = "The striker scored twice in Zürich."
SECONDS = 10


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("honest") / "model")


@pytest.fixture
def folder(honest, tmp_path):
    """A copy of the honest folder, to be changed."""
    return shutil.copytree(honest, tmp_path / "model")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Whoever looks up a host fails the test, even where the failure is swallowed."""
    asked = []

    def refuse(*arguments, **_):
        asked.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield
    assert not asked


def refuse(path, error=CheckpointError, match=None, **options):
    """It is refused in a sentence, and takes the processor little time."""
    begun = time.process_time()
    with pytest.raises(error, match=match) as caught:
        load_model(path, **options)
    assert time.process_time() - begun < SECONDS
    assert len(str(caught.value)) < 500


class TestHonest:
    @pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    @pytest.mark.parametrize("top", ["", "my model/"])
    def test_a_zip_is_the_folder(self, honest, tmp_path, top, compression):
        path = pack(honest, tmp_path / "model.zip", top=top, compression=compression)
        model = load_model(path)
        assert model.labels == LABELS
        expected = load_model(honest).predict(TEXT).probabilities
        assert_allclose(model.predict(TEXT).probabilities, expected, rtol=0, atol=0)
        assert model.identity.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert model.size == path.stat().st_size

    def test_in_a_store_its_name_does_not_matter(self, honest, tmp_path):
        packed = pack(honest, tmp_path / "model.zip")
        store = Store(tmp_path / "store")
        stored = store.add(io.BytesIO(packed.read_bytes()), "model.zip")
        assert load_model(store.path(stored.sha256)).identity.sha256 == stored.sha256

    def test_shards_are_one_model(self, tmp_path):
        folder = write_folder(tmp_path / "model", shard="20KB")
        assert not (folder / "model.safetensors").exists()
        model = load_model(pack(folder, tmp_path / "model.zip"))
        expected = torch.softmax(ask_transformers(folder, TEXT), dim=0)
        assert_allclose(model.predict(TEXT).probabilities, expected, rtol=0, atol=1e-5)

    def test_weights_of_16_bits_are_read_as_transformers_reads_them(self, tmp_path):
        folder = write_folder(tmp_path / "model", half=True)
        expected = torch.softmax(ask_transformers(folder, TEXT), dim=0)
        assert_allclose(load_model(folder).predict(TEXT).probabilities, expected, rtol=0, atol=1e-5)

    def test_names_of_2019_are_known(self, folder):
        tensors = load_file(folder / "model.safetensors")
        old = {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
            for name, tensor in tensors.items()
        }
        old["bert.embeddings.position_ids"] = torch.arange(160)[None]
        assert len(old.keys() - tensors.keys()) == 11
        expected = load_model(folder).predict(TEXT).probabilities
        save_file(old, folder / "model.safetensors", metadata={"format": "pt"})
        assert_allclose(load_model(folder).predict(TEXT).probabilities, expected, rtol=0, atol=0)

    def test_a_tokenizer_can_be_given_along(self, honest, tmp_path):
        other = shutil.copytree(honest, tmp_path / "bare")
        for name in ("tokenizer.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json"):
            (other / name).unlink()
        refuse(other, TokenizerMissingError, "tokenizer.save_pretrained, or give it along")
        assert load_model(other, tokenizer=honest).predict(TEXT).label == load_model(honest).predict(TEXT).label

    def test_a_folder_is_told_from_others_by_the_files_that_are_read(self, folder):
        before = load_model(folder).identity.sha256
        (folder / "README.md").write_text("Anything.")
        assert load_model(folder).identity.sha256 == before
        reconfigure(folder, id2label={"0": "x", "1": "y", "2": "z"})
        assert load_model(folder).identity.sha256 != before

    def test_the_name_that_a_model_once_had_is_not_followed(self, folder, tmp_path):
        reconfigure(folder, _name_or_path="bert-base-uncased", torch_dtype="float16", transformers_weights="/etc/x")
        reconfigure(folder, "tokenizer_config.json", name_or_path="bert-base-uncased", init_inputs=["/etc/passwd"])
        assert load_model(folder).predict(TEXT).label
        identity = load_model(folder).identity
        assert (identity.encoder, identity.library) == ("bert", "transformers")

    def test_facts(self, honest):
        facts = load_model(honest).describe()
        assert facts["Classifier"] == "BertForSequenceClassification"
        assert facts["Problem type"] == "not recorded"
        assert str(facts["Saved with transformers"]).startswith("4.")
        assert "Saved with Flair" not in facts


class TestLabels:
    def test_independent_labels(self, tmp_path):
        folder = write_folder(tmp_path / "model", problem_type="multi_label_classification")
        model = load_model(folder)
        assert model.multi_label
        prediction = model.predict(TEXT)
        assert_allclose(prediction.probabilities, torch.sigmoid(ask_transformers(folder, TEXT)), rtol=0, atol=1e-5)
        over = {label for label, probability in prediction.ranked() if probability > 0.5}
        assert set(prediction.assigned) == over
        explanation = explain(model, TEXT, "tech")
        assert explanation.score == pytest.approx(float(prediction.logits[2]), abs=1e-4)

    @pytest.mark.parametrize("problem_type", ["regression", None])
    def test_one_output_is_a_value(self, tmp_path, problem_type):
        folder = write_folder(tmp_path / "model", labels=("LABEL_0",), problem_type=problem_type)
        model = load_model(folder)
        assert model.labels == ("value",)
        prediction = model.predict(TEXT)
        assert prediction.value == pytest.approx(float(ask_transformers(folder, TEXT)[0]), abs=1e-5)
        assert explain(model, TEXT).score == pytest.approx(prediction.value, abs=1e-4)

    @pytest.mark.parametrize("family", ["bert", "roberta"])
    def test_where_the_file_says_nothing_the_reader_may(self, tmp_path, family):
        folder = write_folder(tmp_path / "model", family)
        model = load_model(folder, multi_label=True)
        assert model.multi_label
        assert not model.multi_label_recorded
        assert model.identity.multi_label_by_reader is True
        logits = ask_transformers(folder, TEXT)
        prediction = model.predict(TEXT)
        assert_allclose(prediction.probabilities, 1 / (1 + torch.exp(-logits)), rtol=0, atol=1e-5)
        assert set(prediction.assigned) == {
            label for label, logit in zip(LABELS, logits.tolist(), strict=True) if logit > 0
        }
        for label, logit in zip(LABELS, logits.tolist(), strict=True):
            explanation = explain(model, TEXT, label)
            assert explanation.score == pytest.approx(logit, abs=1e-4)
            assert explanation.converged

    def test_what_the_reader_said_is_what_the_file_could_have_said(self, tmp_path):
        silent, told = (
            write_folder(tmp_path / name, problem_type=problem_type)
            for name, problem_type in (("silent", None), ("told", "multi_label_classification"))
        )
        by_reader, by_file = explain(load_model(silent, multi_label=True), TEXT), explain(load_model(told), TEXT)
        assert by_reader.label == by_file.label
        assert_allclose(by_reader.attributions, by_file.attributions, rtol=0, atol=1e-6)
        assert by_file.model.multi_label_by_reader is None

    def test_what_is_taken_for_granted_is_said(self, honest):
        silent, said, denied = (load_model(honest, multi_label=multi_label) for multi_label in (None, True, False))
        (note,) = silent.notes
        assert "does not say whether its labels exclude each other, so they are taken as if they do" in note
        assert "--multi-label" in note
        assert "multi_label=True" in note
        assert "They do not, as its reader said" in said.notes[0]
        assert len(said.notes) == 1
        assert "They do, as its reader said" in denied.notes[0]
        assert_allclose(denied.predict(TEXT).probabilities, silent.predict(TEXT).probabilities, rtol=0, atol=0)
        assert said.describe()["Problem type"] == "not recorded; the reader said that labels do not exclude each other"
        assert len({silent.identity, said.identity, denied.identity}) == 3
        assert said.with_multi_label(None).identity == silent.identity
        assert said.with_multi_label(None).notes == silent.notes

    @pytest.mark.parametrize("problem_type", ["multi_label_classification", "single_label_classification"])
    def test_what_the_file_says_itself_is_not_gainsaid(self, tmp_path, problem_type):
        folder = write_folder(tmp_path / "model", problem_type=problem_type)
        found = problem_type.startswith("multi")
        model = load_model(folder, multi_label=found)
        assert model.multi_label == found
        assert model.multi_label_recorded
        assert model.identity == load_model(folder).identity
        assert model.notes == ()
        said = f"its labels {'do not ' * found}exclude each other, but the reader said"
        refuse(folder, MultiLabelError, said, multi_label=not found)

    def test_a_value_that_the_file_tells_of_is_none(self, tmp_path):
        folder = write_folder(tmp_path / "model", labels=("LABEL_0",), problem_type="regression")
        refuse(folder, MultiLabelError, "it predicts a value, but the reader said", multi_label=True)
        assert load_model(folder, multi_label=False).labels == ("value",)

    def test_one_output_of_which_nothing_is_said_may_be_a_label(self, tmp_path):
        folder = write_folder(tmp_path / "model", labels=("toxic",))
        assert "taken for a value" in load_model(folder).notes[0]
        assert load_model(folder, multi_label=False).labels == ("value",)
        model = load_model(folder, multi_label=True)
        assert model.labels == ("toxic",)
        expected = torch.sigmoid(ask_transformers(folder, TEXT))
        assert_allclose(model.predict(TEXT).probabilities, expected, rtol=0, atol=1e-5)
        assert explain(model, TEXT).label == "toxic"

    def test_one_independent_label_is_a_label(self, tmp_path):
        folder = write_folder(tmp_path / "model", labels=("toxic",), problem_type="multi_label_classification")
        model = load_model(folder)
        assert model.labels == ("toxic",)
        assert 0 < model.predict(TEXT).probability < 1

    def test_several_values_at_once_are_refused(self, tmp_path):
        refuse(write_folder(tmp_path / "model", problem_type="regression"), UnsupportedModelError, "3 values at once")

    def test_labels_are_data(self, tmp_path):
        labels = ("<script>alert(1)</script>", "player", "*all*")
        assert load_model(write_folder(tmp_path / "model", labels=labels)).labels == labels

    @pytest.mark.parametrize("names", [None, {}, ["a", "b", "c"], {"0": "a", "2": "b", "3": "c"}, {"x": "a"}])
    def test_labels_must_be_numbered(self, folder, names):
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "id2label": names}))
        refuse(folder, CheckpointError, "id2label|claims a size")

    def test_labels_must_differ(self, folder):
        refuse(reconfigure(folder, id2label={"0": "a", "1": "b", "2": "a"}), CheckpointError, "no label twice")

    def test_labels_must_be_as_many_as_the_head_has(self, folder):
        named = {str(index): str(index) for index in range(7)}
        refuse(
            reconfigure(folder, id2label=named), CheckpointError, r"claims a size of 7 x 32 for 'classifier\.weight'"
        )

    def test_a_label_may_be_called_like_a_part(self, tmp_path):
        labels = [f"player {index}" for index in range(300)]
        assert load_model(write_folder(tmp_path / "model", labels=labels)).labels[-1] == "player 299"


class TestWhatLeadsOut:
    @pytest.mark.parametrize(
        "settings",
        [
            {"auto_map": {"AutoModelForSequenceClassification": "someone/model--modeling.Model"}},
            {"trust_remote_code": True},
            {"quantization_config": {"quant_method": "bitsandbytes"}},
            {"text_config": {"auto_map": {"AutoConfig": "someone/model--configuration.Config"}}},
        ],
    )
    def test_of_the_configuration(self, folder, settings):
        refuse(reconfigure(folder, **settings), UnsafeCheckpointError, "code from elsewhere")

    def test_of_the_tokenizer(self, folder):
        reconfigure(folder, "tokenizer_config.json", auto_map={"AutoTokenizer": ["someone/model--tok.Tok", None]})
        refuse(folder, UnsafeCheckpointError, "auto_map")

    def test_a_kernel_from_elsewhere_is_left_out(self, folder):
        assert load_model(reconfigure(folder, attn_implementation="someone/kernel")).predict(TEXT).label

    @pytest.mark.parametrize("architecture", ["BertForMaskedLM", "BertForTokenClassification", "os.system", "<b>x</b>"])
    def test_another_architecture_is_named(self, folder, architecture):
        refuse(reconfigure(folder, architectures=[architecture]), UnsupportedModelError, f"holds a {architecture}")

    @pytest.mark.parametrize("model_type", ["vit", "encoder-decoder", "transformer-xxl"])
    def test_another_type_is_named(self, folder, model_type):
        reconfigure(folder, model_type=model_type, architectures=None)
        refuse(folder, UnsupportedModelError, model_type)

    def test_pickled_weights(self, folder):
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
        refuse(folder, UnsafeCheckpointError, r"pytorch_model\.bin.*safe_serialization=True")

    @pytest.mark.parametrize(
        "settings",
        [
            {"model_type": "longformer", "attention_window": [32_768, 32_768]},
            {"model_type": "big_bird", "block_size": 32_768},
            {"model_type": "reformer", "local_attn_chunk_length": 63, "lsh_attn_chunk_length": 4096},
            {"model_type": "mamba2", "chunk_size": 10**6},
        ],
    )
    def test_three_words_that_are_padded_to_thousands(self, folder, settings):
        refuse(reconfigure(folder, **settings), CheckpointError, r"pads every text to \d+ tokens .*at most 4096")

    def test_pickles_beside_the_weights_are_never_opened(self, folder, tmp_path, monkeypatch):
        for name in ("pytorch_model.bin", "training_args.bin", "optimizer.pt", "scheduler.pt"):
            (folder / name).write_bytes(b"\x80\x04cos\nsystem\n.")
        (folder / "modeling_bert.py").write_text("raise SystemExit")
        monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("opened a pickle"))
        assert load_model(pack(folder, tmp_path / "model.zip")).predict(TEXT).label

    def test_a_link_out_of_the_folder(self, folder, tmp_path):
        (folder / "config.json").rename(tmp_path / "elsewhere.json")
        (folder / "config.json").symlink_to(tmp_path / "elsewhere.json")
        refuse(folder, UnsafeCheckpointError, r"config\.json is a link that leads out")

    def test_an_adapter_alone(self, folder):
        (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
        (folder / "adapter_config.json").write_text("{}")
        refuse(folder, CheckpointError, "merge_and_unload")


class TestZips:
    def write(self, honest, path, **extra):
        pack(honest, path, compression=zipfile.ZIP_DEFLATED)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            for name, content in extra.items():
                archive.writestr(name.replace("__", "/"), content)
        return path

    def test_names_that_lead_out_are_nothing_to_it(self, honest, tmp_path):
        path = self.write(honest, tmp_path / "model.zip", **{"..__up.json": b"x", "__etc__down.json": b"x"})
        assert load_model(path).predict(TEXT).label
        assert not (tmp_path.parent / "up.json").exists()

    @pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
    def test_a_name_that_stands_twice(self, honest, tmp_path):
        refuse(self.write(honest, tmp_path / "model.zip", **{"config.json": b"{}"}), UnsafeCheckpointError, "twice")

    def test_a_bomb(self, folder, tmp_path):
        (folder / "vocab.txt").write_bytes(b"a\n" * 30_000_000)
        path = pack(folder, tmp_path / "model.zip", compression=zipfile.ZIP_DEFLATED)
        refuse(path, UnsafeCheckpointError, r"vocab\.txt claims to unpack to 57 MB")

    def test_a_bomb_of_weights(self, folder, tmp_path):
        (folder / "model.safetensors").write_bytes(bytes(200_000_000))
        path = pack(folder, tmp_path / "model.zip", compression=zipfile.ZIP_DEFLATED)
        refuse(path, UnsafeCheckpointError, r"model\.safetensors claims to unpack to 190 MB")

    @pytest.mark.parametrize("name", ["config.json", "vocab.txt", "model.safetensors"])
    @pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_another_kind_of_compression(self, folder, tmp_path, name, compression):
        (folder / name).write_bytes(bytes(2**22))
        path = pack(folder, tmp_path / "model.zip", compression=compression)
        refuse(path, CheckpointError, "compressed by (bzip2|LZMA), which can take up all memory")

    @pytest.mark.parametrize("change", [{"disk": 1}, {"count": 3}])
    def test_an_end_that_does_not_fit(self, change, tmp_path):
        forger = Forger()
        forger.add(b"config.json", b"{}")
        (tmp_path / "model.zip").write_bytes(forger.finish(**change))
        refuse(tmp_path / "model.zip", CheckpointError, "several parts|only a part")

    def test_offsets_behind_all_numbers(self, honest, tmp_path):
        forger = Forger()
        forger.add(b"config.json", b"{}")
        far = struct.pack("<HHQQQ", 1, 24, 2, 2, 2**64 - 1)
        forger.enter(b"model.safetensors", 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, far)
        (tmp_path / "model.zip").write_bytes(forger.finish())
        refuse(tmp_path / "model.zip", CheckpointError, "a member lies outside of it")
        forger.enter(b"model/data.pkl", 0xFFFFFFFF, 2, 2, struct.pack("<HHQ", 1, 8, 2**64 - 1))
        (tmp_path / "model.pt").write_bytes(forger.finish())
        refuse(tmp_path / "model.pt", CheckpointError, "only a part of one")

    def test_files_that_share_their_bytes(self, tmp_path):
        forger = Forger()
        inner = Forger()
        inner.add(b"vocab.txt", b"{}")
        forger.add(b"config.json", bytes(inner.body))
        forger.enter(b"vocab.txt", 41, 2, 2)
        (tmp_path / "model.zip").write_bytes(forger.finish())
        refuse(tmp_path / "model.zip", UnsafeCheckpointError, "members overlap")

    def test_too_many_files(self, honest, tmp_path):
        path = self.write(honest, tmp_path / "model.zip", **{f"f{index}": b"" for index in range(11_000)})
        refuse(path)

    def test_a_link(self, folder, tmp_path):
        (folder / "config.json").unlink()
        path = pack(folder, tmp_path / "model.zip")
        link = zipfile.ZipInfo("config.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(link, "/etc/passwd")
        refuse(path, UnsafeCheckpointError, r"config\.json is a link")

    def test_one_that_is_cut_off(self, honest, tmp_path):
        path = pack(honest, tmp_path / "model.zip")
        path.write_bytes(path.read_bytes()[:-400])
        refuse(path)

    def test_one_whose_bytes_were_changed(self, honest, tmp_path):
        path = pack(honest, tmp_path / "model.zip", compression=zipfile.ZIP_DEFLATED)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(bytes(content))
        refuse(path)

    def test_one_without_a_model(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
            archive.writestr("notes.txt", "nothing")
        refuse(tmp_path / "model.zip", CheckpointError, "config.json")

    def test_a_folder_without_a_model(self, tmp_path):
        refuse(tmp_path, CheckpointError, r"holds no config\.json")


def write_header(folder, header, data=b""):
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(encoded)) + encoded + data)
    return folder


class TestHeaders:
    """The header of safetensors is a stranger's word."""

    @pytest.mark.parametrize("length", [0, 1, 2**24, 2**40, 2**63])
    def test_a_length_that_cannot_be(self, folder, length):
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", length) + b"{}" * 10)
        refuse(folder, CheckpointError, "its header claims")

    @pytest.mark.parametrize(
        "entry",
        [
            {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]},
            {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 8]},
            {"dtype": "F32", "shape": [-1, -2], "data_offsets": [0, 8]},
            {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]},
            {"dtype": "F32", "shape": [1] * 60, "data_offsets": [0, 4]},
            {"dtype": "F32", "shape": [0, 10**30], "data_offsets": [0, 0]},
            {"dtype": "F32", "shape": 2, "data_offsets": [0, 8]},
            {"dtype": "F32", "shape": [2], "data_offsets": "08"},
            {"dtype": "F8_E4M3", "shape": [8], "data_offsets": [0, 8]},
            {"dtype": ["F32"], "shape": [2], "data_offsets": [0, 8]},
            {"shape": [2]},
            None,
            3,
        ],
    )
    def test_a_tensor_that_cannot_be(self, folder, entry):
        why = r"its header cannot be read|its header and its size do not agree|are saved as"
        refuse(write_header(folder, {"classifier.weight": entry}, bytes(8)), CheckpointError, why)

    def test_tensors_over_the_same_bytes(self, folder):
        entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
        refuse(write_header(folder, {"a": entry, "b": entry}, bytes(8)), CheckpointError, "do not agree")

    @pytest.mark.parametrize("header", [b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"3", b"null"])
    def test_one_that_is_no_mapping(self, folder, header):
        refuse(write_header(folder, header))

    @pytest.mark.parametrize("index", [{}, {"weight_map": {}}, {"weight_map": {"a": "../up.safetensors"}}, []])
    def test_an_index_that_leads_nowhere(self, folder, index):
        (folder / "model.safetensors").unlink()
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
        refuse(folder)

    def test_a_weight_that_is_missing(self, folder):
        tensors = load_file(folder / "model.safetensors")
        del tensors["classifier.bias"]
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        refuse(folder, CheckpointError, r"holds no weights of: 'classifier\.bias'")

    def test_a_weight_of_another_kind(self, folder):
        tensors = load_file(folder / "model.safetensors")
        tensors["classifier.bias"] = tensors["classifier.bias"].long()
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        refuse(folder, CheckpointError, "another kind of number")


class TestSizes:
    @pytest.mark.parametrize(
        "settings",
        [
            {"num_hidden_layers": 10**6},
            {"num_hidden_layers": 3},
            {"hidden_size": 2**40},
            {"vocab_size": 2**40},
            {"vocab_size": 10**9},
            {"max_position_embeddings": 10**9},
            {"type_vocab_size": 10**9},
            {"intermediate_size": -1},
            {"hidden_size": "many"},
            {"num_attention_heads": 0},
            {"num_attention_heads": 10**9},
            {"model_type": "albert", "architectures": None, "num_hidden_layers": 10**6, "inner_group_num": 10**6},
            {"model_type": "mixtral", "architectures": None, "num_local_experts": 10**7},
            {"pruned_heads": {str(layer): list(range(10**5)) for layer in range(5)}},
        ],
    )
    def test_a_network_that_the_weights_do_not_fill_is_refused(self, folder, settings):
        refuse(reconfigure(folder, **settings))

    def test_a_table_that_is_computed_number_by_number(self, folder):
        reconfigure(folder, model_type="roformer", architectures=None, max_position_embeddings=10**5)
        refuse(folder, CheckpointError, "claims a table of positions of 3200000 numbers")

    def test_a_configuration_of_hundreds_of_megabytes(self, folder):
        (folder / "config.json").write_bytes(b" " * (17 * 2**20) + (folder / "config.json").read_bytes())
        refuse(folder, CheckpointError, r"config\.json is larger than 16 MB")

    @pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
    @pytest.mark.parametrize("content", [b"", b"[]", b"{", b"3", b"[" * 10**5, b'{"a": ' * 10**5])
    def test_damaged_files(self, folder, name, content):
        (folder / name).write_bytes(content)
        refuse(folder, AttributionError)


class TestTokenizers:
    def test_more_tokens_than_the_network_has_rows(self, folder, tmp_path):
        other = write_folder(tmp_path / "other", "roberta")
        for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
            shutil.copy(other / name, folder)
        (folder / "vocab.txt").unlink()
        tensors = load_file(folder / "model.safetensors")
        table = "bert.embeddings.word_embeddings.weight"
        tensors[table] = tensors[table][:200].clone()
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        refuse(reconfigure(folder, vocab_size=200), CheckpointError, r"does not fit: it knows \d+ tokens.*expects 200")

    def test_far_fewer_tokens_than_the_network_has_rows(self, tmp_path):
        folder = write_folder(tmp_path / "model")
        tensors = load_file(folder / "model.safetensors")
        table = "bert.embeddings.word_embeddings.weight"
        tensors[table] = torch.cat([tensors[table], torch.zeros(5000, 32)])
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        refuse(reconfigure(folder, vocab_size=len(tensors[table])), CheckpointError, "does not fit")

    def test_an_id_that_its_template_makes_up(self, folder):
        tokenizer = json.loads((folder / "tokenizer.json").read_text())
        tokenizer["post_processor"] = {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [10**6], "tokens": ["[CLS]"]}},
        }
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
        refuse(folder, AttributionError)

    @pytest.mark.parametrize("name", ["NoSuchTokenizer", "CTRLTokenizer", "os.system", ["BertTokenizer"]])
    def test_an_unknown_or_slow_class_is_named(self, folder, name):
        reconfigure(folder, "tokenizer_config.json", tokenizer_class=name)
        refuse(folder, UnsupportedModelError, "has no fast version")
