"""Sequence classifiers of Hugging Face, against transformers itself on the same folder."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from attribution import AttributionError, EmptyTextError, UnsupportedModelError, explain, load_model
from tests.attribution.encoders.checks import LONG, PARAGRAPHS, assert_words_fit
from tests.models.hugging_face import ask_transformers, reconfigure, write_folder
from tests.models.transformers import FAMILIES

SHORT = "Shares fell in Zürich."
BLANKS = "  Two   blanks, a \u200b zero-width one\n\n and the rest "
TEXTS = (SHORT, "goal", BLANKS, PARAGRAPHS)

REFUSED = {"canine", "flaubert", "ibert", "phobert", "xlm", "xlm-languages"}
OPENED = sorted(FAMILIES.keys() - REFUSED)
# Random networks of rectified linear units are too rough: a kink wherever a unit switches.
ROUGH = {"bart", "mobilebert", "opt", "t5"}


@pytest.fixture(scope="module", params=OPENED)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def folder(family, tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("saved") / family, family)


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder)


class TestEveryFamily:
    def test_probabilities_are_those_of_transformers(self, model, folder):
        for text in (*TEXTS, LONG):
            expected = torch.softmax(ask_transformers(folder, text), dim=0)
            assert_allclose(model.predict(text).probabilities, expected, rtol=0, atol=1e-5, err_msg=text[:60])
        assert np.ptp([model.predict(text).probabilities for text in TEXTS], axis=0).max() > 0.01

    def test_attributions_add_up(self, model, family):
        explanation = explain(model, SHORT)
        assert_words_fit(explanation)
        assert explanation.converged or family in ROUGH
        difference = explanation.score - explanation.baseline_score
        assert abs(explanation.gap) <= 0.01 * max(1, abs(difference)) or family in ROUGH
        special = [token.special for token in explanation.tokens]
        assert_allclose(explanation.attributions[special], 0, atol=1e-12)

    def test_no_batch_size_changes_a_gradient(self, model):
        """Several points of a path at once give what each gives alone."""
        encoded = model.encode(SHORT)
        length = encoded.embedded.shape[1]
        points = encoded.embedded * torch.linspace(0.2, 1, length)[:, None, None]
        together = gradient(model, points, encoded)
        alone = torch.cat([gradient(model, point[None], encoded) for point in points])
        assert alone.abs().max() > 1e-4
        assert_allclose(together, alone, rtol=0, atol=1e-5 * float(alone.abs().max()))

    def test_facts_are_plain(self, model):
        facts = model.describe()
        assert facts["Classifier"] == type(model.classifier).__name__
        assert all(isinstance(value, (str, int, bool)) for value in facts.values())


def gradient(model, points, encoded):
    points = points.detach().clone().requires_grad_()
    model.encoder.logits(points, encoded)[:, 0].sum().backward()
    return points.grad


class TestWords:
    def test_they_are_flairs_and_stand_where_they_are_in_the_text(self, tmp_path):
        model = load_model(write_folder(tmp_path / "saved", "roberta"))
        explanation = explain(model, BLANKS)
        assert [word.text for word in explanation.words()][:4] == ["Two", "blanks", ",", "a"]
        for word in explanation.words():
            assert BLANKS[word.start : word.end] == word.text
        assert_words_fit(explanation)

    def test_what_stands_on_no_word_is_held(self, tmp_path):
        """Byte-level tokenizers read line breaks, which belong to no word."""
        model = load_model(write_folder(tmp_path / "saved", "gpt2"))
        encoded = model.encode("one\n\n\ntwo")
        assert [token.special for token in encoded.tokens].count(True) >= 2
        assert len(encoded.spans) == 2

    @pytest.mark.parametrize("text", ["", " \n", "\u200b"])
    def test_nothing_to_read_is_told(self, text, tmp_path):
        with pytest.raises(EmptyTextError):
            load_model(write_folder(tmp_path / "saved")).predict(text)


class TestLength:
    def test_what_is_cut_off_is_told(self, tmp_path):
        model = load_model(write_folder(tmp_path / "saved", model_max_length=24))
        encoded = model.encode(LONG)
        assert len(encoded.tokens) == 24
        assert encoded.unread[0].start == encoded.tokens[-2].end
        assert encoded.spans[-1].start < encoded.unread[0].start
        assert model.encode("goal").unread == ()
        assert model.describe()["Maximum length"] == "24 tokens"

    @pytest.mark.parametrize("family", ["bert", "gpt2", "mpnet", "roberta", "xlm-roberta", "longformer"])
    def test_all_positions_are_used_and_no_more(self, family, tmp_path):
        """RoBERTa and its like keep some positions for themselves."""
        folder = write_folder(tmp_path / "saved", family, model_max_length=None)
        model = load_model(folder)
        longest = len(model.encode(LONG * 3).tokens)
        expected = torch.softmax(ask_transformers(folder, LONG * 3, max_length=longest), dim=0)
        assert_allclose(model.predict(LONG * 3).probabilities, expected, rtol=0, atol=1e-5)
        if family != "longformer":  # it reads whole windows
            with pytest.raises((IndexError, RuntimeError)):
                ask_transformers(folder, LONG * 3, max_length=longest + 1)

    def test_a_network_without_positions_reads_all(self, tmp_path):
        model = load_model(write_folder(tmp_path / "saved", "xlnet", model_max_length=None))
        encoded = model.encode(LONG)
        assert encoded.unread == ()
        assert encoded.spans[-1].end == len(LONG.rstrip())
        assert model.describe()["Maximum length"] == "unlimited"

    def test_a_model_that_reads_the_end_of_a_text_says_so(self, tmp_path):
        folder = reconfigure(
            write_folder(tmp_path / "saved", model_max_length=24), "tokenizer_config.json", truncation_side="left"
        )
        model = load_model(folder)
        assert model.predict("goal").label
        with pytest.raises(AttributionError, match=r"reads the last 24 of them\. Shorten it"):
            model.predict(LONG)

    def test_special_tokens_must_leave_room(self, tmp_path):
        with pytest.raises(AttributionError, match="special tokens take them all"):
            load_model(write_folder(tmp_path / "saved", model_max_length=2))


class TestStates:
    def test_no_text_changes_how_another_is_read(self, tmp_path):
        """transformers' BigBird reads long texts in blocks until its first short one, and whole from then on."""
        folder = write_folder(tmp_path / "saved", "big_bird")
        model = load_model(folder)
        expected = torch.softmax(ask_transformers(folder, LONG), dim=0)
        for text in ("goal", LONG):
            found = model.predict(text).probabilities
        assert_allclose(found, expected, rtol=0, atol=1e-5)

    def test_threads_get_what_each_gets_alone(self, tmp_path):
        model = load_model(write_folder(tmp_path / "saved", "roberta"))
        alone = [explain(model, text, "sport").attributions for text in TEXTS]
        found: dict[int, np.ndarray] = {}

        def explain_one(index: int) -> None:
            found[index] = explain(model, TEXTS[index], "sport").attributions

        threads = [threading.Thread(target=explain_one, args=(index,)) for index in range(len(TEXTS))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for index, expected in enumerate(alone):
            assert_allclose(found[index], expected, rtol=0, atol=1e-6)


class TestRefused:
    """What cannot be followed is refused when it is opened."""

    @pytest.mark.parametrize("family", ["canine", "ibert"])
    def test_a_network_without_a_table_of_word_embeddings(self, family, tmp_path):
        with pytest.raises(UnsupportedModelError, match="has no table of word embeddings"):
            load_model(write_folder(tmp_path / "saved", family))

    @pytest.mark.parametrize("family", ["flaubert", "xlm"])
    def test_a_network_that_looks_up_more_than_words_there(self, family, tmp_path):
        with pytest.raises(UnsupportedModelError, match="looks up other ids"):
            load_model(write_folder(tmp_path / "saved", family))

    def test_a_tokenizer_that_is_slow(self, tmp_path):
        with pytest.raises(UnsupportedModelError, match="PhobertTokenizer, has no fast version"):
            load_model(write_folder(tmp_path / "saved", "phobert"))
