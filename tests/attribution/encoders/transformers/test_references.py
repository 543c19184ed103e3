"""Attributions against what owes nothing to this code: a loop, Captum on the network's own layer, a formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import LayerIntegratedGradients
from flair.data import Sentence
from numpy.testing import assert_allclose

from attribution import IntegratedGradients, explain
from tests.attribution.encoders.checks import PARAGRAPHS, open_both

TEXTS = ("The striker scored twice in Zürich.", "goal", PARAGRAPHS)
POINTS = 50


class Network:
    """The classifier that was saved, called through Hugging Face's own interface."""

    def __init__(self, classifier, text):
        self.network, self.decoder = classifier.embeddings.model, classifier.decoder
        self.pooling = classifier.embeddings.cls_pooling
        words = [token.text for token in Sentence(text)]
        encoding = classifier.embeddings.tokenizer([words], is_split_into_words=True, return_tensors="pt")
        self.ids, self.mask = encoding["input_ids"], encoding["attention_mask"]
        special = torch.tensor([word is None for word in encoding.word_ids(0)])
        self.pad_ids = torch.where(special, self.ids, classifier.embeddings.tokenizer.pad_token_id)
        self.lookup = self.network.get_input_embeddings()

    def score(self, index, **inputs):
        """[B, …] -> [B]: one logit less the mean of all."""
        size = len(next(iter(inputs.values())))
        states = self.network(attention_mask=self.mask.repeat(size, 1), **inputs).last_hidden_state
        logits = self.decoder(states.mean(dim=1) if self.pooling == "mean" else states[:, 0])
        return logits[:, index] - logits.mean(dim=1)

    def integrate(self, index, **held):
        """[T]: one gradient after the other along the line from the padding to the text."""
        text, baseline = self.lookup(self.ids).detach(), self.lookup(self.pad_ids).detach()
        nodes, weights = np.polynomial.legendre.leggauss(POINTS)
        total = torch.zeros(text.shape, dtype=torch.float64)
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            point = (baseline + float(node) * (text - baseline)).requires_grad_()
            score = self.score(index, inputs_embeds=point, **held).sum()
            total += weight * torch.autograd.grad(score, point)[0].double()
        return (total * (text - baseline).double()).sum(dim=-1)[0].numpy()

    def integrate_with_captum(self, index):
        """[T] and what it leaves: the layer is moved, and the baseline is given as ids."""
        captum = LayerIntegratedGradients(lambda ids: self.score(index, input_ids=ids), self.lookup)
        found = captum.attribute(self.ids, baselines=self.pad_ids, n_steps=POINTS, method="gausslegendre")
        values = found[0].detach().double().sum(dim=-1).numpy()
        with torch.no_grad():
            difference = (self.score(index, input_ids=self.ids) - self.score(index, input_ids=self.pad_ids)).item()
        return values, (values.sum() - difference) / abs(difference)

    def positions(self):
        """RoBERTa counts the ids that are no padding, from the padding's own id on."""
        padding = self.network.config.pad_token_id
        return padding + torch.arange(1, self.ids.shape[1] + 1)[None]


def explain_in_points(model, text, label):
    return explain(model, text, label, IntegratedGradients(tolerance=1e-5, baseline="pad"))


class TestALoopOverPoints:
    @pytest.mark.parametrize("pooling", ["cls", "mean"])
    def test_bert(self, pooling, tmp_path):
        classifier, model = open_both(tmp_path, "bert", cls_pooling=pooling)
        for text in TEXTS:
            for index, label in enumerate(model.labels):
                expected = Network(classifier, text).integrate(index)
                assert np.abs(expected).max() > 0.01
                assert_allclose(explain_in_points(model, text, label).attributions, expected, rtol=0, atol=1e-4)

    def test_roberta_with_its_positions_held(self, tmp_path):
        classifier, model = open_both(tmp_path, "roberta")
        for text in TEXTS:
            network = Network(classifier, text)
            expected = network.integrate(1, position_ids=network.positions())
            assert_allclose(explain_in_points(model, text, "sport").attributions, expected, rtol=0, atol=1e-4)


class TestCaptumOnTheNetworksLayer:
    def test_it_agrees_where_positions_do_not_depend_on_ids(self, tmp_path):
        classifier, model = open_both(tmp_path, "bert")
        for text in TEXTS:
            expected, gap = Network(classifier, text).integrate_with_captum(1)
            assert abs(gap) < 0.01
            assert_allclose(explain_in_points(model, text, "sport").attributions, expected, rtol=0, atol=1e-4)

    @pytest.mark.parametrize("family", ["roberta", "xlm-roberta", "camembert"])
    def test_it_leaves_a_gap_where_padding_has_a_position_of_its_own(self, family, tmp_path):
        classifier, model = open_both(tmp_path, family)
        gaps = []
        for text in TEXTS:
            network = Network(classifier, text)
            gaps.append(abs(network.integrate_with_captum(1)[1]))
            explanation = explain_in_points(model, text, "sport")
            assert abs(explanation.relative_gap) < 0.001
            padding = {"inputs_embeds": network.lookup(network.pad_ids), "position_ids": network.positions()}
            with torch.no_grad():
                assert explanation.baseline_score == pytest.approx(network.score(1, **padding).item(), abs=1e-5)
        print(f"\n{family}: gaps of {', '.join(f'{gap:.0%}' for gap in gaps)}")
        assert max(gaps) > 0.1


class TestAFormula:
    """Logits that are linear in the embeddings: the mean of what enters the first layer, decoded.

    A token's attribution is then the score's weights times the token's distance from the padding, over the length.
    """

    @pytest.mark.parametrize("family", ["gpt2", "xlnet", "llama", "gpt_neox"])
    @pytest.mark.parametrize("multi_label", [False, True])
    def test_the_layer_below_all_layers(self, family, multi_label, tmp_path):
        classifier, model = open_both(tmp_path, family, layers="0", cls_pooling="mean", multi_label=multi_label)
        for text in TEXTS:
            network = Network(classifier, text)
            moved = (network.lookup(network.ids) - network.lookup(network.pad_ids))[0].detach().double()
            weights = classifier.decoder.weight.detach().double()
            if not multi_label:
                weights = weights - weights.mean(dim=0)
            for index, label in enumerate(model.labels):
                expected = (moved @ weights[index] / len(moved)).numpy()
                explanation = explain(model, text, label)
                assert_allclose(explanation.attributions, expected, rtol=0, atol=1e-5)
                assert np.abs(expected).max() > 0.001
