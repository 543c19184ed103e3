import pytest
import torch
from flair.data import Sentence
from flair.embeddings import DocumentPoolEmbeddings
from numpy.testing import assert_allclose

from attribution import AttributionError, CheckpointError, UnknownLabelError, explain, explain_labels, load_model
from tests.models.kinds import build_document, build_regressor
from tests.models.transformers import save
from tests.models.words import make_static

TEXTS = ("The striker scored twice.", "Shares fell by 3 %; nobody in Zürich knew why.\n\nThe market closed early.")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("regressor")
    regressor = build_regressor(build_document(folder))
    return regressor, load_model(save(regressor, folder))


def predict_by_flair(regressor, text):
    sentence = Sentence(text)
    regressor.predict(sentence, label_name="flair")
    return float(sentence.get_label("flair").value)


class TestPredict:
    @pytest.mark.parametrize("text", TEXTS)
    def test_the_value_is_flairs(self, saved, text):
        prediction = saved[1].predict(text)
        assert prediction.labels == saved[1].labels == ("value",)
        assert prediction.value == pytest.approx(predict_by_flair(saved[0], text), abs=1e-5)
        assert prediction.probabilities.tolist() == [prediction.value]

    def test_texts_are_told_apart(self, saved):
        first, second = (saved[1].predict(text).value for text in TEXTS)
        assert abs(first - second) > 0.1

    def test_it_has_neither_labels_that_compete_nor_thresholds(self, saved):
        assert not saved[1].multi_label
        assert saved[1].thresholds is None

    def test_a_large_value_is_compared_by_its_ratio(self, tmp_path):
        regressor = build_regressor(build_document(tmp_path), scale=5e4)
        model = load_model(save(regressor, tmp_path))
        assert abs(model.predict(TEXTS[0]).value) > 1e4
        model.check_fidelity(TEXTS[0], model.predict(TEXTS[0]))

    def test_a_pair_of_texts_is_refused_in_a_sentence(self, saved):
        with pytest.raises(AttributionError, match=r"reads one text, and 2 were given\. Give one\."):
            saved[1].predict(TEXTS)


class TestExplain:
    def test_the_score_is_the_value(self, saved):
        explanation = explain(saved[1], TEXTS[1])
        assert explanation.label == "value"
        assert explanation.score == pytest.approx(predict_by_flair(saved[0], TEXTS[1]), abs=1e-4)
        assert abs(explanation.relative_gap) <= 0.01

    def test_all_of_its_labels_are_one(self, saved):
        assert [explanation.label for explanation in explain_labels(saved[1], TEXTS[0])] == ["value"]

    def test_another_label_is_refused(self, saved):
        with pytest.raises(UnknownLabelError, match="no label 'sport'"):
            explain(saved[1], TEXTS[0], "sport")

    def test_over_a_mean_of_words_each_gets_its_product_with_the_decoder(self, tmp_path):
        regressor = build_regressor(DocumentPoolEmbeddings([make_static()]))
        scatter = torch.Generator().manual_seed(0)
        vectors = regressor.document_embeddings.embeddings.embeddings[0].embedding.weight
        with torch.no_grad():
            vectors.copy_(torch.randn(vectors.shape, generator=scatter))
        explanation = explain(load_model(save(regressor, tmp_path)), "The striker scored")
        sentence = Sentence("The striker scored")
        regressor.document_embeddings.embeddings.embed(sentence)
        unknown = vectors[-1]
        expected = [
            (regressor.decoder.weight[0] @ (token.get_embedding() - unknown)).item() / 3 for token in sentence.tokens
        ]
        assert_allclose([word.attribution for word in explanation.words()], expected, atol=1e-5)


class TestPickledWhole:
    def test_it_predicts_as_what_was_pickled(self, tmp_path):
        regressor = build_regressor(DocumentPoolEmbeddings([make_static()]))
        torch.save(regressor, tmp_path / "model.pt", pickle_protocol=4)
        model = load_model(tmp_path / "model.pt")
        assert model.predict(TEXTS[0]).value == pytest.approx(predict_by_flair(regressor, TEXTS[0]), abs=1e-5)


class TestVetting:
    @pytest.mark.parametrize(
        "change",
        [
            lambda state: state["state_dict"].pop("decoder.weight"),
            lambda state: state["state_dict"].update({"decoder.weight": torch.ones(2, 32)}),
            lambda state: state["state_dict"].update({"decoder.weight": torch.ones(1, 31)}),
            lambda state: state["state_dict"].update({"decoder.bias": torch.ones(2)}),
            lambda state: state.update(state_dict=None),
            lambda state: state.update(document_embeddings=None),
            lambda state: state.update(document_embeddings=[1]),
        ],
    )
    def test_a_malformed_state_is_refused(self, saved, tmp_path, change):
        state = saved[0]._get_state_dict()
        state["state_dict"] = dict(state["state_dict"])
        change(state)
        torch.save(state, tmp_path / "model.pt", pickle_protocol=4)
        with pytest.raises(CheckpointError):
            load_model(tmp_path / "model.pt")

    def test_a_name_that_is_none_is_not_taken(self, saved, tmp_path):
        torch.save({**saved[0]._get_state_dict(), "label_name": [1]}, tmp_path / "model.pt", pickle_protocol=4)
        assert load_model(tmp_path / "model.pt").describe()["Value"] == "value"
