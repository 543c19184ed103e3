"""Recurrent documents, against the equations of torch's GRU and LSTM, a step at a time."""

from __future__ import annotations

import pytest
import torch
from flair.embeddings import DocumentRNNEmbeddings
from numpy.testing import assert_allclose

from attribution import CaptumIntegratedGradients, explain, load_model
from tests.attribution.encoders.checks import PARAGRAPHS, assert_faithful, assert_tells_texts_apart, assert_words_fit
from tests.models.transformers import save
from tests.models.words import build_word_classifier, make_character_model, make_static

SHORT = "Shares fell in Zürich, and the market closed early."
KINDS = {
    "GRU": {},
    "GRU in two layers": {"rnn_layers": 2},
    "GRU both ways": {"bidirectional": True},
    "GRU both ways in two layers": {"bidirectional": True, "rnn_layers": 2},
    "GRU of reprojected words": {"reproject_words_dimension": 3},
    "GRU of words as they are": {"reproject_words": False},
    "GRU of words as they are, with a dimension": {"reproject_words": False, "reproject_words_dimension": 3},
    "GRU without dropout": {"dropout": 0.0},
    "GRU over frozen words": {"fine_tune": False},
    "LSTM": {"rnn_type": "LSTM"},
    "LSTM both ways in two layers": {"rnn_type": "LSTM", "bidirectional": True, "rnn_layers": 2},
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def both(request, tmp_path_factory):
    words = [make_static(), make_character_model()]
    classifier = build_word_classifier(DocumentRNNEmbeddings(words, hidden_size=4, **KINDS[request.param]))
    return classifier, load_model(save(classifier, tmp_path_factory.mktemp("rnn")))


class TestEveryKind:
    def test_probabilities_are_those_of_the_classifier_that_was_saved(self, both):
        assert_faithful(*both, SHORT, "goal", PARAGRAPHS)
        assert_tells_texts_apart(both[1], SHORT, "goal", PARAGRAPHS)

    def test_a_batch_is_read_as_the_equations_read_its_rows_and_words(self, both):
        classifier, model = both
        encoded = model.encoder.encode(SHORT)
        batch = torch.randn(3, *encoded.embedded.shape[1:], generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            expected = torch.stack([classifier.decoder(read_words(classifier.embeddings, row)) for row in batch])
            assert_allclose(model.encoder.logits(batch, encoded), expected, atol=1e-5)

    def test_attributions_are_complete(self, both):
        for text in (SHORT, "goal", PARAGRAPHS):
            explanation = explain(both[1], text)
            assert explanation.converged
            assert_words_fit(explanation)

    def test_no_batch_size_changes_an_attribution(self, both):
        alone, *others = (
            explain(both[1], SHORT, method=CaptumIntegratedGradients(steps=12, internal_batch_size=size)).attributions
            for size in (1, 5, 12)
        )
        for other in others:
            assert_allclose(other, alone, rtol=0, atol=1e-4)

    def test_facts_name_the_network(self, both):
        facts = both[1].describe()
        assert str(facts["Network over the words"]).startswith(both[0].embeddings.rnn_type)
        assert facts["Units a layer"] == 4
        assert all(isinstance(value, (str, int, bool)) for value in facts.values())


def read_words(embeddings, words):
    """[W, D] -> [H], by the equations of torch.nn.GRU and torch.nn.LSTM."""
    rnn = embeddings.rnn
    if embeddings.reproject_words:
        words = [
            embeddings.word_reprojection_map.weight @ word + embeddings.word_reprojection_map.bias for word in words
        ]
    states = list(words)
    for layer in range(rnn.num_layers):
        forward = read_one_way(rnn, states, f"l{layer}")
        if rnn.bidirectional:
            backward = read_one_way(rnn, states[::-1], f"l{layer}_reverse")[::-1]
            states = [torch.cat(pair) for pair in zip(forward, backward, strict=True)]
        else:
            states = forward
    return torch.cat([states[0], states[-1]]) if rnn.bidirectional else states[-1]


def read_one_way(rnn, inputs, name):
    weights = {part: getattr(rnn, f"{part}_{name}") for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    hidden = cell = torch.zeros(rnn.hidden_size)
    states = []
    for vector in inputs:
        given = weights["weight_ih"] @ vector + weights["bias_ih"]
        kept = weights["weight_hh"] @ hidden + weights["bias_hh"]
        if isinstance(rnn, torch.nn.LSTM):
            entry, forget, new, output = (given + kept).chunk(4)
            cell = torch.sigmoid(forget) * cell + torch.sigmoid(entry) * torch.tanh(new)
            hidden = torch.sigmoid(output) * torch.tanh(cell)
        else:
            (reset, update, new), (reset_kept, update_kept, new_kept) = given.chunk(3), kept.chunk(3)
            update = torch.sigmoid(update + update_kept)
            candidate = torch.tanh(new + torch.sigmoid(reset + reset_kept) * new_kept)
            hidden = (1 - update) * candidate + update * hidden
        states.append(hidden)
    return states
