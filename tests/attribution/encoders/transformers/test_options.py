"""What Flair lets a user choose around a transformer, each choice against Flair's own prediction."""

from __future__ import annotations

import itertools
import sys
import types

import numpy as np
import pytest
from flair.data import Sentence
from numpy.testing import assert_allclose

from attribution import (
    AttributionError,
    CaptumIntegratedGradients,
    EmptyTextError,
    IntegratedGradients,
    UnsupportedModelError,
    explain,
)
from tests.attribution.encoders.checks import (
    LONG,
    PARAGRAPHS,
    assert_faithful,
    assert_tells_texts_apart,
    assert_words_fit,
    open_both,
)
from tests.models.transformers import flair_probabilities

GOAL = "goal"
MIDDLING = "The central bank raised interest rates again."
TEXTS = (GOAL, MIDDLING, PARAGRAPHS, LONG)
CLASSIC = ("bert", "roberta", "xlm-roberta")
QUICK = IntegratedGradients(max_evaluations=2)
# The largest value is taken by one token and then by another: a kink each time.
FINE = IntegratedGradients(max_evaluations=1000)


def assert_explained(model, *texts, method=None):
    for text in texts:
        explanation = explain(model, text, method=method)
        difference = abs(explanation.score - explanation.baseline_score)
        assert abs(explanation.gap) <= 0.01 * max(difference, 1), text[:60]
        assert_words_fit(explanation)


class TestPooling:
    @pytest.mark.parametrize("family", CLASSIC)
    @pytest.mark.parametrize(
        "options",
        [
            {"layers": "-1,-2"},
            {"layers": "-1,-2", "layer_mean": True},
            {"layers": "all", "layer_mean": True},
            {"layers": "1,0,-1", "cls_pooling": "mean"},
            {"layers": "-1,-2", "cls_pooling": "mean", "layer_mean": True},
            {"cls_pooling": "cls"},
            {"cls_pooling": "mean"},
        ],
        ids=str,
    )
    def test_layers_and_pooling(self, family, options, tmp_path):
        classifier, model = open_both(tmp_path, family, **options)
        assert_faithful(classifier, model, *TEXTS)
        assert_explained(model, MIDDLING, PARAGRAPHS)

    @pytest.mark.parametrize("family", [*CLASSIC, "gpt2", "xlnet"])
    def test_the_largest_value_of_each_dimension(self, family, tmp_path):
        classifier, model = open_both(tmp_path, family, cls_pooling="max")
        assert_faithful(classifier, model, *TEXTS)
        assert_explained(model, MIDDLING, method=FINE)

    @pytest.mark.parametrize("family", ["gpt2", "xlnet", "t5", "opt"])
    def test_the_last_token_where_no_cls_token_comes_first(self, family, tmp_path):
        classifier, model = open_both(tmp_path, family)
        assert not classifier.embeddings.initial_cls_token
        assert_faithful(classifier, model, *TEXTS)

    @pytest.mark.parametrize("pooling", ["cls", "mean"])
    def test_embeddings_that_serve_tokens_as_well(self, pooling, tmp_path):
        classifier, model = open_both(tmp_path, is_token_embedding=True, cls_pooling=pooling)
        assert_faithful(classifier, model, *TEXTS)
        assert_explained(model, PARAGRAPHS)


class TestWindows:
    @pytest.mark.parametrize("family", [*CLASSIC, "gpt2", "xlnet"])
    @pytest.mark.parametrize("length", [23, 24])
    @pytest.mark.parametrize("pooling", ["mean", "max"])
    def test_a_long_text_is_read_to_its_end(self, family, length, pooling, tmp_path):
        classifier, model = open_both(
            tmp_path, family, allow_long_sentences=True, model_max_length=length, cls_pooling=pooling
        )
        assert_faithful(classifier, model, *TEXTS)
        explanation = explain(model, LONG, method=QUICK if pooling == "max" else None)
        assert pooling == "max" or abs(explanation.relative_gap) <= 0.01
        assert explanation.truncated_at is None
        assert_words_fit(explanation)
        assert [word.text for word in explanation.words()] == [token.text for token in Sentence(LONG)]

    def test_the_largest_value_over_all_windows(self, tmp_path):
        _, model = open_both(tmp_path, "roberta", allow_long_sentences=True, model_max_length=24, cls_pooling="max")
        assert_explained(model, PARAGRAPHS, method=FINE)

    def test_every_subword_is_one_token_though_windows_overlap(self, tmp_path):
        _, model = open_both(tmp_path, "bert", allow_long_sentences=True, model_max_length=24, cls_pooling="mean")
        spans = [(token.start, token.end) for token in explain(model, LONG, method=QUICK).tokens if not token.special]
        assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))
        assert "".join(LONG[start:end] for start, end in spans) == "".join(LONG.split())

    @pytest.mark.parametrize("family", CLASSIC)
    def test_pooling_the_cls_token_reads_the_first_window_alone(self, family, tmp_path):
        classifier, model = open_both(tmp_path, family, allow_long_sentences=True, model_max_length=24)
        assert_faithful(classifier, model, *TEXTS)
        explanation = explain(model, LONG)
        assert len(explanation.tokens) == 24
        assert explanation.truncated_at is not None

    def test_batches_of_windows_change_nothing(self, tmp_path):
        _, model = open_both(tmp_path, "roberta", allow_long_sentences=True, model_max_length=24, cls_pooling="mean")
        alone, *others = (
            explain(model, PARAGRAPHS, method=CaptumIntegratedGradients(internal_batch_size=size)).attributions
            for size in (1, 3, 50)
        )
        for other in others:
            assert_allclose(other, alone, rtol=0, atol=1e-4)

    def test_too_many_windows_are_refused(self, tmp_path):
        _, model = open_both(tmp_path, "bert", allow_long_sentences=True, model_max_length=24, cls_pooling="mean")
        with pytest.raises(AttributionError, match=r"fills \d+ windows of this model; at most 64"):
            model.predict("The market rose. " * 500)


def replace_after(text, place):
    """Other text from the first space after a place on: the word at the place keeps its tokens."""
    kept = place + len(text[place:].partition(" ")[0])
    return text[:kept] + " nobody praised another goalkeeper" * 30


class TestTruncation:
    @pytest.mark.parametrize("family", [*CLASSIC, "gpt2", "xlnet", "t5", "phobert"])
    @pytest.mark.parametrize("pooling", ["cls", "mean"])
    def test_nothing_after_is_read(self, family, pooling, tmp_path):
        classifier, model = open_both(tmp_path, family, model_max_length=24, cls_pooling=pooling)
        assert_faithful(classifier, model, *TEXTS)
        explanation = explain(model, LONG)
        place = explanation.truncated_at
        assert 0 < place < len(LONG)
        assert place == max(token.end for token in explanation.tokens)
        assert_words_fit(explanation)
        other = replace_after(LONG, place)
        assert other[: place + 1] == LONG[: place + 1]
        assert other != LONG
        assert_allclose(model.predict(other).probabilities, model.predict(LONG).probabilities, rtol=0, atol=1e-7)
        assert explain(model, other, method=QUICK).truncated_at == place

    @pytest.mark.parametrize("family", CLASSIC)
    def test_all_before_is_read(self, family, tmp_path):
        _, model = open_both(tmp_path, family, model_max_length=24, cls_pooling="mean")
        explanation = explain(model, LONG)
        for word in explanation.words():
            other = LONG[: word.start] + "cup" + LONG[word.end :]
            assert np.abs(model.predict(other).logits - explanation.prediction.logits).max() > 1e-4, word

    def test_a_text_that_just_fits_is_read_whole(self, tmp_path):
        _, model = open_both(tmp_path, "bert", model_max_length=24)
        assert explain(model, "the " * 22, method=QUICK).truncated_at is None
        assert explain(model, "the " * 23, method=QUICK).truncated_at == len("the " * 22) - 1

    def test_no_room_for_a_single_word(self, tmp_path):
        _, model = open_both(tmp_path, "bert", model_max_length=2)
        with pytest.raises(EmptyTextError):
            model.predict(MIDDLING)

    @pytest.mark.parametrize("text", [LONG, "the " * 60], ids=["words", "one word again and again"])
    def test_a_tokenizer_that_cuts_the_beginning_is_refused(self, text, tmp_path):
        _, model = open_both(tmp_path, model_max_length=24, transformers_tokenizer_kwargs={"truncation_side": "left"})
        with pytest.raises(AttributionError, match="from the end"):
            model.predict(text)


class TestPadding:
    @pytest.mark.parametrize("family", [*CLASSIC, "gpt2", "xlnet", "longformer", "fnet"])
    @pytest.mark.parametrize("pooling", ["cls", "mean"])
    def test_padding_to_the_full_length_is_held(self, family, pooling, tmp_path):
        classifier, model = open_both(tmp_path, family, force_max_length=True, model_max_length=64, cls_pooling=pooling)
        assert_faithful(classifier, model, *TEXTS)
        explanation = explain(model, MIDDLING)
        assert abs(explanation.relative_gap) <= 0.01
        assert len(explanation.tokens) < 40
        assert_words_fit(explanation)

    def test_padding_of_the_last_window(self, tmp_path):
        options = {"allow_long_sentences": True, "model_max_length": 24, "cls_pooling": "mean"}
        classifier, model = open_both(tmp_path, force_max_length=True, **options)
        assert_faithful(classifier, model, *TEXTS)
        assert_explained(model, LONG)


class TestContext:
    """Flair reads neighbouring sentences as context; a text by itself has none, but may be set apart by [FLERT]."""

    @pytest.mark.parametrize("family", CLASSIC)
    @pytest.mark.parametrize("separator", [True, False])
    @pytest.mark.parametrize("context", [True, False])
    def test_context_and_its_separator(self, family, separator, context, tmp_path):
        classifier, model = open_both(
            tmp_path, family, use_context=context, use_context_separator=separator, cls_pooling="mean"
        )
        assert_faithful(classifier, model, *TEXTS)
        explanation = explain(model, PARAGRAPHS)
        assert abs(explanation.relative_gap) <= 0.01
        assert_words_fit(explanation)
        separators = [token.special for token in explanation.tokens if token.text == "[FLERT]"]
        assert separators == ([True, True] if context and separator else [])

    def test_context_in_windows(self, tmp_path):
        options = {"allow_long_sentences": True, "model_max_length": 24, "cls_pooling": "mean"}
        classifier, model = open_both(tmp_path, use_context=32, **options)
        assert_faithful(classifier, model, *TEXTS)
        assert_explained(model, LONG)


class TestLabels:
    @pytest.mark.parametrize("threshold", [None, 0.3, {"default": 0.5, "sport": 0.9, "tech": 0.05}], ids=str)
    def test_several_labels_with_their_thresholds(self, threshold, tmp_path):
        classifier, model = open_both(tmp_path, "roberta", multi_label=True, threshold=threshold)
        assert_faithful(classifier, model, *TEXTS)
        assert_tells_texts_apart(model, *TEXTS)
        for text in TEXTS:
            sentence = Sentence(text)
            classifier.predict(sentence)
            assert set(model.predict(text).assigned) == {label.value for label in sentence.get_labels("topic")}
        for label in model.labels:
            explanation = explain(model, MIDDLING, label)
            assert abs(explanation.relative_gap) <= 0.01
            index = model.labels.index(label)
            assert explanation.score == pytest.approx(explanation.prediction.logits[index], abs=1e-5)

    @pytest.mark.parametrize("multi_label", [True, False])
    def test_the_label_for_what_is_unknown_takes_its_share(self, multi_label, tmp_path):
        classifier, model = open_both(tmp_path, "roberta", unk=True, multi_label=multi_label)
        assert model.labels == ("<unk>", "business", "sport", "tech")
        assert_faithful(classifier, model, *TEXTS)
        assert abs(explain(model, MIDDLING, "<unk>").relative_gap) <= 0.01

    def test_the_label_that_flair_never_reports(self, tmp_path):
        classifier, model = open_both(tmp_path, "roberta", labels=("O", "A", "B"))
        assert set(flair_probabilities(classifier, MIDDLING)) == {"A", "B"}
        assert_faithful(classifier, model, *TEXTS)
        assert model.predict(MIDDLING).probabilities.sum() == pytest.approx(1)
        assert abs(explain(model, MIDDLING, "O").relative_gap) <= 0.01


class _Normalizer:
    def __init__(self, lang):
        pass

    def normalize(self, text):
        return text


class _Splitter(_Normalizer):
    def tokenize(self, text, return_str, escape):
        return text.split()


class TestSlowTokenizers:
    def test_one_that_exists_as_python_alone(self, tmp_path):
        classifier, model = open_both(tmp_path, "phobert", cls_pooling="mean")
        assert not model.classifier.embeddings.tokenizer.is_fast
        assert_faithful(classifier, model, *TEXTS)
        assert_tells_texts_apart(model, *TEXTS)
        assert_explained(model, MIDDLING, PARAGRAPHS)

    def test_one_that_is_opened_as_a_fast_one(self, tmp_path):
        options = {"transformers_tokenizer_kwargs": {"use_fast": False}, "cls_pooling": "mean"}
        classifier, model = open_both(tmp_path, "bert", **options)
        assert not classifier.embeddings.tokenizer.is_fast
        assert_faithful(classifier, model, *TEXTS)
        assert_explained(model, PARAGRAPHS)

    def test_languages(self, tmp_path, monkeypatch):
        """XLM's tokenizer asks for sacremoses, which does not matter here and is replaced."""
        moses = types.SimpleNamespace(MosesPunctNormalizer=_Normalizer, MosesTokenizer=_Splitter)
        monkeypatch.setitem(sys.modules, "sacremoses", moses)
        monkeypatch.setattr("langdetect.DetectorFactory.seed", 0)  # it guesses by chance
        classifier, model = open_both(tmp_path, "xlm-languages")
        assert model.encoder.encode(MIDDLING).inputs["langs"].unique().tolist() == [1]
        assert_faithful(classifier, model, MIDDLING, PARAGRAPHS, LONG)
        assert_explained(model, MIDDLING)

    def test_padding_that_cannot_be_traced_is_refused(self, tmp_path):
        _, model = open_both(tmp_path, "phobert", force_max_length=True)
        with pytest.raises(UnsupportedModelError, match="cannot be traced back"):
            model.predict(MIDDLING)
