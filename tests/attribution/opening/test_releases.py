"""Real checkpoints of fourteen releases, against what the release that saved each predicted.

A few of them are in tests/data/checkpoints, for any clone; all are in ../shared/checkpoints, which is laid out alike.
Five are in tests/data alone, written like the others by the release in their name: byte pairs, hashes, a mean of words,
the words of a RoBERTa, a sentence transformer.
"""

import json
import os
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch

from attribution import (
    AttributionError,
    CheckpointError,
    TokenizerMissingError,
    UnsupportedModelError,
    explain,
    load_model,
)
from attribution.encoders.transformers.words import TransformerWords
from attribution.opening.legacy import translate_embeddings
from attribution.opening.pickles.strangers import Strangers
from attribution.opening.pickles.vocabulary import make_vocabulary
from attribution.opening.tokenizers import find_tokenizer
from attribution.supported.releases import FLAIR_0_8_TO_0_10, FLAIR_UP_TO_0_7, TODAY
from tests.models.words import make_transformer_words
from tests.paths import CHECKPOINTS, SHARED

HERE = SHARED.is_dir()
if os.environ.get("CI") and not HERE:
    raise FileNotFoundError(f"The checkpoints are not where CI has them, {SHARED}.")


def read_records(folder):
    """What is expected of the files in a folder: name -> record, with the folder."""
    records = json.loads((folder / "expected.json").read_text("utf-8"))["records"]
    return {record["file"]: {**record, "folder": folder} for record in records}


TEXTS = json.loads((CHECKPOINTS / "expected.json").read_text("utf-8"))["texts"]
RECORDS = list({**read_records(CHECKPOINTS), **(read_records(SHARED) if HERE else {})}.values())
MODELS = [record for record in RECORDS if record["kind"] in ("classifier", "pair", "regressor", "tars")]
TARS = [record for record in MODELS if record["kind"] == "tars"]
OTHERS = [record for record in RECORDS if record["kind"] == "tagger"]


@pytest.fixture(autouse=True)
def tokenizers(monkeypatch):
    monkeypatch.setenv("WHYLIGHT_TOKENIZERS", str((SHARED if HERE else CHECKPOINTS) / "tokenizers"))


@pytest.fixture(scope="module")
def open_once():
    """Opens the file of a record; its tests share the model."""
    return cache(lambda name: open_record(next(record for record in RECORDS if record["file"] == name)))


def open_record(record):
    given = CHECKPOINTS / "tokenizers" / "tiny-xlmr" if "hubname" in record["file"] else None
    return load_model(record["folder"] / "checkpoints" / record["file"], tokenizer=given)


def labels_of(record):
    """A regressor of 0.7 had a dictionary of labels, with nothing but <unk> in it."""
    return ["value"] if record["kind"] == "regressor" else record.get("task_labels") or record["label_order"]


def text_of(record, name):
    """The text, or where two are compared, with the one that its README says."""
    names = list(TEXTS)
    text, other = TEXTS[name], TEXTS[names[(names.index(name) + 1) % 6]]
    return (text, other) if record["kind"] == "pair" else text


@pytest.mark.parametrize("record", MODELS, ids=lambda record: record["file"])
class TestModels:
    def test_probabilities_are_what_the_saving_release_predicted(self, open_once, record):
        model = open_once(record["file"])
        assert list(model.labels) == labels_of(record)
        predicted = {name: saved["probs"] for name, saved in record["saved"].items() if "probs" in saved}
        assert predicted
        for name, saved in predicted.items():
            found = model.predict(text_of(record, name))
            assert dict(found.ranked()) == pytest.approx(saved, abs=1e-5)

    def test_words_are_explained(self, open_once, record):
        explanation = explain(open_once(record["file"]), text_of(record, "punct_unicode"))
        assert abs(explanation.relative_gap) <= 0.01 or not explanation.converged
        assert all(word.text for word in explanation.words())


class TestTars:
    @pytest.mark.parametrize("record", TARS, ids=lambda record: record["file"])
    def test_logits_are_yes_less_no_as_the_saving_release_had_them(self, open_once, record):
        model = open_once(record["file"])
        for name, saved in record["saved"].items():
            expected = [yes - no for no, yes in saved["yes_no_logits"]]
            assert model.predict(TEXTS[name]).logits.tolist() == pytest.approx(expected, abs=1e-4)


class TestNotes:
    @pytest.mark.parametrize("record", MODELS, ids=lambda record: record["file"])
    def test_where_todays_flair_would_predict_otherwise_the_model_says_so(self, open_once, record):
        if (record.get("flair_0_15_1_max_difference") or 0) > 1e-5:
            assert open_once(record["file"]).notes

    def test_todays_models_have_none(self):
        model = load_model(CHECKPOINTS / "checkpoints" / "flair-0.15.1__pool_min_nonlinear_word.pt")
        assert model.release == TODAY
        assert model.notes == ()


class TestTokenizers:
    OLD = CHECKPOINTS / "checkpoints" / "flair-0.10__xlmr_cls_unk.pt"

    def test_without_a_tokenizer_the_encoder_is_named_and_the_ways_to_give_it(self, monkeypatch):
        monkeypatch.delenv("WHYLIGHT_TOKENIZERS")
        with pytest.raises(TokenizerMissingError, match=r"tiny-xlmr\. Give it along.*WHYLIGHT_TOKENIZERS"):
            load_model(self.OLD)

    @pytest.mark.parametrize("name", ["tiny-xlmr", "tiny-xlmr/sentencepiece.bpe.model"])
    def test_a_folder_or_a_sentencepiece_model_does(self, monkeypatch, name):
        monkeypatch.delenv("WHYLIGHT_TOKENIZERS")
        model = load_model(self.OLD, tokenizer=CHECKPOINTS / "tokenizers" / name)
        (record,) = (record for record in MODELS if record["file"] == self.OLD.name)
        found = model.predict(TEXTS["short"])
        saved = record["saved"]["short"]["probs"]
        assert dict(found.ranked()) == pytest.approx(saved, abs=1e-5)

    @pytest.mark.parametrize("kind", ["XLMRobertaTokenizer", "TokenizersBackend"])
    def test_one_that_transformers_5_saved_does(self, tmp_path, kind):
        """It is `tiny-xlmr`, read and saved by transformers 5.24; what is generic there goes by the second name."""
        place = shutil.copytree(Path(__file__).parent / "vetting" / "tokenizer_transformers5", tmp_path / "tokenizer")
        said = json.loads((place / "tokenizer_config.json").read_text())
        assert (said["backend"], said["tokenizer_class"]) == ("tokenizers", "XLMRobertaTokenizer")
        (place / "tokenizer_config.json").write_text(json.dumps({**said, "tokenizer_class": kind}))
        model = load_model(self.OLD, tokenizer=place)
        (record,) = (record for record in MODELS if record["file"] == self.OLD.name)
        for name, saved in record["saved"].items():
            assert dict(model.predict(TEXTS[name]).ranked()) == pytest.approx(saved["probs"], abs=1e-5)

    def test_a_zip_with_its_files_in_a_folder_does(self, monkeypatch, tmp_path):
        monkeypatch.delenv("WHYLIGHT_TOKENIZERS")
        packed = shutil.make_archive(str(tmp_path / "tokenizer"), "zip", CHECKPOINTS / "tokenizers", "tiny-xlmr")
        assert load_model(self.OLD, tokenizer=packed).labels

    def test_a_tokenizer_of_another_encoder_is_refused(self):
        with pytest.raises(CheckpointError, match=r"does not fit|damaged|do not fit"):
            load_model(self.OLD, tokenizer=CHECKPOINTS / "tokenizers" / "tiny-bert")

    @pytest.mark.parametrize("name", ["/etc", "../tiny-bert", "a/b/c", "", "a b", ".."])
    def test_a_path_is_no_name_of_an_encoder(self, name):
        with pytest.raises(TokenizerMissingError):
            find_tokenizer(name, None)


class TestOthers:
    @pytest.mark.parametrize("record", OTHERS, ids=lambda record: record["file"])
    def test_models_that_are_not_explained_are_refused_and_never_wrong(self, record):
        with pytest.raises((CheckpointError, UnsupportedModelError)):
            open_record(record)

    @pytest.mark.parametrize(
        "path", sorted((SHARED / "checkpoints").glob("neg_*")) if HERE else [], ids=lambda p: p.name
    )
    def test_files_that_are_no_classifier_are_refused(self, path):
        with pytest.raises((CheckpointError, UnsupportedModelError)):
            load_model(path)


class TestWordsOfTransformers:
    """Words that Flair 0.7 read through a transformer: the windows of long texts were mixed up, and nobody can tell."""

    def test_a_text_of_several_windows_is_refused_and_never_wrong(self, tmp_path):
        words = make_transformer_words(tmp_path)
        words.allow_long_sentences, words.stride = True, 64
        encoder = TransformerWords(words, FLAIR_UP_TO_0_7)
        assert encoder.encode("The striker scored.").spans
        with pytest.raises(AttributionError, match=r"Flair 0\.7 or older jumbled the words.*shorter text"):
            encoder.encode("The striker scored. " * 100)

    def test_first_and_last_of_each_layer_stand_side_by_side_up_to_0_10(self, tmp_path):
        vectors = []
        for release in (TODAY, replace(FLAIR_0_8_TO_0_10, joined=False)):
            words = make_transformer_words(tmp_path, layers="-1,-2", layer_mean=False, subtoken_pooling="first_last")
            encoder = TransformerWords(words, release)
            encoded = encoder.encode("Unternehmensberatung scored.")
            vectors.append(encoder.read(encoded.embedded, encoded)[0, 0].detach().chunk(4))
        today, then = vectors
        for index, place in enumerate((0, 2, 1, 3)):
            assert torch.equal(then[index], today[place])
        assert not torch.equal(today[1], today[2])


class TestWordsOfOldReleases:
    @pytest.mark.parametrize(
        "name",
        [
            "CamembertEmbeddings",
            "CharLMEmbeddings",
            "ELMoEmbeddings",
            "ELMoTransformerEmbeddings",
            "FastTextEmbeddings",
            "MuseCrosslingualEmbeddings",
            "OpenAIGPT2Embeddings",
            "OpenAIGPTEmbeddings",
            "PooledFlairEmbeddings",
            "RoBERTaEmbeddings",
            "TransformerXLEmbeddings",
            "XLMEmbeddings",
            "XLMRobertaEmbeddings",
            "XLNetEmbeddings",
        ],
    )
    def test_those_that_cannot_be_opened_are_refused_by_name(self, name):
        vocabulary = make_vocabulary(0, Strangers(), lambda *_: None)
        (words, *_) = (made() for (_, each), made in vocabulary.items() if each == name)
        stack = vocabulary["flair.embeddings", "StackedEmbeddings"]()
        stack.__setstate__({"_modules": {"list_embedding_0": words}})
        pool = vocabulary["flair.embeddings", "DocumentPoolEmbeddings"]()
        pool.__setstate__({"_modules": {"embeddings": stack}})
        with pytest.raises(UnsupportedModelError, match=f"reads its words through {name}, saved by an old release"):
            translate_embeddings(pool)
