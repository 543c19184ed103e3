import hashlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from flair.data import Sentence
from numpy.testing import assert_allclose

from attribution import FidelityError, MultiLabelError, UnknownLabelError, explain, explain_labels, load_model
from attribution.explanation import Prediction
from attribution.fidelity import find_worst
from tests.models.transformers import build_classifier, save

TEXT = 'The striker scored twice, and "nobody" in Zürich knew.\n\nShares fell by 3 %.'


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    classifier = build_classifier(folder, "bert", cls_pooling="mean")
    return classifier, save(classifier, folder)


@pytest.fixture(scope="module")
def model(saved):
    return load_model(saved[1])


@pytest.fixture(scope="module")
def multi_label(tmp_path_factory):
    folder = tmp_path_factory.mktemp("multi")
    threshold = {"default": 0.5, "sport": 0.9}
    return load_model(save(build_classifier(folder, "bert", multi_label=True, threshold=threshold), folder))


class TestLoadModel:
    def test_the_identity_is_the_hash_of_the_file(self, saved, model):
        assert model.identity.sha256 == hashlib.sha256(saved[1].read_bytes()).hexdigest()

    def test_the_model_does_not_hang_on_its_file(self, saved, tmp_path):
        copy = tmp_path / "copy.pt"
        copy.write_bytes(saved[1].read_bytes())
        model = load_model(copy)
        before = model.predict(TEXT).probabilities
        copy.write_bytes(bytes(copy.stat().st_size))
        assert_allclose(model.predict(TEXT).probabilities, before)

    def test_no_parameter_takes_gradients(self, model):
        assert not any(parameter.requires_grad for parameter in model.classifier.parameters())

    def test_facts_name_what_the_model_is_made_of(self, model):
        facts = model.describe()
        assert facts["Encoder architecture"] == "BertModel"
        assert facts["Labels"] == 3
        assert facts["Pooling"] == "mean"
        assert facts["Parameters"] == sum(parameter.numel() for parameter in model.classifier.parameters())


class TestNoNumber:
    def test_it_is_told_as_what_it_is(self, saved):
        model = load_model(saved[1])
        model.classifier.decoder.bias.data[1] = float("nan")
        with pytest.raises(FidelityError, match="predicts what is no number"):
            explain(model, TEXT)

    @pytest.mark.parametrize("place", range(3))
    def test_wherever_it_stands_it_is_the_worst(self, place):
        probabilities = np.full(3, 1 / 3)
        expected = dict(zip("abc", np.where(np.arange(3) == place, np.nan, probabilities), strict=True))
        assert find_worst(Prediction(tuple("abc"), np.zeros(3), probabilities), expected) == "abc"[place]


class TestUnknownLabel:
    def test_it_is_named_in_a_few_words_however_long(self):
        said = str(UnknownLabelError("x" * 10_000, tuple("y" * 1000 + str(number) for number in range(30))))
        assert len(said) < 1000
        assert said.endswith("… and 10 more.")


class TestPredict:
    def test_probabilities_are_flairs(self, saved, model):
        sentence = Sentence(TEXT)
        saved[0].predict(sentence, return_probabilities_for_all_classes=True)
        flair = {label.value: label.score for label in sentence.labels}
        prediction = model.predict(TEXT)
        assert prediction.probabilities.dtype == np.float64
        assert_allclose(prediction.probabilities, [flair[label] for label in model.labels], atol=1e-5)

    def test_thresholds_of_multi_label_models_are_flairs(self, multi_label):
        assert multi_label.multi_label
        assert multi_label.thresholds.tolist() == [0.9 if label == "sport" else 0.5 for label in multi_label.labels]
        sentence = Sentence(TEXT)
        multi_label.classifier.predict(sentence)
        assert set(multi_label.predict(TEXT).assigned) == {label.value for label in sentence.labels}


class TestFidelity:
    def test_a_network_that_says_otherwise_than_flair_is_not_explained(self, saved):
        model = load_model(saved[1])
        original = model.encoder.logits

        class Astray:
            encode = model.encoder.encode

            def logits(self, embedded, encoded):
                return original(embedded, encoded) * 1.001

        astray = replace(model, kind=replace(model.kind, encoder=Astray()))
        with pytest.raises(FidelityError, match="no explanation is given"):
            explain(astray, TEXT)

    def test_a_prediction_that_is_no_number_is_not_explained(self, saved):
        model = load_model(saved[1])
        with torch.no_grad():
            model.classifier.decoder.bias[0] = torch.nan
        with pytest.raises(FidelityError):
            explain(model, TEXT)


class TestExplain:
    def test_without_a_label_the_predicted_one_is_explained(self, model):
        assert explain(model, TEXT).label == model.predict(TEXT).label

    def test_an_unknown_label_is_refused_with_the_known_ones(self, model):
        with pytest.raises(UnknownLabelError, match=f"no label 'weather'.*{model.labels[0]}"):
            explain(model, TEXT, "weather")

    def test_several_labels_are_each_what_explain_gives(self, model):
        together = explain_labels(model, TEXT, ["tech", "sport"])
        assert [explanation.label for explanation in together] == ["tech", "sport"]
        for explanation in together:
            alone = explain(model, TEXT, explanation.label)
            assert_allclose(explanation.attributions, alone.attributions, atol=1e-4)

    def test_centred_attributions_of_all_labels_cancel(self, model):
        total = sum(explanation.attributions for explanation in explain_labels(model, TEXT))
        assert_allclose(total, 0, atol=1e-4)

    def test_the_score_is_the_centred_logit(self, model):
        explanation = explain(model, TEXT, "tech")
        logits = explanation.prediction.logits
        assert explanation.score == pytest.approx(logits[model.labels.index("tech")] - logits.mean(), abs=1e-4)

    def test_a_file_of_flair_says_itself_whether_labels_exclude_each_other(self, multi_label, saved):
        assert multi_label.with_multi_label(True) is multi_label
        with pytest.raises(
            MultiLabelError, match=r"its labels do not exclude each other, but .* \(multi_label=False\)"
        ):
            multi_label.with_multi_label(False)
        assert load_model(saved[1], multi_label=False).identity.multi_label_by_reader is None
        with pytest.raises(MultiLabelError, match="its labels exclude each other, but"):
            load_model(saved[1], multi_label=True)

    def test_in_multi_label_models_the_score_is_the_logit(self, multi_label):
        explanation = explain(multi_label, TEXT, "tech")
        logit = explanation.prediction.logits[multi_label.labels.index("tech")]
        assert explanation.score == pytest.approx(logit, abs=1e-4)

    def test_special_tokens_stay_and_get_nothing(self, model):
        explanation = explain(model, TEXT)
        special = [
            value for token, value in zip(explanation.tokens, explanation.attributions, strict=True) if token.special
        ]
        assert special == [0.0, 0.0]

    def test_the_text_is_never_altered(self, model):
        explanation = explain(model, TEXT)
        assert explanation.text == TEXT
        assert [TEXT[word.start : word.end] for word in explanation.words()] == [token.text for token in Sentence(TEXT)]
