"""Word embeddings and documents over words: what Flair itself would do with a changed file, and what is refused."""

from __future__ import annotations

import os
import pickle
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from flair.embeddings import (
    DocumentCNNEmbeddings,
    DocumentLMEmbeddings,
    DocumentPoolEmbeddings,
    DocumentRNNEmbeddings,
)
from flair.models import TextClassifier
from numpy.testing import assert_allclose

from attribution import (
    AttributionError,
    CheckpointError,
    UnsafeCheckpointError,
    UnsupportedModelError,
    load_model,
)
from tests.attribution.encoders.checks import assert_faithful
from tests.models.transformers import save
from tests.models.words import (
    build_word_classifier,
    fill_dictionary,
    make_byte_pairs,
    make_character_model,
    make_hashes,
    make_one_hot,
    make_spelling,
    make_static,
)

State = dict[str, Any]
Change = Callable[[State], object]


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Path:
    """One classifier with embeddings of every kind, the first of them by place in the stack."""
    folder = tmp_path_factory.mktemp("honest")
    words = [
        make_static(stable=True, fine_tune=True),
        make_character_model(model={"nlayers": 2, "nout": 4, "has_decoder": True}),
        make_byte_pairs(folder),
        make_one_hot(stable=True),
        make_hashes(),
        make_spelling(),
    ]
    return save(build_word_classifier(DocumentRNNEmbeddings(words, hidden_size=4, bidirectional=True)), folder)


@pytest.fixture
def changed(honest, tmp_path) -> Callable[[Change], Path]:
    """Writes the honest checkpoint again, changed by a function."""

    def change(function: Change) -> Path:
        state = torch.load(honest, weights_only=False)
        function(state)
        path = tmp_path / "changed.pt"
        torch.save(state, path, pickle_protocol=4)
        return path

    return change


@pytest.fixture
def asked(monkeypatch) -> Iterator[list[Any]]:
    """Every host that was asked for, though there is no network."""
    hosts: list[Any] = []

    def refuse(*arguments: Any, **_: Any) -> None:
        hosts.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return hosts


def document(**parameters: Any) -> Change:
    return lambda state: state["document_embeddings"].update(parameters)


def words(place: int, **parameters: Any) -> Change:
    """Change the embeddings at a place of the stack."""
    return lambda state: stack(state)[place].update(parameters)


def language_model(**parameters: Any) -> Change:
    return lambda state: stack(state)[1]["model_params"].update(parameters)


def stack(state: State) -> list[State]:
    return state["document_embeddings"]["embeddings"]["embeddings"]


def weight(name: str, tensor: torch.Tensor | None) -> Change:
    """Replace or (None) remove a tensor."""

    def change(state: State) -> None:
        del state["state_dict"][f"embeddings.{name}"]
        if tensor is not None:
            state["state_dict"][f"embeddings.{name}"] = tensor

    return change


def test_an_honest_file_opens(changed, asked):
    assert load_model(changed(lambda state: None)).predict("The match was lost.").label
    assert not asked


class Payload:
    """A pickle that leaves a mark where it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


class TestWhatFiresUnderFlairsOwnLoad:
    def test_a_path_in_the_place_of_a_dictionary_runs_the_pickle_there(self, changed, tmp_path):
        mark, planted = tmp_path / "mark", tmp_path / "planted"
        planted.write_bytes(pickle.dumps(Payload(mark)))
        path = changed(words(5, path_to_char_dict=str(planted)))
        with pytest.raises(UnsafeCheckpointError, match="a dictionary of Flair"):
            load_model(path)
        assert not mark.exists()
        with pytest.raises(TypeError):
            TextClassifier.load(path)
        assert mark.exists()

    def test_no_dictionary_is_downloaded(self, changed, asked):
        path = changed(words(5, path_to_char_dict=None))
        with pytest.raises(UnsafeCheckpointError, match="a dictionary of Flair"):
            load_model(path)
        assert not asked
        with pytest.raises(OSError, match=r"no network|flair\.informatik"):
            TextClassifier.load(path)
        assert asked

    def test_a_claim_of_more_rows_than_there_are_is_made_room_for(self, changed, monkeypatch):
        path = changed(words(0, embedding_length=10**9))
        made = []
        monkeypatch.setattr("numpy.zeros", lambda shape, **_: made.append(shape) or 1 / 0)
        with pytest.raises(CheckpointError, match="claims a size of 161 x 1000000000"):
            load_model(path)
        assert not made
        with pytest.raises(ZeroDivisionError):
            TextClassifier.load(path)
        assert made == [(161, 10**9)]

    def test_a_tensor_of_steps_of_zero_claims_what_is_not_there(self, changed):
        def change(state: State) -> None:
            weight("word_reprojection_map.weight", torch.zeros(1).expand(30_000, 30_000))(state)

        path = changed(change)
        assert path.stat().st_size < 10**6
        with pytest.raises(CheckpointError, match=r"claims more elements than the file holds"):
            load_model(path)

    def test_many_tensors_over_the_same_bytes_claim_what_is_not_there(self, changed):
        def change(state: State) -> None:
            shared = torch.zeros(2**18)
            state["state_dict"].update({f"embeddings.{index}": shared for index in range(16)})

        with pytest.raises(CheckpointError, match=r"claim more elements than the file holds"):
            load_model(changed(change))


class TestWhatLeadsOutOfTheFile:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (words(0, embeddings="glove"), "'embeddings'"),
            (words(0, embeddings="/etc/passwd"), "'embeddings'"),
            (words(0, no_header=True), "'no_header'"),
            (words(0, __cls__="FastTextEmbeddings", fasttext_binary=b"x"), "FastTextEmbeddings: a pickled gensim"),
            (words(0, __cls__="MuseCrosslingualEmbeddings"), "MuseCrosslingualEmbeddings: vectors that Flair would"),
            (
                words(0, __cls__="TransformerJitWordEmbeddings", jit_model=b"x"),
                "TransformerJitWordEmbeddings: a program",
            ),
            (words(0, __cls__="TransformerOnnxWordEmbeddings"), "TransformerOnnxWordEmbeddings: a program"),
            (words(0, state_dict={}), "'state_dict'"),
            (words(1, model="news-forward"), "'model'"),
            (words(1, model_params=None), "would have to be downloaded"),
            (words(1, has_whitespace=True), "'has_whitespace'"),
            (language_model(model_file="/etc/passwd"), "'model_file'"),
            (language_model(dictionary=None), "Flair would download one"),
            (words(2, word2vec_binary=b"x"), "hold a gensim file"),
            (words(2, model_file_path="/etc/passwd"), "'model_file_path'"),
            (words(2, language="en"), "'language'"),
            (words(2, cache_dir="/tmp"), "'cache_dir'"),
            (words(3, state_dict={}), "'state_dict'"),
            (document(train="yes"), "'train'"),
            (document(__cls__="TransformerJitDocumentEmbeddings"), "a program of its own"),
            (document(__cls__="TransformerOnnxDocumentEmbeddings"), "a program of its own"),
        ],
    )
    def test_it_is_refused_by_name(self, changed, asked, change, message):
        with pytest.raises(UnsafeCheckpointError, match=message):
            load_model(changed(change))
        assert not asked


class TestWhatIsNotExplained:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (words(0, __cls__="PooledFlairEmbeddings"), "a memory of the texts"),
            (words(0, __cls__="ELMoEmbeddings"), "through ELMoEmbeddings. Whylight explains BytePairEmbeddings"),
            (words(0, field="pos"), "the annotation 'pos'"),
            (words(2, field="pos"), "the annotation 'pos'"),
            (words(3, field="pos"), "the annotation 'pos'"),
        ],
    )
    def test_it_is_named(self, changed, change, message):
        with pytest.raises(UnsupportedModelError, match=message):
            load_model(changed(change))


class TestSizesThatTheWeightsDoNotHave:
    @pytest.mark.parametrize(
        "change",
        [
            words(0, vocab={f"word {row}": row for row in range(1000)}),
            words(0, vocab={"striker": 2}),
            words(1, model_params={}),
            language_model(hidden_size=10**9),
            language_model(nlayers=10**9),
            language_model(nlayers=0),
            language_model(nlayers=-1),
            language_model(embedding_size=10**9),
            language_model(nout=10**9),
            language_model(dictionary=fill_dictionary(["a"] * 3)),
            words(2, dim=10**9),
            words(3, embedding_length=10**9),
            words(3, vocab_dictionary=fill_dictionary(["a", "b"])),
            words(4, num_embeddings=10**12),
            words(4, embedding_length=10**9),
            words(5, char_embedding_dim=10**9),
            words(5, hidden_size_char=10**9),
            words(5, path_to_char_dict=fill_dictionary(["a", "b"])),
            document(hidden_size=10**9),
            document(hidden_size=-4),
            document(rnn_layers=10**9),
            document(rnn_layers=0),
            document(reproject_words_dimension=10**9),
            document(bidirectional=False, rnn_type="LSTM"),
            weight("word_reprojection_map.weight", None),
            weight("rnn.weight_hh_l0", torch.zeros(3, 3)),
            weight("embeddings.list_embedding_0.embedding.weight", None),
            weight("embeddings.list_embedding_0.embedding.weight", torch.zeros(161)),
            weight("embeddings.list_embedding_0.layer_norm.weight", None),
            weight("embeddings.list_embedding_3.layer_norm.weight", None),
            weight("embeddings.list_embedding_1.lm.proj.weight", None),
            weight("embeddings.list_embedding_1.lm.decoder.bias", None),
        ],
    )
    def test_they_are_refused_before_anything_is_made(self, changed, change, monkeypatch):
        monkeypatch.setattr(TextClassifier, "load", lambda state: pytest.fail("Flair was asked to build it."))
        with pytest.raises(CheckpointError):
            load_model(changed(change))


def replace_dictionary(**attributes: Any) -> Change:
    return lambda state: stack(state)[3]["vocab_dictionary"].__dict__.update(attributes)


class TestDamagedFiles:
    @pytest.mark.parametrize(
        "change",
        [
            words(0, vocab={"striker": "first"}),
            words(0, vocab={1: 1}),
            words(0, vocab={"striker": -1}),
            words(0, vocab=["striker"]),
            words(0, stable="yes"),
            words(0, name=None),
            words(0, __cls__=None),
            words(0, __cls__=["WordEmbeddings"]),
            words(1, chars_per_chunk=0),
            words(1, chars_per_chunk=-5),
            language_model(document_delimiter="x" * 10**6),
            language_model(dictionary={"idx2item": [], "item2idx": {}}),
            language_model(is_forward_lm=None),
            language_model(dropout=7.0),
            words(2, spm_model_binary=b"no model"),
            words(2, spm_model_binary=None),
            words(2, spm_model_binary="/etc/passwd"),
            words(2, dim=None),
            words(4, hash_method="shake_128"),
            words(4, hash_method="/etc/passwd"),
            replace_dictionary(idx2item="abc"),
            replace_dictionary(idx2item=["a", "b"]),
            replace_dictionary(item2idx={b"a": 10**6}),
            replace_dictionary(item2idx={b"a": -1}),
            replace_dictionary(item2idx={"a": 0}),
            replace_dictionary(item2idx=None),
            document(embeddings=None),
            document(embeddings={"__cls__": "WordEmbeddings"}),
            document(embeddings={"__cls__": "StackedEmbeddings", "embeddings": []}),
            document(embeddings={"__cls__": "StackedEmbeddings", "embeddings": "words"}),
            document(embeddings={"__cls__": "StackedEmbeddings", "embeddings": ["words"]}),
            document(rnn_type=None),
            document(dropout=7.0),
            document(dropout="much"),
            document(__cls__=["DocumentRNNEmbeddings"]),
        ],
    )
    def test_it_is_refused_in_a_sentence(self, changed, change):
        with pytest.raises(CheckpointError):
            load_model(changed(change))

    def test_stacks_in_stacks_without_end_are_refused(self, changed):
        def change(state: State) -> None:
            nested = {"__cls__": "StackedEmbeddings", "embeddings": []}
            nested["embeddings"].append(nested)
            state["document_embeddings"]["embeddings"] = nested

        with pytest.raises(CheckpointError):
            load_model(changed(change))


class TestOtherDocuments:
    @pytest.fixture
    def change_other(self, tmp_path) -> Callable[[Any, Change], Path]:
        def change(embeddings: Any, function: Change) -> Path:
            path = save(build_word_classifier(embeddings), tmp_path)
            state = torch.load(path, weights_only=False)
            function(state)
            torch.save(state, path, pickle_protocol=4)
            return path

        return change

    @pytest.mark.parametrize(
        "change",
        [
            document(pooling="median"),
            document(pooling=["mean"]),
            document(fine_tune_mode="cubic"),
            document(fine_tune_mode="linear"),
            document(mode="mean"),
            lambda state: state["document_embeddings"].pop("embeddings"),
        ],
    )
    def test_pooled_ones(self, change_other, change):
        with pytest.raises(CheckpointError):
            load_model(change_other(DocumentPoolEmbeddings([make_static()]), change))

    @pytest.mark.parametrize(
        "change",
        [
            document(kernels=[(10**9, 2)]),
            document(kernels=[(4, 10**9)]),
            document(kernels=[(4, 2)] * 10**4),
            document(kernels=[4, 2]),
            document(kernels=[("4", "2")]),
            document(kernels=None),
            document(reproject_words_dimension=10**9),
        ],
    )
    def test_convolutional_ones(self, change_other, change):
        with pytest.raises(CheckpointError):
            load_model(change_other(DocumentCNNEmbeddings([make_static()], kernels=((4, 2),)), change))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (document(flair_embeddings=None), "a list of character language models"),
            (document(flair_embeddings=[]), "a list of character language models"),
            (document(flair_embeddings=["news-forward"]), "parameters of FlairEmbeddings"),
            (document(flair_embeddings=[{"__cls__": "FlairEmbeddings"}]), "would have to be downloaded"),
            (
                lambda state: state["document_embeddings"]["flair_embeddings"].append({"__cls__": "X"}),
                "FlairEmbeddings",
            ),
        ],
    )
    def test_language_models(self, change_other, change, message):
        with pytest.raises(CheckpointError, match=message):
            load_model(change_other(DocumentLMEmbeddings([make_character_model()]), change))


class TestWhatFlairCannotWriteDown:
    def test_a_language_model_of_gated_units_is_told_by_its_weights(self, tmp_path):
        classifier = build_word_classifier(
            DocumentPoolEmbeddings([make_character_model(model={"recurrent_type": "GRU"})])
        )
        path = save(classifier, tmp_path)
        with pytest.raises(RuntimeError, match="size mismatch"):
            TextClassifier.load(path)
        assert_faithful(classifier, load_model(path), "The striker scored twice.")

    def test_portuguese_vectors_are_static_vectors_by_another_name(self, changed, honest):
        path = changed(words(0, __cls__="NILCEmbeddings"))
        assert_allclose(
            load_model(path).predict("The bank won.").logits, load_model(honest).predict("The bank won.").logits
        )

    def test_an_error_is_always_ours(self, changed):
        with pytest.raises(AttributionError):
            load_model(changed(lambda state: state["document_embeddings"].clear()))
