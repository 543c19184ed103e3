"""Real checkpoints over words of Flair 0.12 to 0.15, against what the release that saved each predicted."""

from __future__ import annotations

import json

import pytest
from numpy.testing import assert_allclose

from attribution import CaptumIntegratedGradients, explain, load_model
from tests.attribution.encoders.checks import assert_words_fit
from tests.paths import SHARED

HERE = SHARED.is_dir()
pytestmark = pytest.mark.skipif(not HERE, reason="the checkpoints are not beside this clone")

EXPECTED = json.loads((SHARED / "expected.json").read_text("utf-8")) if HERE else {"records": [], "texts": {}}
RECORDS = [
    record
    for record in EXPECTED["records"]
    if record["kind"] == "classifier"
    and record["embedding_class"] != "TransformerDocumentEmbeddings"
    and record["flair"].startswith(("0.12", "0.13", "0.14", "0.15"))
]
EXPLAINED = ("short", "punct_unicode", "two_paragraphs", "one_word")


@pytest.fixture(scope="module", params=RECORDS, ids=lambda record: record["file"])
def record(request):
    return request.param


@pytest.fixture(scope="module")
def model(record):
    return load_model(SHARED / "checkpoints" / record["file"])


def test_probabilities_are_what_the_saving_release_predicted(record, model):
    for name, saved in record["saved"].items():
        found = dict(model.predict(EXPECTED["texts"][name]).ranked())
        assert found == pytest.approx(saved["probs"], abs=1e-5), name


def test_attributions_are_complete(model):
    for name in EXPLAINED:
        explanation = explain(model, EXPECTED["texts"][name])
        assert abs(explanation.relative_gap) <= 0.01, name
        assert explanation.converged
        if "TFIDF" not in model.identity.embeddings:  # where a token may stand on two words
            assert_words_fit(explanation)


def test_no_batch_size_changes_an_attribution(model):
    alone, other = (
        explain(
            model, EXPECTED["texts"]["short"], method=CaptumIntegratedGradients(steps=12, internal_batch_size=size)
        ).attributions
        for size in (1, 7)
    )
    assert_allclose(other, alone, rtol=0, atol=1e-4)
