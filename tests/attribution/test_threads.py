"""Sessions that explain with one model at once get exactly what each gets alone, whatever the encoder."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flair.data import Sentence
from flair.embeddings import (
    DocumentCNNEmbeddings,
    DocumentLMEmbeddings,
    DocumentPoolEmbeddings,
    DocumentRNNEmbeddings,
    DocumentTFIDFEmbeddings,
)
from numpy.testing import assert_allclose

from attribution import IntegratedGradients, explain, load_model
from tests.models.transformers import CORPUS, build_classifier, save
from tests.models.words import (
    build_word_classifier,
    make_byte_pairs,
    make_character_model,
    make_one_hot,
    make_spelling,
    make_static,
    make_transformer_words,
)
from tests.paths import CHECKPOINTS

TEXTS = (
    "The striker scored twice in Zürich.",
    "goal",
    "Shares fell, and the market closed early; nobody knew why. The players danced on the grass until midnight.",
)
METHOD = IntegratedGradients(points="adaptive")  # whatever the others have taught
ROUNDS = 4


def _words(*leaves, document=DocumentPoolEmbeddings, **options):
    return build_word_classifier(document([make() for make in leaves], **options))


def _backward():
    return make_character_model(forward=False)


def _term_weights():
    embeddings = DocumentTFIDFEmbeddings([Sentence(line) for line in CORPUS.splitlines() if line])
    return build_word_classifier(embeddings, scaled=False)


BUILT = {
    "transformer": lambda folder: build_classifier(folder, "roberta", cls_pooling="mean"),
    "transformer, long": lambda folder: build_classifier(
        folder, "bert", cls_pooling="max", allow_long_sentences=True, model_max_length=16
    ),
    "transformer, slow tokenizer": lambda folder: build_classifier(folder, "phobert"),
    "layers exchanged while they run": lambda folder: build_classifier(folder, "llama"),
    "words of a transformer": lambda folder: _words(lambda: make_transformer_words(folder, "bert"), make_static),
    "pool": lambda _: _words(make_static, make_character_model, _backward),
    "pool, byte pairs": lambda folder: _words(lambda: make_byte_pairs(folder), make_one_hot),
    "GRU": lambda _: _words(make_static, make_spelling, document=DocumentRNNEmbeddings, bidirectional=True),
    "LSTM": lambda _: _words(make_static, document=DocumentRNNEmbeddings, rnn_type="LSTM", rnn_layers=2),
    "CNN": lambda _: _words(make_static, document=DocumentCNNEmbeddings, kernels=((5, 2), (4, 3))),
    "character models": lambda _: _words(make_character_model, _backward, document=DocumentLMEmbeddings),
    "term weights": lambda _: _term_weights(),
    "no gradient": lambda folder: build_classifier(folder, "bart"),
}
SAVED = ["flair-0.10__st.pt", "flair-0.6.1.post1__xlmr_cls.pt", "flair-0.11.3__tars_bert.pt"]


@pytest.fixture(params=[*BUILT, *SAVED])
def model(request, tmp_path, monkeypatch):
    monkeypatch.setenv("WHYLIGHT_TOKENIZERS", str(CHECKPOINTS / "tokenizers"))
    if request.param in SAVED:
        return load_model(CHECKPOINTS / "checkpoints" / request.param)
    return load_model(save(BUILT[request.param](tmp_path), tmp_path))


def test_each_gets_what_it_gets_alone(model):
    method = METHOD if model.differentiable else None
    alone = {text: explain(model, text, method=method) for text in TEXTS}
    together = threading.Barrier(len(TEXTS))

    def explain_together(text):
        together.wait()
        return [explain(model, text, method=method) for _ in range(ROUNDS)]

    with ThreadPoolExecutor(len(TEXTS)) as pool:
        found = dict(zip(TEXTS, pool.map(explain_together, TEXTS), strict=True))
    for text, explanations in found.items():
        for explanation in explanations:
            assert explanation.tokens == alone[text].tokens
            assert explanation.evaluations == alone[text].evaluations
            assert_allclose(explanation.prediction.logits, alone[text].prediction.logits, rtol=0, atol=1e-6)
            assert_allclose(explanation.attributions, alone[text].attributions, rtol=0, atol=1e-5)
