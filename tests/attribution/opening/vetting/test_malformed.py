"""Every value of a state in turn is another than an honest one: the file is refused in a sentence, or a model opens."""

import random
import tracemalloc

import pytest
import torch
from flair.embeddings import DocumentCNNEmbeddings, DocumentLMEmbeddings, DocumentTFIDFEmbeddings

import attribution.opening.flair as opening
from attribution import AttributionError, CheckpointError, UnsupportedModelError, load_model
from attribution.opening.first_texts import try_model
from attribution.opening.pickles.checkpoint import read_checkpoint
from attribution.opening.pickles.stand_ins import StandIn
from attribution.opening.pickles.vocabulary import make_inert
from tests.attribution.opening.hostile.workshop import make_sentence
from tests.models.kinds import build_document, build_pair, build_regressor, build_tars
from tests.models.transformers import CORPUS, build_classifier, save
from tests.models.words import build_word_classifier, make_character_model, make_static

LONG = "a" * 10_000
BAD = (
    *(None, True, False, -1, 0, 1, 7, 10**6, 10**30, 0.5, float("nan"), float("inf"), "", "x", "-7", b"x", [], {}),
    *(["a"], [1], (LONG,) * 10**6, torch.ones(2), torch.ones(1), make_inert("flair.data", "Dictionary")()),
)
TRIED = 200
BUILDERS = {
    "transformer": lambda folder: build_classifier(folder, "bert"),
    "tars": lambda folder: build_tars(folder),
    "pair": lambda folder: build_pair(build_document(folder), embed_separately=True),
    "regressor": lambda folder: build_regressor(build_document(folder)),
    "convolution": lambda _: build_word_classifier(DocumentCNNEmbeddings([make_static()], kernels=((4, 2), (4, 3)))),
    "characters": lambda _: build_word_classifier(DocumentLMEmbeddings([make_character_model()])),
    "tfidf": lambda _: build_word_classifier(
        DocumentTFIDFEmbeddings([make_sentence(line) for line in CORPUS.splitlines() if line])
    ),
}


def find_places(part):
    """(container, key) of every value in a state; of the first few where there are many."""
    if isinstance(part, StandIn):
        part = part.__dict__
    keys = list(part)[:150] if isinstance(part, dict) else range(min(len(part), 3)) if isinstance(part, list) else ()
    for key in keys if len(keys) < 150 else keys[:2]:
        yield part, key
        yield from find_places(part[key])


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Makes the file of a model, and what was read from it, which can be changed in place."""

    def make(name):
        path = save(BUILDERS[name](tmp_path), tmp_path)
        checkpoint = read_checkpoint(path)
        monkeypatch.setattr(opening, "read_checkpoint", lambda _: checkpoint)
        try_model(load_model(path))
        return path, checkpoint.state

    return make


class TestAnyValue:
    @pytest.mark.parametrize("name", BUILDERS)
    def test_that_is_malformed_is_refused_in_a_sentence(self, opened, name):
        path, state = opened(name)
        draw, told = random.Random(name), []
        tries = [(box, key, bad) for box, key in find_places(state) for bad in BAD]
        for box, key, bad in draw.sample(tries, TRIED):
            before, box[key] = box[key], bad
            try:
                try_model(load_model(path))
            except AttributionError as error:
                told.append(str(error))
            finally:
                box[key] = before
        assert told
        assert not [said for said in told if "\n" in said or len(said) > 1000]

    def test_that_is_long_is_not_written_out(self, opened):
        """A tuple of one text a million times would take ten gigabytes."""
        path, state = opened("convolution")
        places = [state["document_embeddings"], state["document_embeddings"]["embeddings"]["embeddings"][0]]
        tracemalloc.start()
        try:
            for box in places:
                for key in list(box):
                    before, box[key] = box[key], [(LONG,) * 10**6]
                    with pytest.raises(AttributionError):
                        load_model(path)
                    box[key] = before
            assert tracemalloc.get_traced_memory()[1] < 2**27
        finally:
            tracemalloc.stop()


class TestFirstTexts:
    """Values that Flair accepts, and that fail on its first text."""

    @pytest.mark.parametrize(
        ("key", "value", "message"),
        [
            ("layers", "-7", "read layer -7 of an encoder of 2 layers"),
            ("layers", "3", "read layer 3 of an encoder of 2 layers"),
            ("layers", "-1,-2,5", "read layer 5"),
            ("context_dropout", float("nan"), "Expected a number from 0 to 1 as 'context_dropout', got nan"),
            ("context_length", True, "of the wrong type, bool"),
            ("needs_manual_ocr", True, "stands on the image of a page"),
        ],
    )
    def test_a_parameter(self, opened, key, value, message):
        path, state = opened("transformer")
        state["document_embeddings"][key] = value
        with pytest.raises((CheckpointError, UnsupportedModelError), match=message):
            load_model(path)

    @pytest.mark.parametrize(
        ("key", "value", "message"),
        [
            ("pad_token_id", True, "Expected a number as 'pad_token_id'.*, got True"),
            ("pad_token_id", "0", "Expected a number as 'pad_token_id'"),
            ("layer_norm_eps", "1e-12", "Expected a number as 'layer_norm_eps'"),
            ("hidden_dropout_prob", False, "Expected a number as 'hidden_dropout_prob'"),
            ("transformers_version", 4, "Expected the release of transformers"),
            ("output_hidden_states", False, "the states of its layers"),
            ("model_type", ["bert"], "unknown type"),
        ],
    )
    def test_a_setting_of_the_encoder(self, opened, key, value, message):
        path, state = opened("transformer")
        state["document_embeddings"]["config_state_dict"][key] = value
        with pytest.raises((CheckpointError, UnsupportedModelError), match=message):
            load_model(path)

    @pytest.mark.parametrize("value", [None, 0, 3])
    def test_an_honest_number_of_a_token(self, opened, value):
        path, state = opened("transformer")
        state["document_embeddings"]["config_state_dict"]["bos_token_id"] = value
        load_model(path)

    @pytest.mark.parametrize("name", ["dropout", "locked_dropout", "word_dropout"])
    @pytest.mark.parametrize("value", [float("nan"), 1.5, -0.5])
    def test_a_dropout_that_is_no_share(self, opened, name, value):
        path, state = opened("tfidf")
        state[name] = value
        with pytest.raises(CheckpointError, match="Expected a number from 0 to 1"):
            load_model(path)

    def test_a_decoder_that_is_not_there(self, opened):
        path, state = opened("transformer")
        del state["state_dict"]["decoder.weight"]
        with pytest.raises(CheckpointError, match=r"holds no weights of: 'decoder\.weight'"):
            load_model(path)

    def test_a_decoder_of_another_number_of_labels(self, opened):
        path, state = opened("transformer")
        state["state_dict"]["decoder.weight"] = state["state_dict"]["decoder.weight"][:-1]
        with pytest.raises(CheckpointError, match=r"claims a size of .* for 'decoder\.weight'"):
            load_model(path)

    def test_weights_without_numbers_claim_no_size(self, opened):
        """Memory of this size would be made, although none is in the file."""
        path, state = opened("convolution")
        words = state["document_embeddings"]["embeddings"]["embeddings"][0]
        words["embedding_length"] = 2**30
        state["state_dict"]["embeddings.embeddings.list_embedding_0.embedding.weight"] = torch.empty(0, 2**30)
        with pytest.raises(CheckpointError, match="hold no numbers"):
            load_model(path)
