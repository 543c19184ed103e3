"""A model is let read ordinary texts before a reader gives one."""

from dataclasses import replace

import pytest
import torch
from flair.embeddings import DocumentPoolEmbeddings, DocumentTFIDFEmbeddings

from attribution import (
    AttributionError,
    CheckpointError,
    EmptyTextError,
    FidelityError,
    UnsupportedModelError,
    WorkerError,
    load_model,
)
from attribution.isolation import isolated_model
from attribution.opened_model import OpenedModel
from attribution.opening import first_texts
from attribution.opening.first_texts import try_model
from tests.attribution.opening.hostile.parts import tokenizer
from tests.attribution.opening.hostile.workshop import Workshop, build_honest, make_sentence
from tests.models.hugging_face import write_folder
from tests.models.kinds import build_document, build_pair, build_pair_regressor, build_regressor, build_tars
from tests.models.transformers import CORPUS, build_classifier, save
from tests.models.words import build_word_classifier, make_static

SLOW = r"[\s\S]+[\s\S]+[^\s\S]"

BUILDERS = {
    "bert": lambda folder: build_classifier(folder, "bert"),
    "xlm-roberta": lambda folder: build_classifier(folder, "xlm-roberta"),
    "gpt2": lambda folder: build_classifier(folder, "gpt2"),
    "tars": lambda folder: build_tars(folder),
    "pair": lambda folder: build_pair(build_document(folder), embed_separately=False),
    "pair apart": lambda folder: build_pair(build_document(folder), embed_separately=True),
    "pair regressor": lambda folder: build_pair_regressor(build_document(folder), embed_separately=True),
    "regressor": lambda folder: build_regressor(build_document(folder)),
    "words": lambda _: build_word_classifier(DocumentPoolEmbeddings([make_static()])),
    "tfidf": lambda _: build_word_classifier(
        DocumentTFIDFEmbeddings([make_sentence(line) for line in CORPUS.splitlines() if line])
    ),
}


@pytest.fixture
def model(make_checkpoint):
    return load_model(make_checkpoint())


def put_reading(monkeypatch, read):
    monkeypatch.setattr(OpenedModel, "read", lambda _, text: read(text))


class TestHonestModels:
    @pytest.mark.parametrize("name", BUILDERS)
    def test_are_let_through(self, tmp_path, name):
        try_model(load_model(save(BUILDERS[name](tmp_path), tmp_path)))

    def test_of_hugging_face_are_let_through(self, tmp_path):
        try_model(load_model(write_folder(tmp_path / "saved")))

    def test_the_demo_is_let_through(self, demo_checkpoint):
        try_model(load_model(demo_checkpoint))

    def test_that_find_no_words_in_any_text_are_let_through(self, model, monkeypatch):
        def read(_):
            raise EmptyTextError("There is nothing to read.")

        put_reading(monkeypatch, read)
        try_model(model)

    def test_that_cannot_read_a_long_text_are_let_through(self, model, monkeypatch):
        honest = OpenedModel.read

        def read(self, text):
            if len(text) > 500:
                raise AttributionError("The text is too long.")
            return honest(self, text)

        monkeypatch.setattr(OpenedModel, "read", read)
        try_model(model)


class TestOthers:
    @pytest.mark.parametrize(
        "error", [KeyError("bbox"), IndexError("tuple index\nout of range"), RecursionError("deep")]
    )
    def test_fail_in_a_sentence(self, model, monkeypatch, error):
        def read(_):
            raise error

        put_reading(monkeypatch, read)
        with pytest.raises(CheckpointError, match=f"cannot read an ordinary text: {type(error).__name__}") as told:
            try_model(model)
        assert "\n" not in str(told.value)

    def test_that_end_the_process_do_so(self, model, monkeypatch):
        def read(_):
            raise KeyboardInterrupt

        put_reading(monkeypatch, read)
        with pytest.raises(KeyboardInterrupt):
            try_model(model)

    @pytest.mark.parametrize("only_long", [False, True])
    def test_whose_reading_cannot_be_followed_are_refused(self, model, monkeypatch, only_long):
        honest = OpenedModel.read

        def read(self, text):
            if not only_long or len(text) > 500:
                raise UnsupportedModelError("Its words are looked up twice.")
            return honest(self, text)

        monkeypatch.setattr(OpenedModel, "read", read)
        with pytest.raises(UnsupportedModelError, match="twice"):
            try_model(model)

    def test_that_predict_something_else_are_refused(self, model, monkeypatch):
        honest = OpenedModel.read

        def read(self, text):
            reading = honest(self, text)
            turned = reading.prediction.probabilities[::-1].copy()
            return replace(reading, prediction=replace(reading.prediction, probabilities=turned))

        monkeypatch.setattr(OpenedModel, "read", read)
        with pytest.raises(FidelityError):
            try_model(model)

    def test_that_predict_no_numbers_are_refused(self, model):
        with torch.no_grad():
            model.classifier.decoder.bias.fill_(float("inf"))
        with pytest.raises(AttributionError, match="no number"):
            try_model(model)


class TestTheCut:
    def test_a_pattern_that_takes_forever_on_a_long_word_is_refused(self, tmp_path, monkeypatch):
        """It may be searched in cubic time, which is nothing on short words: 1500 letters take 10 seconds."""
        monkeypatch.setattr(isolated_model, "OPENING_SECONDS", 3.0)
        shop = Workshop(tmp_path, build_honest(tmp_path))
        path = tokenizer(
            shop, pre_tokenizer={"type": "Split", "pattern": {"Regex": SLOW}, "behavior": "Isolated", "invert": False}
        )
        with pytest.raises(WorkerError, match="takes more than 3 seconds to open"):
            load_model(path, isolated=True)

    def test_a_text_is_not_read_for_it(self, model, monkeypatch):
        passes = []
        model.classifier.decoder.register_forward_hook(lambda *_: passes.append(1))
        first_texts._cut(first_texts._UNBROKEN, model)
        assert not passes
        model.read(first_texts._SHORT)
        assert passes
