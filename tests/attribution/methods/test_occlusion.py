from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from attribution import AttributionError
from attribution.methods import CaptumIntegratedGradients, Occlusion
from attribution.texts.tokens import Span, Token
from tests.attribution.stand_ins import LinearEncoder, SquareEncoder

DIRECTIONS = torch.eye(3)


def brute_force(encoder, encoded, words, baseline):
    """[W, 3]: the logits lost with each word, one at a time."""
    whole = encoder.logits(encoded.embedded, encoded)[0]
    lost = []
    for tokens in words:
        without = encoded.embedded.clone()
        without[0, tokens] = baseline[0, tokens]
        lost.append((whole - encoder.logits(without, encoded)[0]).double().numpy())
    return np.array(lost)


class TestOcclusion:
    @pytest.mark.parametrize("baseline", ["pad", "mask"])
    def test_it_is_what_the_score_loses_with_the_word(self, encoded, weights, baseline):
        encoder = SquareEncoder(weights)
        found = Occlusion(baseline=baseline).attribute(encoder, encoded, DIRECTIONS)
        lost = brute_force(encoder, encoded, [[index] for index in range(6)], encoded.baselines[baseline])
        assert_allclose([one.values for one in found], lost.T, rtol=1e-4, atol=1e-5)
        assert all(np.isnan(one.baseline_score) and one.evaluations == 7 for one in found)

    def test_the_subwords_of_a_word_go_together_and_share_what_is_lost(self, encoded, weights):
        tokens = tuple(Token("x", place, place + 1, word=word) for place, word in enumerate((0, 0, 1, 2, 2, 2)))
        subwords = replace(encoded, tokens=tokens, spans=(Span(0, 2), Span(2, 3), Span(3, 6)))
        encoder = SquareEncoder(weights)
        (found, *_) = Occlusion().attribute(encoder, subwords, DIRECTIONS)
        lost = brute_force(encoder, encoded, [[0, 1], [2], [3, 4, 5]], encoded.baselines["mask"])[:, 0]
        assert_allclose(found.values, np.repeat(lost / [2, 1, 3], [2, 1, 3]), rtol=1e-4, atol=1e-5)

    def test_special_tokens_stay(self, encoded, weights):
        tokens = (Token("[CLS]", 0, 0, special=True), *encoded.tokens[1:])
        special = replace(encoded, tokens=tokens)
        (found, *_) = Occlusion().attribute(SquareEncoder(weights), special, DIRECTIONS)
        assert found.values[0] == 0

    def test_with_the_mask_it_equals_sequential_integrated_gradients(self, encoded, weights):
        """Enguehard 2023: each word alone moves from the mask to itself, the others stay."""
        encoder = SquareEncoder(weights)
        found = Occlusion(baseline="mask").attribute(encoder, encoded, DIRECTIONS)
        for word in range(6):
            baseline = encoded.embedded.clone()
            baseline[0, word] = encoded.baselines["mask"][0, word]
            path = CaptumIntegratedGradients(baseline="mask").attribute(
                encoder, replace(encoded, baselines={"mask": baseline}), DIRECTIONS
            )
            assert_allclose([one.values[word] for one in found], [one.values[word] for one in path], rtol=1e-3)

    def test_no_gradient_is_needed(self, encoded, weights):
        class Opaque(LinearEncoder):
            def logits(self, embedded, encoded):
                return super().logits(embedded, encoded).detach()

        (found, *_) = Occlusion(baseline="pad").attribute(Opaque(weights), encoded, DIRECTIONS)
        expected = ((encoded.embedded - encoded.baselines["pad"])[0] @ weights[:, 0]).double()
        assert_allclose(found.values, expected, rtol=1e-4, atol=1e-5)

    def test_it_can_be_stopped(self, encoded, weights, monkeypatch):
        monkeypatch.setattr("attribution.methods.occlusion._BATCH_TOKENS", 12)
        (found, *_) = Occlusion().attribute(SquareEncoder(weights), encoded, DIRECTIONS, watch=lambda _: False)
        assert found.cancelled
        assert found.values[:2].all()
        assert not found.values[2:].any()

    def test_unknown_settings_and_baselines_are_refused(self, encoded, weights):
        with pytest.raises(ValueError, match="Expected one of pad, mask"):
            Occlusion(baseline="blur")
        with pytest.raises(AttributionError, match="no baseline 'mean'"):
            Occlusion(baseline="mean").attribute(LinearEncoder(weights), encoded, DIRECTIONS)
        with pytest.raises(AttributionError, match="no word can be deleted"):
            Occlusion(baseline="delete").attribute(LinearEncoder(weights), encoded, DIRECTIONS)
