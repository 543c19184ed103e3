import threading
from dataclasses import replace

import pytest
import torch
from flair.data import Sentence
from numpy.testing import assert_allclose

from attribution import AttributionError, CheckpointError, UnsupportedModelError, explain, explain_labels, load_model
from attribution.supported.releases import TODAY, Release
from tests.attribution.encoders.checks import assert_tells_texts_apart
from tests.models.kinds import build_tars
from tests.models.transformers import LABELS, save

TEXT = 'The striker scored twice, and "nobody" in Zürich\u200b knew.\n\nShares fell by 3 %.'
TEXTS = (TEXT, "goal", "The bank raised its rates… 🙂 again")
NAMES = ("business", "life_and_style", "A-level tests")


@pytest.fixture(scope="module", params=["bert", "roberta", "distilbert", "xlm-roberta"])
def saved(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tars")
    classifier = build_tars(folder, request.param, labels=NAMES)
    return classifier, load_model(save(classifier, folder))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    classifier = build_tars(folder)
    return classifier, load_model(save(classifier, folder))


def copy_state(classifier):
    state = classifier._get_state_dict()
    task = dict(classifier._task_specific_attributes["topics"])
    return {**state, "state_dict": dict(state["state_dict"]), "task_specific_attributes": {"topics": task}}


def predict_by_flair(classifier, text):
    sentence = Sentence(text)
    classifier.predict(sentence, label_name="flair", label_threshold=-1.0, multi_label=True)
    return {label.value: label.score for label in sentence.get_labels("flair")}


class TestPredict:
    def test_probabilities_are_flairs(self, saved):
        classifier, model = saved
        assert model.labels == tuple(classifier.get_current_label_dictionary().get_items())
        for text in TEXTS:
            assert dict(model.predict(text).ranked()) == pytest.approx(predict_by_flair(classifier, text), abs=1e-5)

    def test_texts_are_told_apart(self, saved):
        assert_tells_texts_apart(saved[1], *TEXTS)

    def test_the_logit_is_yes_less_no(self, small):
        classifier, model = small
        pair = Sentence(f"sport {classifier.separator} {Sentence(TEXT).to_tokenized_string()}", use_tokenizer=False)
        classifier.tars_embeddings.embed(pair)
        no, yes = classifier.tars_model.decoder(pair.get_embedding()).tolist()
        prediction = model.predict(TEXT)
        assert prediction.logits[prediction.labels.index("sport")] == pytest.approx(yes - no, abs=1e-4)

    def test_several_labels_fit_each_above_one_half(self, small):
        sentence = Sentence(TEXT)
        small[0].predict(sentence, label_name="flair")
        assert set(small[1].predict(TEXT).assigned) == {label.value for label in sentence.get_labels("flair")}
        assert small[1].multi_label

    def test_in_a_task_of_one_label_a_text_the_best_is_assigned(self, tmp_path):
        classifier = build_tars(tmp_path, multi_label=False)
        model = load_model(save(classifier, tmp_path))
        sentence = Sentence(TEXT)
        classifier.predict(sentence, label_name="flair")
        assert model.predict(TEXT).assigned == (sentence.get_label("flair").value,)

    def test_a_pair_of_texts_is_refused_in_a_sentence(self, small):
        with pytest.raises(AttributionError, match="reads one text, and 2 were given"):
            small[1].predict((TEXT, TEXT))


class TestExplain:
    def test_the_score_is_yes_less_no(self, saved):
        explanation = explain(saved[1], TEXT, NAMES[1])
        logit = explanation.prediction.logits[explanation.prediction.labels.index(NAMES[1])]
        assert explanation.score == pytest.approx(logit, abs=1e-3)
        assert abs(explanation.relative_gap) <= 0.01

    def test_only_the_text_is_explained(self, saved):
        explanation = explain(saved[1], TEXT, NAMES[2])
        assert explanation.text == TEXT
        words = [Sentence._handle_problem_characters(word.text) for word in explanation.words()]
        assert words == [token.text for token in Sentence(TEXT)]
        for token, value in zip(explanation.tokens, explanation.attributions, strict=True):
            if token.special:
                assert (token.start, token.end, token.word, value) == (0, 0, None, 0.0)

    def test_special_tokens_are_those_of_the_label_and_the_separator_too(self, small):
        special = [token.text for token in explain(small[1], "goal", "sport").tokens if token.special]
        assert special[0] == "[CLS]"
        assert "".join(special[1:-2]).replace("##", "") == "sport"
        assert special[-2:] == ["[SEP]", "[SEP]"]

    def test_there_is_no_baseline_that_all_labels_share(self, small):
        model = small[1].with_labels(["sport", "weather"])
        assert [each.baseline_prediction for each in explain_labels(model, TEXT)] == [None, None]

    def test_several_labels_are_each_what_explain_gives(self, small):
        for explanation in explain_labels(small[1], TEXT, LABELS[:2]):
            alone = explain(small[1], TEXT, explanation.label)
            assert_allclose(explanation.attributions, alone.attributions, atol=1e-4)


class TestOpenLabels:
    def test_other_labels_are_what_flair_predicts_without_training(self, small):
        classifier, model = small
        labels = ("weather", "shares and money", "sport")
        other = model.with_labels(labels)
        assert model.open_labels
        assert (other.labels, model.labels) == (labels, LABELS)
        sentence = Sentence(TEXT)
        classifier.predict_zero_shot(sentence, list(labels))
        flair = {label.value: label.score for label in sentence.labels}
        found = {label: score for label, score in other.predict(TEXT).ranked() if score > 0.5}
        assert found == pytest.approx(flair, abs=1e-5)
        assert flair

    def test_a_label_that_is_none_of_the_models_is_explained_too(self, small):
        explanation = explain(small[1], TEXT, "weather")
        assert explanation.label == "weather"
        assert explanation.prediction.labels == (*LABELS, "weather")
        assert explanation.score == pytest.approx(small[1].with_labels(["weather"]).predict(TEXT).logits[0], abs=1e-3)

    def test_a_label_given_twice_is_one(self, small):
        assert small[1].with_labels(["a", "b", "a"]).labels == ("a", "b")

    @pytest.mark.parametrize("label", ["", " ", "\u200b"])
    def test_an_empty_label_is_refused(self, small, label):
        with pytest.raises(AttributionError, match="A label is empty"):
            explain(small[1], TEXT, label)

    def test_more_labels_than_anyone_waits_for_are_refused(self, small):
        with pytest.raises(AttributionError, match="once for each label, and there are 1001"):
            small[1].with_labels([f"label {index}" for index in range(1001)]).predict(TEXT)

    def test_half_a_character_is_refused(self, small):
        with pytest.raises(AttributionError, match="half a character"):
            explain(small[1], TEXT, "half \ud800")

    def test_a_model_without_a_task_asks_for_labels(self, tmp_path):
        model = load_model(save(build_tars(tmp_path, labels=()), tmp_path))
        assert model.labels == ()
        with pytest.raises(AttributionError, match="no labels of its own"):
            explain(model, TEXT)
        assert explain(model, TEXT, "sport").label == "sport"

    def test_models_with_other_labels_do_not_disturb_each_other(self, small):
        models = [small[1].with_labels(labels) for labels in (LABELS, ("weather",), ("a", "b", "c", "d"))]
        alone = [explain(model, TEXT).attributions for model in models]
        found = [None] * len(models)

        def run(index):
            for _ in range(3):
                found[index] = explain(models[index], TEXT).attributions

        threads = [threading.Thread(target=run, args=(index,)) for index in range(len(models))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for expected, got in zip(alone, found, strict=True):
            assert_allclose(got, expected, atol=1e-5)

    def test_models_with_labels_of_their_own_keep_them(self, make_checkpoint):
        model = load_model(make_checkpoint())
        assert not model.open_labels
        with pytest.raises(AttributionError, match="labels of this model are fixed"):
            model.with_labels(["weather"])


class TestReleases:
    """How a label is written before a text, where the file is of another release."""

    @pytest.mark.parametrize(
        ("change", "release"),
        [
            (lambda state: None, TODAY),
            (lambda state: state.update(multi_label=False), Release(begins_after_separator=False)),
            (
                lambda state: state["task_specific_attributes"]["topics"].pop("multi_label"),
                Release(cleans_labels=False),
            ),
        ],
        ids=["0.10 and later", "0.8 and older", "0.9"],
    )
    def test_the_state_tells_which(self, small, tmp_path, change, release):
        state = copy_state(small[0])
        change(state)
        torch.save(state, tmp_path / "model.pt", pickle_protocol=4)
        assert load_model(tmp_path / "model.pt").release == release

    @pytest.mark.parametrize(
        ("release", "label", "joined"),
        [
            (TODAY, "a_b", "a b </s><s> goal"),
            (Release(begins_after_separator=False), "a_b", "a b </s> goal"),
            (Release(cleans_labels=False), "a_b", "a_b </s><s> goal"),
        ],
    )
    def test_each_writes_it_in_its_way(self, tmp_path_factory, release, label, joined):
        folder = tmp_path_factory.mktemp("roberta")
        model = load_model(save(build_tars(folder, "roberta"), folder))
        encoded = replace(model.kind, release=release).with_labels([label]).encode("goal", label)
        expected = model.kind.embeddings.tokenizer(joined.split(), is_split_into_words=True)["input_ids"]
        assert encoded.inputs["input_ids"].tolist() == [expected]


class TestVetting:
    @pytest.mark.parametrize(
        ("change", "error"),
        [
            (lambda state: state.update(tars_embeddings="bert-base-uncased"), CheckpointError),
            (lambda state: state.update(tars_embeddings={"__cls__": "DocumentPoolEmbeddings"}), CheckpointError),
            (lambda state: state.pop("tars_embeddings"), CheckpointError),
            (lambda state: state.update(tars_embeddings={"__cls__": "Unknown"}), UnsupportedModelError),
            (lambda state: state.update(current_task="other"), CheckpointError),
            (lambda state: state.update(current_task=["topics"]), CheckpointError),
            (lambda state: state.update(task_specific_attributes=None), CheckpointError),
            (lambda state: state.update(task_specific_attributes={"topics": 3}), CheckpointError),
            (lambda state: state["task_specific_attributes"]["topics"].pop("label_dictionary"), CheckpointError),
            (lambda state: state["state_dict"].pop("tars_model.decoder.weight"), CheckpointError),
            (
                lambda state: state["state_dict"].update({"tars_model.decoder.weight": torch.ones(3, 32)}),
                CheckpointError,
            ),
            (lambda state: state["state_dict"].update({"stray": torch.ones(1)}), CheckpointError),
        ],
    )
    def test_a_malformed_state_is_refused(self, small, tmp_path, change, error):
        state = copy_state(small[0])
        change(state)
        torch.save(state, tmp_path / "model.pt", pickle_protocol=4)
        with pytest.raises(error):
            load_model(tmp_path / "model.pt")
