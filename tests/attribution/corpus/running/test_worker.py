"""Documents that share passes, against `explain` one by one on every kind of network."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from flair.embeddings import (
    DocumentCNNEmbeddings,
    DocumentLMEmbeddings,
    DocumentPoolEmbeddings,
    DocumentRNNEmbeddings,
)
from numpy.testing import assert_allclose

from attribution import IntegratedGradients, Occlusion, explain, explain_labels, load_model
from attribution.corpus.documents import Document
from attribution.corpus.running.worker import Worker
from attribution.encoders.transformers.document import TransformerDocumentEncoder
from attribution.methods.path.adaptive import _ROUNDING
from attribution.methods.path.line import StraightPath
from tests.models.hugging_face import write_folder
from tests.models.kinds import build_tars
from tests.models.transformers import CORPUS, LABELS, build_classifier, save
from tests.models.words import (
    build_word_classifier,
    make_byte_pairs,
    make_character_model,
    make_static,
    make_transformer_words,
)

TEXTS = [
    "goal",
    "The striker scored twice.",
    "Wages would follow in Zürich.",
    *CORPUS.strip().splitlines()[:2],
    CORPUS[:300],
]
METHOD = IntegratedGradients(tolerance=0.05, max_evaluations=11)

JOINED = {
    "BERT, mean": lambda folder: build_classifier(folder, "bert", cls_pooling="mean"),
    "BERT, CLS": lambda folder: build_classifier(folder, "bert", cls_pooling="cls"),
    "BERT, max over two layers": lambda folder: build_classifier(folder, cls_pooling="max", layers="-1,-2"),
    "RoBERTa, mean": lambda folder: build_classifier(folder, "roberta", cls_pooling="mean"),
    "XLNet, whose text comes last": lambda folder: build_classifier(folder, "xlnet"),
    "DeBERTa": lambda folder: build_classifier(folder, "deberta-v2", cls_pooling="mean"),
    "GPT-2": lambda folder: build_classifier(folder, "gpt2"),
    "T5": lambda folder: build_classifier(folder, "t5", cls_pooling="mean"),
    "several labels a text": lambda folder: build_classifier(folder, multi_label=True),
    "pooled words, mean": lambda folder: build_word_classifier(
        DocumentPoolEmbeddings([make_static()], fine_tune_mode="nonlinear")
    ),
    "pooled words, max": lambda folder: build_word_classifier(
        DocumentPoolEmbeddings([make_static()], pooling="max", fine_tune_mode="none")
    ),
    "pooled words, min": lambda folder: build_word_classifier(
        DocumentPoolEmbeddings([make_static()], pooling="min", fine_tune_mode="none")
    ),
    "LSTM": lambda folder: build_word_classifier(
        DocumentRNNEmbeddings([make_static(), make_byte_pairs(folder)], hidden_size=8, rnn_type="LSTM")
    ),
    "GRU, bidirectional": lambda folder: build_word_classifier(
        DocumentRNNEmbeddings([make_static(), make_character_model()], hidden_size=6, bidirectional=True)
    ),
}
ALONE = {
    "FNet, which has no mask": lambda folder: build_classifier(folder, "fnet"),
    "CNN": lambda folder: build_word_classifier(DocumentCNNEmbeddings([make_static()], kernels=((4, 2), (3, 9)))),
    "windows": lambda folder: build_classifier(folder, model_max_length=16, allow_long_sentences=True),
    "transformer words": lambda folder: build_word_classifier(DocumentPoolEmbeddings([make_transformer_words(folder)])),
    "language model": lambda folder: build_word_classifier(DocumentLMEmbeddings([make_character_model()])),
    "pooled words, max of what a network makes of them": lambda folder: build_word_classifier(
        DocumentPoolEmbeddings([make_static()], pooling="max", fine_tune_mode="nonlinear")
    ),
    "TARS": lambda folder: build_tars(folder),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    made = {}

    def make(recipes, name):
        if name not in made:
            folder = tmp_path_factory.mktemp("worker")
            made[name] = load_model(save(recipes[name](folder), folder))
        return made[name]

    return make


@pytest.fixture
def passes(monkeypatch):
    """How many rows each pass of a transformer had, when several texts shared it."""
    rows = []

    def spy(self, embedded, encoded):
        rows.append(len({id(one) for one in encoded}))
        return original(self, embedded, encoded)

    original = TransformerDocumentEncoder.logits_together
    monkeypatch.setattr(TransformerDocumentEncoder, "logits_together", spy)
    return rows


def to_documents(texts=TEXTS, gold=None):
    return [Document(number, f"d{number}", text, gold) for number, text in enumerate(texts)]


def assert_alike(explanation, alone):
    assert explanation.label == alone.label
    assert explanation.evaluations == alone.evaluations
    assert explanation.converged == alone.converged
    assert explanation.truncated_at == alone.truncated_at
    assert explanation.tokens == alone.tokens
    assert_allclose(explanation.prediction.probabilities, alone.prediction.probabilities, atol=1e-5)
    assert_allclose(explanation.attributions, alone.attributions, atol=1e-4)
    assert_allclose([explanation.score, explanation.baseline_score], [alone.score, alone.baseline_score], atol=1e-4)
    assert_allclose(explanation.baseline_prediction.logits, alone.baseline_prediction.logits, atol=1e-4)


class TestEquality:
    @pytest.mark.parametrize("kind", JOINED)
    def test_documents_in_company_get_what_they_get_alone(self, models, kind):
        model = models(JOINED, kind)
        worker = Worker(model, METHOD, "predicted")
        outcomes = worker.explain(to_documents())
        assert worker.joins, "they should have shared passes"
        for text, outcome in zip(TEXTS, outcomes, strict=True):
            assert_alike(outcome.explanations[0], explain(model, text, method=METHOD))

    @pytest.mark.parametrize("kind", ALONE)
    def test_what_cannot_be_read_in_company_is_explained_alone(self, models, kind):
        model = models(ALONE, kind)
        outcomes = Worker(model, METHOD, "predicted").explain(to_documents())
        for text, outcome in zip(TEXTS, outcomes, strict=True):
            assert outcome.error is None
            alone = explain(model, text, method=METHOD)
            assert_allclose(outcome.explanations[0].attributions, alone.attributions, atol=1e-4)

    @pytest.mark.parametrize("family", ["bert", "roberta", "distilbert", "gpt2"])
    def test_sequence_classifiers_of_hugging_face(self, tmp_path, family):
        model = load_model(write_folder(tmp_path / family, family))
        outcomes = Worker(model, METHOD, "predicted").explain(to_documents())
        for text, outcome in zip(TEXTS, outcomes, strict=True):
            assert_alike(outcome.explanations[0], explain(model, text, method=METHOD))

    def test_another_method_explains_one_by_one(self, models):
        model = models(JOINED, "BERT, mean")
        outcomes = Worker(model, Occlusion(), "predicted").explain(to_documents(TEXTS[:2]))
        for text, outcome in zip(TEXTS[:2], outcomes, strict=True):
            alone = explain(model, text, method=Occlusion())
            assert_allclose(outcome.explanations[0].attributions, alone.attributions, atol=1e-4)


class TestRounding:
    @pytest.mark.parametrize("kind", JOINED)
    def test_no_batch_rounds_by_more_than_the_integration_leaves_open(self, models, kind):
        model = models(JOINED, kind)
        points = [0.0, 0.25, 0.5, 0.75, 1.0]
        for text in TEXTS:
            encoded = model.encode(text)
            (start,) = METHOD.starts(model.encoder, encoded)
            path = StraightPath(model.encoder, encoded, start, model.direction(LABELS[0], "centred")[None])
            alone = np.concatenate([path.follow([point], [0])[0] for point in points])
            for size in (2, 5):
                together = torch.lerp(
                    start.expand(size, -1, -1), encoded.embedded, torch.tensor(points)[:size, None, None]
                )
                logits = model.encoder.logits(together, encoded).double().numpy()
                assert np.abs(logits - alone[:size]).max() < _ROUNDING / 4 * np.abs(alone).max()


class TestLabels:
    @pytest.mark.parametrize("explained", ["predicted", "gold", "both", "all"])
    def test_each_choice_explains_its_labels(self, models, explained):
        model = models(JOINED, "BERT, mean")
        for text, outcome in zip(
            TEXTS, Worker(model, METHOD, explained).explain(to_documents(gold=("sport",))), strict=True
        ):
            predicted = model.predict(text).label
            expected = {
                "predicted": [predicted],
                "gold": ["sport"],
                "both": list(dict.fromkeys([predicted, "sport"])),
                "all": list(LABELS),
            }[explained]
            assert [one.label for one in outcome.explanations] == expected
            for one, alone in zip(
                outcome.explanations, explain_labels(model, text, expected, method=METHOD), strict=True
            ):
                assert_alike(one, alone)


class TestPasses:
    def test_texts_share_them(self, models, passes):
        Worker(models(JOINED, "BERT, mean"), METHOD, "predicted").explain(to_documents())
        assert max(passes) == len(TEXTS)

    def test_a_pass_takes_in_no_more_than_there_is_memory_for(self, models, monkeypatch, passes):
        monkeypatch.setattr("attribution.methods.path.line._MEMORY", 1)
        Worker(models(JOINED, "BERT, mean"), METHOD, "predicted").explain(to_documents())
        assert max(passes[2:]) == 1

    def test_a_batch_of_texts_of_one_length_decides_nothing(self, models):
        worker = Worker(models(JOINED, "BERT, mean"), METHOD, "predicted")
        worker.explain(to_documents(["goal", "goal"]))
        assert worker.joins is None


class TestFaults:
    def test_one_bad_document_is_one_outcome(self, models):
        model = models(JOINED, "BERT, mean")
        documents = to_documents()
        documents[1] = replace(documents[1], text="\u200b")
        documents[3] = replace(documents[3], error="The row is broken.")
        outcomes = Worker(model, METHOD, "predicted").explain(documents)
        assert [outcome.error is None for outcome in outcomes] == [True, False, True, False, True, True]
        assert "invisible" in outcomes[1].error
        assert outcomes[3].error == "The row is broken."
        assert_alike(outcomes[5].explanations[0], explain(model, TEXTS[5], method=METHOD))

    @pytest.mark.parametrize("explained", ["predicted", "gold", "both"])
    @pytest.mark.parametrize(("kinds", "name"), [(JOINED, "BERT, mean"), (ALONE, "TARS")])
    def test_a_gold_label_that_the_model_lacks_leaves_a_document_explained(self, models, explained, kinds, name):
        model = models(kinds, name)
        documents = to_documents(TEXTS[:3], gold=("sport",))
        documents[1] = replace(documents[1], gold=("weather",))
        documents[2] = replace(documents[2], gold=("weather", "sport"))
        outcomes = Worker(model, METHOD, explained).explain(documents)
        predicted = [model.predict(text).label for text in TEXTS[:3]]
        expected = {
            "predicted": [[predicted[0]], [predicted[1]], [predicted[2]]],
            "gold": [["sport"], [predicted[1]], ["sport"]],
            "both": [[*{predicted[0]: 0, "sport": 0}], [predicted[1]], [*{predicted[2]: 0, "sport": 0}]],
        }[explained]
        assert [[one.label for one in outcome.explanations] for outcome in outcomes] == expected
        assert {outcome.explanations[0].prediction.labels for outcome in outcomes} == {LABELS}

    def test_a_text_that_breaks_a_shared_pass_fails_alone(self, models, monkeypatch):
        model = models(JOINED, "BERT, mean")
        original, goal = TransformerDocumentEncoder._run_network, _find_ids(model, "goal", unlike="The the the.")

        def run(self, inputs):
            if torch.isin(inputs["input_ids"], goal).any():
                raise RuntimeError("out of memory")
            return original(self, inputs)

        monkeypatch.setattr(TransformerDocumentEncoder, "_run_network", run)
        outcomes = Worker(model, METHOD, "predicted").explain(to_documents(["The the the.", "goal", "The."]))
        assert [outcome.error for outcome in outcomes] == [
            None,
            "It cannot be explained: RuntimeError: out of memory",
            None,
        ]

    def test_a_network_that_is_not_the_one_that_predicts_is_refused(self, models, monkeypatch):
        model = models(JOINED, "BERT, mean")
        monkeypatch.setattr(
            type(model.kind), "predict_several", lambda self, texts: [dict.fromkeys(LABELS, 1 / 3) for _ in texts]
        )
        for outcome in Worker(model, METHOD, "predicted").explain(to_documents()):
            assert "It would explain another model" in outcome.error


def _find_ids(model, text, unlike):
    ids, others = (model.encode(one).inputs["input_ids"] for one in (text, unlike))
    return ids[~torch.isin(ids, others)]
