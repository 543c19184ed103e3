from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from attribution.methods import KernelShap, Lime
from tests.attribution.stand_ins import LinearEncoder, SquareEncoder

DIRECTIONS = torch.eye(3)


def shapley_values(encoder, encoded, baseline):
    """[W, 3], from all 64 sets of words."""
    count = len(encoded.spans)

    def worth(chosen):
        present = torch.tensor([index in chosen for index in range(count)])[None, :, None]
        return encoder.logits(torch.where(present, encoded.embedded, baseline), encoded)[0].double().numpy()

    values = np.zeros((count, 3))
    for word in range(count):
        others = [index for index in range(count) if index != word]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for chosen in combinations(others, size):
                values[word] += weight * (worth({*chosen, word}) - worth(set(chosen)))
    return values


class TestKernelShap:
    def test_it_finds_the_shapley_values(self, encoded, weights):
        encoder = SquareEncoder(weights)
        found = KernelShap(samples=3000).attribute(encoder, encoded, DIRECTIONS)
        exact = shapley_values(encoder, encoded, encoded.baselines["mask"])
        assert_allclose(np.array([one.values for one in found]).T, exact, atol=0.15 * np.abs(exact).max())

    def test_they_add_up_to_the_difference_of_the_scores(self, encoded, weights):
        for one in KernelShap().attribute(SquareEncoder(weights), encoded, DIRECTIONS):
            assert abs(one.relative_gap) < 1e-3


class TestLime:
    def test_it_ranks_the_words_of_a_linear_network(self, encoded, weights):
        (found, *_) = Lime(samples=2000).attribute(LinearEncoder(weights), encoded, DIRECTIONS)
        exact = ((encoded.embedded - encoded.baselines["mask"])[0] @ weights[:, 0]).numpy()
        assert np.corrcoef(found.values, exact)[0, 1] > 0.99
        assert np.isnan(found.baseline_score)


@pytest.mark.parametrize("kind", [KernelShap, Lime])
class TestBoth:
    def test_the_same_seed_gives_the_same_and_leaves_the_draws_of_others_alone(self, kind, encoded, weights):
        torch.manual_seed(3)
        expected = torch.rand(1)
        torch.manual_seed(3)
        first, second, other = (
            kind(samples=30, seed=seed).attribute(SquareEncoder(weights), encoded, DIRECTIONS)[0].values
            for seed in (1, 1, 2)
        )
        assert torch.rand(1) == expected
        assert_allclose(first, second)
        assert np.abs(first - other).max() > 1e-6

    def test_another_fit_may_be_made_while_one_pauses_and_neither_changes(self, kind, encoded, weights):
        """As in a model's process, where a question gives way to others before each pass through the network."""
        encoder = SquareEncoder(weights)
        alone = [kind(samples=30, seed=seed).attribute(encoder, encoded, DIRECTIONS)[0].values for seed in (1, 2)]
        others = []

        def watch(_):
            fit = other.submit(kind(samples=30, seed=2).attribute, encoder, encoded, DIRECTIONS)
            others.append(fit.result(timeout=60)[0].values)

        with ThreadPoolExecutor(1) as other:
            found = kind(samples=30, seed=1).attribute(encoder, encoded, DIRECTIONS, watch=watch)[0].values
        assert np.array_equal(found, alone[0])
        assert others
        assert all(np.array_equal(one, alone[1]) for one in others)

    def test_progress_is_told_and_it_can_be_stopped(self, kind, encoded, weights):
        seen = []

        def watch(found):
            seen.append(found[0].evaluations)
            return len(seen) < 2

        found = kind(samples=5000).attribute(SquareEncoder(weights), encoded, DIRECTIONS, watch=watch)
        assert len(seen) == 2
        assert all(one.cancelled and not one.values.any() for one in found)

    def test_it_can_be_stopped_before_anything_was_tried(self, kind, encoded, weights):
        found = kind().attribute(SquareEncoder(weights), encoded, DIRECTIONS, watch=lambda _: False)
        assert [one.cancelled for one in found] == [True] * len(DIRECTIONS)

    def test_a_stop_keeps_the_targets_that_are_done(self, kind, encoded, weights):
        whole = kind(samples=3000).attribute(SquareEncoder(weights), encoded, DIRECTIONS)
        calls = []
        kind(samples=3000).attribute(SquareEncoder(weights), encoded, DIRECTIONS[:1], watch=lambda _: calls.append(1))
        left = iter(range(len(calls)))
        found = kind(samples=3000).attribute(
            SquareEncoder(weights), encoded, DIRECTIONS, watch=lambda _: next(left, None) is not None
        )
        assert [one.cancelled for one in found] == [False, *[True] * (len(DIRECTIONS) - 1)]
        assert_allclose(found[0].values, whole[0].values)

    def test_all_goes_to_the_one_word_of_a_text(self, kind, encoded, weights):
        one = replace(
            encoded,
            tokens=encoded.tokens[:1],
            spans=encoded.spans[:1],
            embedded=encoded.embedded[:, :1],
            baselines={"mask": encoded.baselines["mask"][:, :1]},
        )
        (found, *_) = kind().attribute(LinearEncoder(weights), one, DIRECTIONS)
        expected = (one.embedded - one.baselines["mask"])[0, 0] @ weights[:, 0]
        assert found.values == pytest.approx([float(expected)], rel=1e-4)

    def test_few_samples_for_the_words_do_not_count_as_converged(self, kind, encoded, weights):
        few, many = (
            kind(samples=count).attribute(LinearEncoder(weights), encoded, DIRECTIONS)[0].converged for count in (8, 12)
        )
        assert (few, many) == (False, True)

    def test_too_few_samples_are_refused(self, kind):
        with pytest.raises(ValueError, match="2 to 1000000 samples, got 1"):
            kind(samples=1)
