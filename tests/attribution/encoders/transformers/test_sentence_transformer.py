"""Sentence transformers without their package: against transformers' own network, and the package where it is."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from flair.data import Sentence
from numpy.testing import assert_allclose
from transformers import AutoModel, AutoTokenizer

from attribution import (
    AttributionError,
    CaptumIntegratedGradients,
    CheckpointError,
    TokenizerMissingError,
    UnsafeCheckpointError,
    UnsupportedModelError,
    explain,
    inspect_checkpoint,
    load_model,
)
from tests.attribution.encoders.checks import LONG, PARAGRAPHS, assert_faithful, assert_words_fit
from tests.models.transformers import LABELS, save, write_encoder
from tests.models.words import build_word_classifier, fill_dictionary

SHORT = "Shares fell in Zürich."
TEXTS = (SHORT, "goal", "  Two   blanks, a \u200b zero-width one ", PARAGRAPHS)
MODULES = ("Transformer", "Pooling")


def write_model(folder: Path, family: str = "bert", *, modules=MODULES, pooling: Any = None, **settings: Any) -> Path:
    """A folder as the hub would give it; `pooling` is the configuration of its second module."""
    folder = write_encoder(folder, family)
    described = [
        {
            "idx": index,
            "name": str(index),
            "path": f"{index}_{name}" if index else "",
            "type": f"sentence_transformers.models.{name}",
        }
        for index, name in enumerate(modules)
    ]
    (folder / "modules.json").write_text(json.dumps(described))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 24, **settings}))
    if pooling is not None:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return folder


def write_checkpoint(
    path: Path, model: Path, *, inner: str = "auto_model", name: str = "tiny-st", **changes: Any
) -> tuple[Path, torch.nn.Linear]:
    """What Flair's save() writes for such a classifier, and its decoder."""
    network = AutoModel.from_pretrained(model)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        decoder = torch.nn.Linear(network.config.hidden_size, len(LABELS))
    weights = {f"embeddings.model.0.{inner}.{key}": tensor for key, tensor in network.state_dict().items()}
    state = {
        "__cls__": "TextClassifier",
        "document_embeddings": {
            "__cls__": "SentenceTransformerDocumentEmbeddings",
            "model": name,
            "batch_size": 1,
            **changes,
        },
        "label_dictionary": fill_dictionary(LABELS),
        "label_type": "topic",
        "multi_label": False,
        "state_dict": {**weights, **{f"decoder.{key}": tensor for key, tensor in decoder.state_dict().items()}},
    }
    torch.save(state, path / "model.pt", pickle_protocol=4)
    return path / "model.pt", decoder


def predict_with_transformers(model: Path, decoder: torch.nn.Linear, text: str, longest: int = 24) -> torch.Tensor:
    """Mean of the states, decoder, softmax: no code of ours."""
    tokenizer, network = AutoTokenizer.from_pretrained(model), AutoModel.from_pretrained(model).eval()
    read = Sentence(text).to_plain_string()
    with torch.no_grad():
        states = network(**tokenizer(read, truncation=True, max_length=longest, return_tensors="pt")).last_hidden_state
        return torch.softmax(decoder(states[0].mean(dim=0)), dim=0)


@pytest.fixture(scope="module", params=["bert", "mpnet", "xlm-roberta", "roberta", "distilbert"])
def opened(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sentences")
    model = write_model(folder / "tiny-st", request.param)
    path, decoder = write_checkpoint(folder, model)
    return load_model(path, tokenizer=model), model, decoder


class TestEveryFamily:
    def test_probabilities_are_those_of_the_network(self, opened):
        model, folder, decoder = opened
        for text in (*TEXTS, LONG):
            assert_allclose(
                model.predict(text).probabilities, predict_with_transformers(folder, decoder, text), atol=1e-5
            )

    def test_attributions_are_complete(self, opened):
        for text in (SHORT, "goal", PARAGRAPHS):
            explanation = explain(opened[0], text)
            assert explanation.converged
            assert_words_fit(explanation)

    def test_no_batch_size_changes_an_attribution(self, opened):
        alone, other = (
            explain(opened[0], SHORT, method=CaptumIntegratedGradients(steps=12, internal_batch_size=size)).attributions
            for size in (1, 5)
        )
        assert_allclose(other, alone, rtol=0, atol=1e-4)

    def test_what_is_cut_off_is_told(self, opened):
        encoded = opened[0].encoder.encode(LONG)
        assert len(encoded.tokens) == 24
        assert encoded.unread[0].start == encoded.tokens[-2].end
        assert opened[0].encoder.encode("goal").unread == ()

    def test_facts_are_plain(self, opened):
        facts = opened[0].describe()
        assert facts["Maximum length"] == "24 tokens"
        assert facts["Pooling"] == "mean"
        assert all(isinstance(value, (str, int, bool)) for value in facts.values())


class TestTheNamesOfWeights:
    def test_those_of_sentence_transformers_5_are_known(self, tmp_path):
        folder = write_model(tmp_path / "tiny-st")
        path, decoder = write_checkpoint(tmp_path, folder, inner="model")
        found = load_model(path, tokenizer=folder).predict(SHORT).probabilities
        assert_allclose(found, predict_with_transformers(folder, decoder, SHORT), atol=1e-5)

    def test_numbers_of_positions_are_no_weights(self, tmp_path):
        folder = write_model(tmp_path / "tiny-st")
        path, _ = write_checkpoint(tmp_path, folder)
        state = torch.load(path, weights_only=False)
        state["state_dict"]["embeddings.model.0.auto_model.embeddings.position_ids"] = torch.arange(160)[None]
        torch.save(state, path, pickle_protocol=4)
        assert load_model(path, tokenizer=folder).predict(SHORT).label


class TestWhereTheModelIsFound:
    @pytest.mark.parametrize("name", ["tiny-st", "/home/someone/models/tiny-st", "./models/tiny-st/"])
    def test_in_the_folder_of_its_name(self, name, tmp_path, monkeypatch):
        write_model(tmp_path / "tokenizers" / "tiny-st")
        monkeypatch.setenv("WHYLIGHT_TOKENIZERS", str(tmp_path / "tokenizers"))
        path, _ = write_checkpoint(tmp_path, tmp_path / "tokenizers" / "tiny-st", name=name)
        assert load_model(path).predict(SHORT).label

    def test_nowhere(self, tmp_path, monkeypatch):
        monkeypatch.delenv("WHYLIGHT_TOKENIZERS", raising=False)
        path, _ = write_checkpoint(tmp_path, write_model(tmp_path / "tiny-st"))
        with pytest.raises(TokenizerMissingError, match="tiny-st"):
            load_model(path)

    def test_a_tokenizer_alone_is_too_little(self, tmp_path):
        folder = write_model(tmp_path / "tiny-st")
        path, _ = write_checkpoint(tmp_path, folder)
        with pytest.raises(TokenizerMissingError, match=r"with its config\.json"):
            load_model(path, tokenizer=folder / "tokenizer.json")


class TestSettings:
    @pytest.mark.parametrize(
        ("pooling", "pooled"),
        [
            ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, lambda states: states[0]),
            ({"pooling_mode_max_tokens": True}, lambda states: states.max(dim=0).values),
            ({"pooling_mode": "mean"}, lambda states: states.mean(dim=0)),
            ({"pooling_mode_mean_sqrt_len_tokens": True}, lambda states: states.sum(dim=0) / len(states) ** 0.5),
            ({}, lambda states: states.mean(dim=0)),
        ],
    )
    def test_each_way_of_pooling(self, pooling, pooled, tmp_path):
        folder = write_model(tmp_path / "tiny-st", pooling=pooling)
        path, _ = write_checkpoint(tmp_path, folder)
        packed = tmp_path / "packed.zip"
        pack(folder, packed)
        document = load_document(path, packed)
        inputs = AutoTokenizer.from_pretrained(folder)(SHORT, return_tensors="pt")
        with torch.no_grad():
            states = AutoModel.from_pretrained(folder).eval()(**inputs).last_hidden_state
            assert_allclose(document.pool(states)[0], pooled(states[0]), atol=1e-6)

    def test_a_vector_of_length_one(self, tmp_path):
        folder = write_model(tmp_path / "tiny-st", modules=(*MODULES, "Normalize"))
        path, _ = write_checkpoint(tmp_path, folder)
        model = load_model(path, tokenizer=folder)
        sentence = Sentence(SHORT)
        model.classifier.embeddings.embed([sentence])
        assert float(sentence.embedding.norm()) == pytest.approx(1.0, abs=1e-6)
        explanation = explain(model, SHORT)
        assert explanation.converged
        assert model.describe()["Pooling"] == "mean, scaled to one"

    def test_small_letters(self, tmp_path):
        folder = write_model(tmp_path / "tiny-st", "roberta", do_lower_case=True)
        path, decoder = write_checkpoint(tmp_path, folder)
        model = load_model(path, tokenizer=folder)
        found = model.predict("The STRIKER scored").probabilities
        assert_allclose(found, predict_with_transformers(folder, decoder, "the striker scored"), atol=1e-5)
        with pytest.raises(AttributionError, match="changes its length when lowercased"):
            model.predict("İstanbul")

    @pytest.mark.parametrize(
        ("modules", "pooling", "message"),
        [
            (("Transformer", "Pooling", "Dense"), None, "made of Transformer, Pooling, Dense"),
            (("WordEmbeddings", "Pooling"), None, "made of WordEmbeddings"),
            (("Transformer",), None, "made of Transformer"),
            (MODULES, {"pooling_mode_lasttoken": True}, "pools by lasttoken"),
            (MODULES, {"pooling_mode": ["mean", "weightedmean"]}, "pools by weightedmean"),
        ],
    )
    def test_other_parts_are_refused_by_name(self, modules, pooling, message, tmp_path):
        folder = write_model(tmp_path / "tiny-st", modules=modules, pooling=pooling)
        path, _ = write_checkpoint(tmp_path, folder)
        packed = tmp_path / "packed.zip"
        pack(folder, packed)
        with pytest.raises(UnsupportedModelError, match=message):
            load_document(path, packed)


class TestWhatDoesNotFit:
    @pytest.mark.parametrize(
        ("settings", "error"),
        [
            ({"num_hidden_layers": 10**6}, CheckpointError),
            ({"hidden_size": 64}, CheckpointError),
            ({"vocab_size": 10**9}, CheckpointError),
            ({"auto_map": {"AutoModel": "someone/model--modeling.Model"}}, UnsafeCheckpointError),
            ({"model_type": "transformer-xxl"}, UnsupportedModelError),
        ],
    )
    def test_another_configuration_is_refused(self, settings, error, tmp_path):
        folder = write_model(tmp_path / "tiny-st")
        path, _ = write_checkpoint(tmp_path, folder)
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, **settings}))
        with pytest.raises(error):
            load_model(path, tokenizer=folder)

    @pytest.mark.parametrize("name", ["config.json", "modules.json", "sentence_bert_config.json", "tokenizer.json"])
    @pytest.mark.parametrize("content", [b"", b"[]", b"{", b'["a"]', b"3"])
    def test_damaged_files_are_refused_in_a_sentence(self, name, content, tmp_path):
        folder = write_model(tmp_path / "tiny-st")
        path, _ = write_checkpoint(tmp_path, folder)
        (folder / name).write_bytes(content)
        if name == "modules.json" and content == b"[]":
            assert load_model(path, tokenizer=folder).labels
            return
        with pytest.raises(AttributionError):
            load_model(path, tokenizer=folder)

    def test_a_tokenizer_that_panics_while_it_is_checked_is_refused_in_a_sentence(self, tmp_path):
        """An added token is normalized when the tokenizer is built, here by a table that points outside of itself."""
        folder = write_model(tmp_path / "tiny-st")
        path, _ = write_checkpoint(tmp_path, folder)
        said = json.loads((folder / "tokenizer.json").read_text())
        table = base64.b64encode(struct.pack("<I", 64) + b"\xff" * 64 + b"x").decode()
        said["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": table}
        said["added_tokens"].append(
            {**said["added_tokens"][0], "content": "word", "special": False, "normalized": True}
        )
        (folder / "tokenizer.json").write_text(json.dumps(said))
        with pytest.raises(CheckpointError, match="tokenizer fails on this text: index out of bounds"):
            load_model(path, tokenizer=folder)
        inspection = inspect_checkpoint(path, tokenizer=folder)
        assert not inspection.passed
        assert "tokenizer fails on this text" in inspection.verdict

    def test_a_tokenizer_of_another_encoder_is_refused(self, tmp_path):
        path, _ = write_checkpoint(tmp_path, write_model(tmp_path / "tiny-st", "xlm-roberta"))
        other = write_model(tmp_path / "other", "bert")
        shutil.copy(tmp_path / "tiny-st" / "config.json", other)
        with pytest.raises(CheckpointError, match=r"does not fit: it knows \d+ tokens, and the encoder expects \d+"):
            load_model(path, tokenizer=other)

    def test_other_parameters_are_refused(self, tmp_path):
        folder = write_model(tmp_path / "tiny-st")
        path, _ = write_checkpoint(tmp_path, folder, cache_folder="/tmp")
        with pytest.raises(UnsafeCheckpointError, match="'cache_folder'"):
            load_model(path, tokenizer=folder)


def pack(folder: Path, packed: Path) -> None:
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.rglob("*.*"):
            archive.write(file, file.relative_to(folder))


def load_document(path: Path, packed: Path) -> Any:
    """The document embeddings alone, from a zip that keeps its folders."""
    from flair.embeddings.base import load_embeddings

    from attribution.opening.vetting.embeddings.sentence_transformer import vet_sentence_transformer
    from attribution.opening.vetting.sizes.weights import embeddings_weights

    state = torch.load(path, weights_only=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "attribution.opening.vetting.embeddings.sentence_transformer.find_tokenizer",
            lambda *_: io.BytesIO(packed.read_bytes()),
        )
        patch.setattr(
            "attribution.opening.vetting.embeddings.sentence_transformer.vet_tokenizer", lambda files, _: files
        )
        return load_embeddings(
            vet_sentence_transformer(state["document_embeddings"], embeddings_weights(state["state_dict"]), None)
        )


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("family", ["bert", "xlm-roberta"])
def test_flairs_own_class_predicts_the_same(family, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    pytest.importorskip("sentence_transformers")
    from flair.embeddings import SentenceTransformerDocumentEmbeddings

    folder = write_model(tmp_path / "tiny-st", family, pooling={"word_embedding_dimension": 32, "pooling_mode": "mean"})
    classifier = build_word_classifier(SentenceTransformerDocumentEmbeddings(str(folder)), scale=0.2)
    shutil.rmtree(folder / "1_Pooling")
    model = load_model(save(classifier, tmp_path), tokenizer=folder)
    assert_faithful(classifier, model, *TEXTS, LONG)
    assert os.environ["HF_HUB_OFFLINE"] == "1"
