import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

from attribution.methods.path.adaptive import AdaptiveIntegral


def integrate(shares, tolerance=0.01, most=200, largest_logit=1.0, noise=lambda: 0.0):
    """Follow functions of the path, one a token; the score is the integral of their sum, but for the noise."""
    integral = AdaptiveIntegral(tolerance, most)
    while points := integral.wanted():
        values = np.array([[share(point) + noise() for share in shares] for point in points])
        scores = np.array(
            [sum(quad(share, 0, point, limit=200, points=[0.37 * point])[0] for share in shares) for point in points]
        )
        integral.add(points, values, scores + [noise() for _ in points], largest_logit)
    return integral


def whole(shares):
    return [quad(share, 0, 1, limit=200)[0] for share in shares]


def bump(centre, width, height=1.0):
    return lambda point: height * np.exp(-(((point - centre) / width) ** 2))


class TestExactness:
    def test_constant_shares_take_three_points(self):
        integral = integrate([lambda _: 2.0, lambda _: -0.5])
        assert_allclose(integral.values, [2.0, -0.5], atol=1e-12)
        assert integral.converged
        assert integral.evaluations == 3

    def test_cubic_shares_are_exact(self):
        integral = integrate([lambda point: 4 * point**3, lambda point: 1 - 3 * point**2 + point])
        assert_allclose(integral.values, [1.0, 0.5], atol=1e-9)
        assert integral.evaluations <= 9

    def test_shares_of_nothing_are_nothing(self):
        integral = integrate([lambda _: 0.0])
        assert integral.converged
        assert integral.values.tolist() == [0.0]


class TestRounding:
    """Nothing hangs on the last bits of a score, which another batch, or another processor, rounds otherwise."""

    @pytest.mark.parametrize("largest_logit", [0.3, 10.0, 1000.0])
    @pytest.mark.parametrize("share", [0.0, 1e-3, 1.0])
    def test_what_float32_leaves_of_logits_is_not_followed(self, share, largest_logit):
        draw = np.random.default_rng(0)
        for _ in range(20):
            integral = integrate(
                [lambda _: share, lambda _: -share / 2],
                largest_logit=largest_logit,
                noise=lambda: draw.uniform(-1, 1) * 8 * np.finfo(np.float32).eps * largest_logit,
            )
            assert integral.evaluations == 3
            assert integral.converged

    def test_a_turn_as_small_as_what_matters_is_followed(self):
        integral = integrate([lambda point: 1.0 + 0.03 * np.sin(9 * point)])
        assert integral.evaluations >= 9


class TestConvergence:
    @pytest.mark.parametrize("width", [0.3, 0.1, 0.05, 0.02])
    def test_a_turn_anywhere_is_followed_within_the_tolerance(self, width):
        shares = [bump(0.37, width, 3 / width), bump(0.41, width, -1 / width), bump(0.8, 2 * width)]
        integral = integrate(shares)
        assert integral.converged
        assert np.abs(integral.values - whole(shares)).sum() <= 0.03 * np.abs(whole(shares)).sum()
        assert integral.values.sum() == pytest.approx(integral.end - integral.start, rel=0.01)

    def test_a_smaller_tolerance_is_kept_too(self):
        shares = [bump(0.4, 0.1, 20.0), bump(0.5, 0.15, -8.0)]
        loose, tight = integrate(shares), integrate(shares, tolerance=1e-4)
        assert np.abs(tight.values - whole(shares)).sum() < 1e-3 * np.abs(whole(shares)).sum()
        assert tight.evaluations > loose.evaluations

    def test_points_go_where_the_score_turns(self):
        integral = integrate([bump(0.3, 0.01, 100.0)], tolerance=1e-3)
        added = np.setdiff1d(integral.curve.points, np.linspace(0, 1, 9))
        assert (np.abs(added - 0.3) < 0.12).mean() > 0.8

    def test_gaps_that_cancel_out_do_not_pass_for_completeness(self):
        # Both bumps lie between points of the first grids, and what one hides the other does.
        shares = [bump(0.5 - 1 / 32, 0.008, 50.0), bump(0.5 + 1 / 32, 0.008, -50.0), lambda _: 5.0]
        assert_allclose(integrate(shares).values, whole(shares), rtol=0.05, atol=0.02)

    def test_tokens_that_cancel_each_other_out_everywhere_are_followed(self):
        """Their sum is flat, so completeness tells nothing of them."""
        shares = [bump(0.37, 0.04, 40.0), bump(0.37, 0.04, -40.0), lambda _: 5.0]
        integral = integrate(shares)
        added = np.setdiff1d(integral.curve.points, np.linspace(0, 1, 9))
        assert integral.converged
        assert_allclose(integral.values, whole(shares), rtol=0.02)
        assert (np.abs(added - 0.37) < 0.2).all()

    def test_what_is_too_rough_for_the_points_is_reported(self):
        integral = integrate([bump(0.37, 1e-2, 100.0)], most=20)
        assert integral.evaluations == 20
        assert not integral.converged
        assert integral.wanted() == ()

    @pytest.mark.parametrize("seed", range(8))
    def test_an_error_larger_than_the_tolerance_allows_does_not_pass(self, seed):
        """Shares of many tokens, each a few turns of its own, at most 3 % (L1) off where they are called exact."""
        draw = np.random.default_rng(seed)
        shares = [
            bump(*one) for one in zip(draw.random(12), draw.uniform(0.08, 0.4, 12), draw.normal(0, 8, 12), strict=True)
        ]
        integral = integrate(shares)
        assert integral.converged
        assert np.abs(integral.values - whole(shares)).sum() <= 0.03 * np.abs(whole(shares)).sum()
        assert abs(integral.misses.sum()) <= 0.001 * np.abs(integral.values).sum()

    def test_the_misses_add_up_to_the_gap(self):
        integral = integrate([bump(0.37, 0.05, 10.0)], most=9)
        assert integral.misses.sum() == pytest.approx(integral.values.sum() - (integral.end - integral.start))
