import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from attribution.methods import GradientNorm, GradientShap, InputXGradient
from tests.attribution.stand_ins import LinearEncoder, SquareEncoder

DIRECTIONS = torch.eye(3)


@pytest.fixture
def slopes(encoded, weights):
    """[3, 4]: the square encoder's gradient, at any token."""
    return (2 * (encoded.embedded.sum(1) @ weights)[0][:, None] * weights.T).double()


class TestInputXGradient:
    def test_it_is_the_product_with_the_gradient(self, encoded, weights, slopes):
        found = InputXGradient().attribute(SquareEncoder(weights), encoded, DIRECTIONS)
        expected = encoded.embedded[0].double() @ slopes.T
        assert_allclose([one.values for one in found], expected.T, rtol=1e-4, atol=1e-5)
        assert all(one.evaluations == 1 and np.isnan(one.baseline_score) for one in found)


class TestGradientNorm:
    def test_it_is_the_length_of_the_gradient(self, encoded, weights, slopes):
        found = GradientNorm().attribute(SquareEncoder(weights), encoded, DIRECTIONS)
        assert_allclose([one.values for one in found], slopes.norm(dim=1)[:, None].expand(3, 6), rtol=1e-4)

    def test_it_has_no_sign(self, encoded, weights):
        found = GradientNorm().attribute(SquareEncoder(weights), encoded, -DIRECTIONS)
        assert all((one.values >= 0).all() for one in found)


class TestGradientShap:
    def test_on_a_linear_network_it_is_the_way_from_the_mean_of_the_baselines(self, encoded, weights):
        found = GradientShap(samples=8).attribute(LinearEncoder(weights), encoded, DIRECTIONS)
        mean = torch.stack(list(encoded.baselines.values())).mean(0)
        expected = ((encoded.embedded - mean)[0] @ weights).double()
        assert_allclose([one.values for one in found], expected.T, rtol=1e-3, atol=1e-4)
        assert all(one.converged for one in found)

    def test_the_same_seed_gives_the_same_and_another_something_else(self, encoded, weights):
        values = [
            GradientShap(seed=seed).attribute(SquareEncoder(weights), encoded, DIRECTIONS)[0].values
            for seed in (1, 1, 2)
        ]
        assert_allclose(values[0], values[1])
        assert np.abs(values[0] - values[2]).max() > 1e-4

    def test_many_samples_reach_the_exact_mean(self, encoded, weights):
        """The square encoder's integrated gradients in closed form, one a baseline."""
        (found, *_) = GradientShap(samples=6000).attribute(SquareEncoder(weights), encoded, DIRECTIONS)
        exact = []
        for baseline in encoded.baselines.values():
            ends = ((encoded.embedded + baseline).sum(1) @ weights[:, 0]).double()
            exact.append(((encoded.embedded - baseline)[0] @ weights[:, 0]).double() * ends)
        assert_allclose(found.values, torch.stack(exact).mean(0), rtol=0.05, atol=0.2)

    def test_it_can_be_stopped(self, encoded, weights):
        (found, *_) = GradientShap().attribute(SquareEncoder(weights), encoded, DIRECTIONS, watch=lambda _: False)
        assert found.cancelled
        assert found.evaluations == 8
