from itertools import pairwise

import pytest
import torch
from flair.data import Sentence, TextPair
from flair.embeddings import (
    DocumentLMEmbeddings,
    DocumentPoolEmbeddings,
    DocumentRNNEmbeddings,
    DocumentTFIDFEmbeddings,
)
from numpy.testing import assert_allclose

from attribution import AttributionError, CheckpointError, EmptyTextError, explain, load_model
from tests.attribution.encoders.checks import assert_tells_texts_apart
from tests.models.kinds import build_document, build_pair, build_pair_regressor
from tests.models.transformers import CORPUS, LABELS, save, scatter
from tests.models.words import make_character_model, make_static

FIRST, SECOND = (
    'The striker scored twice, and "nobody" in Zürich\u200b knew.',
    "Shares fell by 3 %.\n\nThe cup was won… 🙂",
)
PAIRS = ((FIRST, SECOND), (SECOND, FIRST), ("goal", "The bank raised rates."))


def build_pooled():
    embeddings = DocumentPoolEmbeddings([make_static()])
    scatter(embeddings, 0.7, 0)
    return embeddings


def build_recurrent():
    embeddings = DocumentRNNEmbeddings([make_static()], hidden_size=5)
    scatter(embeddings, 0.7, 0)
    return embeddings


def build_characters():
    embeddings = DocumentLMEmbeddings([make_character_model()])
    scatter(embeddings, 0.7, 0)
    return embeddings


KINDS = {
    "bert": lambda folder: build_document(folder, "bert"),
    "roberta": lambda folder: build_document(folder, "roberta", cls_pooling="mean"),
    "no separator": lambda folder: build_document(folder, "gpt2"),
    "recurrent": lambda _: build_recurrent(),
    "characters": lambda _: build_characters(),
    "counts": lambda _: DocumentTFIDFEmbeddings([Sentence(line) for line in CORPUS.splitlines() if line]),
}


@pytest.fixture(scope="module", params=[(name, separately) for name in KINDS for separately in (False, True)], ids=str)
def saved(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair")
    with torch.random.fork_rng():
        torch.manual_seed(0)  # of what `scatter` only moves
        classifier = build_pair(KINDS[request.param[0]](folder), embed_separately=request.param[1])
    return classifier, load_model(save(classifier, folder))


@pytest.fixture(scope="module", params=[False, True], ids=["joined", "separately"])
def small(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    classifier = build_pair(build_pooled(), embed_separately=request.param)
    return classifier, load_model(save(classifier, folder))


def predict_by_flair(classifier, first, second):
    pair = TextPair(Sentence(first), Sentence(second))
    classifier.predict(pair, label_name="flair", return_probabilities_for_all_classes=True)
    return {label.value: label.score for label in pair.get_labels("flair")}


class TestPredict:
    def test_probabilities_are_flairs(self, saved):
        classifier, model = saved
        assert model.takes_pair
        for pair in PAIRS:
            assert dict(model.predict(pair).ranked()) == pytest.approx(predict_by_flair(classifier, *pair), abs=1e-5)

    def test_pairs_are_told_apart_and_so_is_their_order(self, saved):
        assert_tells_texts_apart(saved[1], *PAIRS)

    def test_several_labels_may_fit(self, tmp_path):
        classifier = build_pair(
            build_pooled(),
            embed_separately=True,
            multi_label=True,
            multi_label_threshold={"default": 0.5, "sport": 0.9},
        )
        model = load_model(save(classifier, tmp_path))
        assert model.thresholds.tolist() == [0.9 if label == "sport" else 0.5 for label in LABELS]
        assert dict(model.predict(PAIRS[0]).ranked()) == pytest.approx(
            predict_by_flair(classifier, *PAIRS[0]), abs=1e-5
        )


class TestExplain:
    def test_words_of_both_texts_are_explained_in_one(self, saved):
        explanation = explain(saved[1], (FIRST, SECOND))
        assert explanation.text == f"{FIRST}\n\n{SECOND}"
        words = explanation.words()
        expected = [*Sentence(FIRST).tokens, *Sentence(SECOND).tokens]
        assert [Sentence._handle_problem_characters(word.text) for word in words] == [token.text for token in expected]
        assert all(explanation.text[word.start : word.end] == word.text for word in words)
        assert all(one.end <= other.start for one, other in pairwise(words))
        for token in explanation.tokens:
            assert token.special or words[token.word].start <= token.start <= token.end <= words[token.word].end
        assert abs(explanation.relative_gap) <= 0.01

    def test_what_stands_between_the_texts_gets_nothing(self, tmp_path):
        model = load_model(save(build_pair(build_document(tmp_path), embed_separately=False), tmp_path))
        explanation = explain(model, (FIRST, SECOND))
        special = {
            token.text: value
            for token, value in zip(explanation.tokens, explanation.attributions, strict=True)
            if token.special
        }
        assert special == {"[CLS]": 0.0, "[SEP]": 0.0}

    def test_each_text_alone_accounts_for_its_own_words(self, small):
        """Over pooled vectors and a linear decoder, a word's share does not depend on the other text's words."""
        one, other = (explain(small[1], (FIRST, second), "sport") for second in ("goal", "bank"))
        count = len(Sentence(FIRST))
        assert_allclose(one.attributions[:count], other.attributions[:count], atol=1e-5)


class TestValues:
    @pytest.fixture(scope="class", params=[False, True], ids=["joined", "separately"])
    @classmethod
    def regressor(cls, request, tmp_path_factory):
        folder = tmp_path_factory.mktemp("value")
        regressor = build_pair_regressor(build_document(folder), embed_separately=request.param)
        return regressor, load_model(save(regressor, folder))

    def test_the_value_is_flairs(self, regressor):
        values = []
        for first, second in PAIRS:
            pair = TextPair(Sentence(first), Sentence(second))
            regressor[0].predict(pair, label_name="flair")
            values.append(regressor[1].predict((first, second)).value)
            assert values[-1] == pytest.approx(float(pair.get_label("flair").value), abs=1e-5)
        assert max(values) - min(values) > 0.1

    def test_words_of_both_texts_are_explained(self, regressor):
        explanation = explain(regressor[1], PAIRS[0])
        assert explanation.label == "value"
        assert explanation.score == pytest.approx(explanation.prediction.value, abs=1e-4)
        assert abs(explanation.relative_gap) <= 0.01
        assert regressor[1].takes_pair
        assert regressor[1].describe()["Value"] == "likeness"

    @pytest.mark.parametrize("weights", [torch.ones(2, 32), torch.ones(1, 31)])
    def test_a_decoder_that_does_not_fit_is_refused(self, tmp_path, weights):
        regressor = build_pair_regressor(build_document(tmp_path), embed_separately=False)
        state = regressor._get_state_dict()
        state["state_dict"] = {
            **state["state_dict"],
            "decoder.weight": weights,
            "decoder.bias": torch.zeros(len(weights)),
        }
        torch.save(state, tmp_path / "model.pt", pickle_protocol=4)
        with pytest.raises(CheckpointError, match="decoder"):
            load_model(tmp_path / "model.pt")


class TestLongTexts:
    LONG = "The striker scored twice in Zürich. " * 30

    def test_where_each_is_read_on_its_own_the_unread_end_of_each_is_known(self, tmp_path):
        model = load_model(save(build_pair(build_document(tmp_path), embed_separately=True), tmp_path))
        explanation = explain(model, (self.LONG, FIRST))
        text, skipped = explanation.text, explanation.skipped
        assert explanation.truncated_at is None
        assert text[skipped.end :] == f" \n\n{FIRST}"
        assert not [word for word in explanation.words() if skipped.start < word.end <= skipped.end]
        assert explain(model, (FIRST, self.LONG)).skipped is None
        assert explain(model, (FIRST, self.LONG)).truncated_at > len(FIRST)

    def test_where_they_are_joined_all_behind_the_cut_is_unread(self, tmp_path):
        model = load_model(save(build_pair(build_document(tmp_path), embed_separately=False), tmp_path))
        explanation = explain(model, (self.LONG, FIRST))
        assert explanation.skipped is None
        assert explanation.truncated_at == explanation.words()[-1].end < len(self.LONG)


class TestTexts:
    def test_one_text_is_refused_in_a_sentence(self, small):
        with pytest.raises(AttributionError, match=r"compares two texts, and 1 was given\. Give a pair"):
            small[1].predict(FIRST)

    @pytest.mark.parametrize(("texts", "name"), [((" ", FIRST), "first"), ((FIRST, "\n"), "second")])
    def test_an_empty_one_is_named(self, small, texts, name):
        with pytest.raises(EmptyTextError, match=f"The {name} of the two texts is empty"):
            explain(small[1], texts)


class TestPickledWhole:
    def test_it_predicts_as_what_was_pickled(self, small, tmp_path):
        torch.save(small[0], tmp_path / "model.pt", pickle_protocol=4)
        found = load_model(tmp_path / "model.pt").predict(PAIRS[0])
        assert dict(found.ranked()) == pytest.approx(predict_by_flair(small[0], *PAIRS[0]), abs=1e-5)


class TestVetting:
    @pytest.mark.parametrize(
        "change",
        [
            lambda state: state["state_dict"].pop("decoder.weight"),
            lambda state: state["state_dict"].update({"decoder.weight": torch.ones(3, 5)}),
            lambda state: state.update(label_dictionary=None),
            lambda state: state.update(label_dictionary=["a"]),
            lambda state: state.update(multi_label_threshold="high"),
            lambda state: state.update(document_embeddings={}),
            lambda state: state.update(embed_separately=not state["embed_separately"]),
        ],
    )
    def test_a_malformed_state_is_refused(self, small, tmp_path, change):
        state = small[0]._get_state_dict()
        state["state_dict"] = dict(state["state_dict"])
        change(state)
        torch.save(state, tmp_path / "model.pt", pickle_protocol=4)
        with pytest.raises(CheckpointError):
            load_model(tmp_path / "model.pt")
