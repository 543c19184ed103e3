"""Checkpoints that Flair itself wrote, changed in one place each."""

import base64
import io
import json
import socket
import zipfile
from collections.abc import Callable
from contextlib import nullcontext

import pytest
import torch

from attribution import (
    CheckpointError,
    TokenizerMissingError,
    UnsafeCheckpointError,
    UnsupportedModelError,
    load_model,
)
from attribution.opening.vetting.tokenizers.pieces import vet_pieces
from tests.models.transformers import build_classifier, save


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("honest")
    return save(build_classifier(folder, "bert"), folder)


@pytest.fixture
def changed(honest, tmp_path):
    """Writes the honest checkpoint again, changed by a function."""

    def change(function: Callable[[dict], None]):
        state = torch.load(honest, weights_only=False)
        function(state)
        path = tmp_path / "changed.pt"
        torch.save(state, path, pickle_protocol=4)
        return path

    return change


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


def retokenize(state: dict, files: dict[str, bytes | None]) -> None:
    """Replace, add or (None) remove files of the tokenizer."""
    with zipfile.ZipFile(state["document_embeddings"]["tokenizer_data"]) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content.update(files)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)
    packed.seek(0)
    state["document_embeddings"]["tokenizer_data"] = packed


def reconfigure_tokenizer(state: dict, **settings: object) -> None:
    with zipfile.ZipFile(state["document_embeddings"]["tokenizer_data"]) as archive:
        config = json.loads(archive.read("tokenizer_config.json"))
    retokenize(state, {"tokenizer_config.json": json.dumps({**config, **settings}).encode()})


class TestHonestFiles:
    def test_an_honest_file_opens(self, changed):
        assert load_model(changed(lambda state: None)).predict("The match was lost.").label

    def test_a_tokenizer_that_names_a_path_is_read_from_the_file_alone(self, changed, tmp_path):
        other = tmp_path / "tokenizer.json"
        other.write_text("not read")
        path = changed(lambda state: reconfigure_tokenizer(state, tokenizer_file=str(other), vocab_file="/etc/passwd"))
        assert load_model(path).predict("The match was lost.").label

    def test_special_tokens_that_name_a_path_do_not_lead_there(self, changed, tmp_path):
        other = tmp_path / "tokenizer.json"
        other.write_text("not read")
        named = json.dumps({"tokenizer_file": str(other), "vocab_file": "/etc/passwd", "cls_token": "[CLS]"}).encode()

        config = json.dumps({"tokenizer_class": "BertTokenizerFast"}).encode()  # else it tells of the special tokens
        files = {"special_tokens_map.json": named, "tokenizer_config.json": config}
        path = changed(lambda state: retokenize(state, files))
        assert load_model(path).predict("The match was lost.").label

    def test_no_folder_is_searched_by_a_pattern_of_the_file(self, changed):
        endless = ["(a|a)*b|tokenizer.4.0.0.json", "(.*.*.*.*)*x|tokenizer.4.0.0.json"]
        path = changed(lambda state: reconfigure_tokenizer(state, fast_tokenizer_files=endless))
        assert load_model(path).predict("The match was lost.").label

    @pytest.mark.parametrize("kind", ["float16", "bfloat16", "float64"])
    def test_the_kind_of_number_is_that_of_the_weights_and_the_process_keeps_its_own(self, changed, kind):
        model = load_model(changed(set_config(torch_dtype=kind, dtype=kind)))
        assert {parameter.dtype for parameter in model.classifier.parameters()} == {torch.float32}
        with pytest.raises(CheckpointError):
            load_model(changed(set_config(torch_dtype=kind, num_attention_heads=7)))
        assert torch.get_default_dtype() == torch.float32

    def test_a_model_of_pieces_that_is_none_is_left_out_where_it_is_not_read(self, changed):
        path = changed(lambda state: retokenize(state, {"tokenizer.model": b"version https://git-lfs.github.com"}))
        assert load_model(path).predict("The match was lost.").label

    def test_a_file_of_code_beside_the_tokenizer_is_left_out(self, changed):
        path = changed(lambda state: retokenize(state, {"tokenization.py": b"raise SystemExit", "../up.json": b"{}"}))
        assert load_model(path).predict("The match was lost.").label

    def test_an_attention_kernel_of_another_device_is_left_out(self, changed):
        def change(state):
            state["document_embeddings"]["config_state_dict"]["attn_implementation"] = "someone/kernel"

        assert load_model(changed(change)).predict("The match was lost.").label


def set_config(**settings: object) -> Callable[[dict], None]:
    return lambda state: state["document_embeddings"]["config_state_dict"].update(settings)


def set_embeddings(**settings: object) -> Callable[[dict], None]:
    return lambda state: state["document_embeddings"].update(settings)


class TestWhatLeadsOutOfTheFile:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (set_config(auto_map={"AutoModel": "someone/model--modeling.Model"}), "auto_map"),
            (set_config(trust_remote_code=True), "trust_remote_code"),
            (set_config(quantization_config={"quant_method": "bitsandbytes"}), "quantization_config"),
            (set_embeddings(config_state_dict=None), "have to be downloaded"),
            (set_embeddings(transformers_model_kwargs={"trust_remote_code": True}), "transformers_model_kwargs"),
            (set_embeddings(peft_config={"task_type": "FEATURE_EXTRACTION"}), "peft_config"),
            (set_embeddings(feature_extractor_data=io.BytesIO(b"x")), "feature_extractor_data"),
            (lambda state: reconfigure_tokenizer(state, auto_map={"AutoTokenizer": ["a/b--c.D", None]}), "auto_map"),
            (lambda state: reconfigure_tokenizer(state, trust_remote_code=True), "code from elsewhere"),
        ],
    )
    def test_it_is_refused_by_name(self, changed, change, message):
        with pytest.raises(UnsafeCheckpointError, match=message):
            load_model(changed(change))

    def test_a_tokenizer_that_is_not_there_is_asked_for_by_its_encoder(self, changed):
        with pytest.raises(TokenizerMissingError, match="tokenizer for its encoder"):
            load_model(changed(set_embeddings(tokenizer_data=None)))

    def test_the_name_of_an_encoder_is_a_part_of_a_sentence_whatever_it_is(self, changed):
        with pytest.raises(TokenizerMissingError, match=r"encoder, one two a+…\. Give it along .* names\.$"):
            load_model(changed(set_embeddings(tokenizer_data=None, model="one\n\n two " + "a" * 5000)))

    def test_a_tokenizer_that_unpacks_to_hundreds_of_megabytes_is_refused(self, changed):
        with pytest.raises(UnsafeCheckpointError, match="larger than 64 MB"):
            load_model(changed(lambda state: retokenize(state, {"vocab.txt": b"a\n" * 70_000_000})))


class TestSizes:
    @pytest.mark.parametrize(
        "settings",
        [
            {"num_hidden_layers": 1_000_000},
            {"num_hidden_layers": 3},
            {"hidden_size": 2**40},
            {"intermediate_size": 2**40},
            {"vocab_size": 2**40},
            {"max_position_embeddings": 2**40},
            {"type_vocab_size": 2**40},
        ],
    )
    def test_a_network_that_the_weights_do_not_fill_is_refused_before_it_is_made(self, changed, settings):
        with pytest.raises(CheckpointError, match=r"claims|no network|holds no weights"):
            load_model(changed(set_config(**settings)))

    @pytest.mark.parametrize("kind", ["ctrl", "marian", "pegasus"])
    def test_so_is_a_table_of_positions_that_is_computed(self, changed, kind):
        with pytest.raises(CheckpointError, match="table of positions of"):
            load_model(changed(set_config(model_type=kind, max_position_embeddings=2**24)))

    def test_names_of_nothing_are_no_layers(self, changed):
        def change(state):
            names = (f"embeddings.model.{number}" for number in range(5000))
            state["state_dict"].update(dict.fromkeys(names, torch.empty(0)))
            state["document_embeddings"]["config_state_dict"]["num_hidden_layers"] = 5000

        with pytest.raises(CheckpointError, match="claims num_hidden_layers of 5000"):
            load_model(changed(change))

    def test_a_tensor_of_steps_of_zero_cannot_claim_more_than_the_file_holds(self, changed):
        def change(state):
            state["state_dict"]["decoder.weight"] = torch.ones(1).expand(2**40)

        with pytest.raises(CheckpointError):
            load_model(changed(change))


def restep(state: dict, step: str, change: Callable[[dict], None]) -> None:
    """Change a part of the tokenizer.json."""
    with zipfile.ZipFile(state["document_embeddings"]["tokenizer_data"]) as archive:
        tokenizer = json.loads(archive.read("tokenizer.json"))
    tokenizer[step] = tokenizer[step] or {}
    change(tokenizer[step])
    retokenize(state, {"tokenizer.json": json.dumps(tokenizer).encode()})


def replacing(length: int) -> dict[str, str]:
    table = (4).to_bytes(4, "little") + bytes(4) + b"short\0" + b"a" * length + b"\0"
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(table).decode()}


class TestTextsMadeLonger:
    @pytest.mark.parametrize(
        ("step", "change"),
        [
            ("normalizer", lambda part: part.update(type="Prepend", prepend="a" * 1000)),
            ("normalizer", lambda part: part.update(replacing(1000))),
            ("model", lambda part: part.update(max_input_chars_per_word=10**6)),
            ("model", lambda part: part.update(continuing_subword_prefix="#" * 1000)),
            ("post_processor", lambda part: part["special_tokens"]["[CLS]"].update(ids=[2] * 100)),
        ],
    )
    def test_it_is_refused(self, changed, step, change):
        with pytest.raises(UnsafeCheckpointError, match="The tokenizer"):
            load_model(changed(lambda state: restep(state, step, change)))

    def test_so_are_the_replacements_of_sentencepiece(self):
        from sentencepiece import sentencepiece_model_pb2

        model = sentencepiece_model_pb2.ModelProto()
        for length, refused in ((100, False), (1000, True)):
            model.normalizer_spec.precompiled_charsmap = base64.b64decode(replacing(length)["precompiled_charsmap"])
            with pytest.raises(UnsafeCheckpointError) if refused else nullcontext():
                vet_pieces(model.SerializeToString())


class TestOtherModels:
    @pytest.mark.parametrize("kind", ["SequenceTagger", "TextTripleClassifier", "TARSTagger", "<b>Model</b>"])
    def test_another_class_is_named(self, changed, kind):
        with pytest.raises(UnsupportedModelError, match=f"a Flair {kind}"):
            load_model(changed(lambda state: state.update(__cls__=kind)))

    def test_other_embeddings_are_named(self, changed):
        with pytest.raises(UnsupportedModelError, match="through DocumentELMoEmbeddings"):
            load_model(changed(lambda state: state.update(document_embeddings={"__cls__": "DocumentELMoEmbeddings"})))

    def test_an_unknown_architecture_is_named(self, changed):
        with pytest.raises(UnsupportedModelError, match="'transformer-xxl'"):
            load_model(changed(set_config(model_type="transformer-xxl")))

    def test_weights_alone_are_told_apart(self, tmp_path):
        torch.save({"encoder.weight": torch.ones(2, 2)}, tmp_path / "model.pt")
        with pytest.raises(CheckpointError, match="weights of a network alone"):
            load_model(tmp_path / "model.pt")

    def test_another_dictionary_is_no_checkpoint(self, tmp_path):
        torch.save({"epoch": 3, "loss": 0.5}, tmp_path / "model.pt")
        with pytest.raises(CheckpointError, match="a dictionary that Flair did not write"):
            load_model(tmp_path / "model.pt")


class TestLabels:
    def test_names_that_fill_every_explanation_are_refused(self, changed):
        def lengthen(state):
            names = [b"%05d" % number + b"\x01" * 9_000 for number in range(500)]
            state["label_dictionary"].idx2item = names
            state["label_dictionary"].item2idx = {name: number for number, name in enumerate(names)}
            for part in ("weight", "bias"):
                state["state_dict"][f"decoder.{part}"] = torch.zeros(
                    500, *state["state_dict"][f"decoder.{part}"].shape[1:]
                )

        with pytest.raises(CheckpointError, match="have 4,502,500 letters together"):
            load_model(changed(lengthen))


class TestDamagedFiles:
    @pytest.mark.parametrize(
        "change",
        [
            lambda state: state["state_dict"].pop("decoder.weight"),
            lambda state: state["state_dict"].update({"decoder.weight": torch.ones(3, 5)}),
            lambda state: state["state_dict"].update({"decoder.bias": "no tensor"}),
            lambda state: state.update(state_dict=[1, 2]),
            lambda state: state.update(label_dictionary=["a", "b"]),
            lambda state: state["label_dictionary"].idx2item.clear(),
            lambda state: state["label_dictionary"].idx2item.append(state["label_dictionary"].idx2item[0]),
            lambda state: state["label_dictionary"].idx2item.append(3),
            set_embeddings(layers="all of them"),
            set_embeddings(layers="-1,99"),
            set_embeddings(cls_pooling="median"),
            set_embeddings(allow_long_sentences="yes"),
            set_embeddings(tokenizer_data=b"no archive"),
            set_embeddings(tokenizer_data=io.BytesIO(b"no archive")),
            set_config(hidden_size="huge"),
            set_config(num_attention_heads=7),
            lambda state: retokenize(state, {"tokenizer_config.json": b"[]"}),
            lambda state: retokenize(state, {"tokenizer_config.json": b"{"}),
            lambda state: retokenize(state, {"tokenizer.json": b"{}"}),
        ],
    )
    def test_it_is_refused_in_a_sentence(self, changed, change):
        with pytest.raises(CheckpointError):
            load_model(changed(change))
