"""Rules that are learned from curves, and integrals by them, held to integrals on a fine grid."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.interpolate import CubicSpline

from attribution.methods.path.adaptive import AdaptiveIntegral
from attribution.methods.path.learned import LearnedIntegral
from attribution.methods.path.rules import FEWEST_TEXTS, LEVELS, Curve, LearnedRule, PathRules, make_levels

FINE = np.linspace(0, 1, 4001)
KIND = ("pad", "", "centred")


class Path:
    """The curves of a few tokens that turn at nearly the same places as those of other texts."""

    def __init__(self, seed, *, tokens=12, strange=0.0):
        draw = np.random.default_rng(seed)
        centres = np.array([0.12, 0.3, 0.45, 0.8]) + draw.normal(0, 0.01, 4)
        widths = np.array([0.05, 0.1, 0.04, 0.2]) * draw.uniform(0.9, 1.1, 4)
        self._bumps = centres, widths, draw.normal(0, [[0.5], [1.0], [0.7], [1.5]], (4, tokens))
        self._even = draw.normal(0, 0.3, tokens)
        self._strange = strange * draw.normal(0, 1, tokens)
        shares = self.shares(FINE)
        self.truth = np.trapezoid(shares, FINE, axis=0)
        self.score = CubicSpline(FINE, shares.sum(axis=1)).antiderivative()
        self.ends = 0.0, float(self.score(1.0))

    def shares(self, points):
        """[n, T]."""
        centres, widths, heights = self._bumps
        bumps = np.exp(-(((np.asarray(points)[:, None] - centres) / widths) ** 2))
        wave = np.sin(2 * np.pi * 23 * np.asarray(points) ** 2)
        return bumps @ heights + self._even + wave[:, None] * self._strange

    def follow(self, integral):
        while points := integral.wanted():
            integral.add(points, self.shares(points), self.score(points), 1.0)
        return integral

    def follow_adaptively(self):
        return self.follow(AdaptiveIntegral(0.01, 200))

    def follow_by(self, rule):
        return self.follow(LearnedIntegral(rule, *self.ends, 0.01, 200))

    def miss(self, integral):
        """The error of all tokens, over their size."""
        return np.abs(integral.values - self.truth).sum() / np.abs(self.truth).sum()


def teach(texts):
    rules = PathRules()
    for seed in range(texts):
        rules.learn(KIND, str(seed), [Path(seed).follow_adaptively().curve])
    return rules


@pytest.fixture(scope="module")
def rule():
    return teach(6).find(KIND)


class TestLearning:
    def test_it_takes_four_texts(self):
        rules = PathRules()
        for seed in range(FEWEST_TEXTS):
            assert rules.find(KIND) is None
            rules.learn(KIND, str(seed), [Path(seed).follow_adaptively().curve])
        assert rules.find(KIND).texts == FEWEST_TEXTS

    def test_kinds_of_paths_learn_apart(self):
        rules = teach(4)
        assert rules.find(("zero", "", "centred")) is None

    def test_where_points_of_a_texts_own_are_no_more_there_is_no_rule(self):
        rules = PathRules()
        points = np.linspace(0, 1, 9)
        for seed in range(6):
            rules.learn(KIND, str(seed), [Curve(points, Path(seed).shares(points), 1.0)])
        assert rules.find(KIND) is None

    def test_a_text_without_attributions_teaches_nothing(self):
        rules = PathRules()
        points = np.linspace(0, 1, 33)
        for seed in range(6):
            rules.learn(KIND, str(seed), [Curve(points, np.zeros((33, 3)), 0.0)])
        assert rules.find(KIND) is None

    def test_a_text_counts_once_however_many_labels_were_explained(self):
        one, five = PathRules(), PathRules()
        for seed in range(4):
            curve = Path(seed).follow_adaptively().curve
            one.learn(KIND, str(seed), [curve])
            five.learn(KIND, str(seed), [curve] * 5)
        assert_allclose(one.find(KIND).levels[1].points, five.find(KIND).levels[1].points)

    def test_the_same_text_again_teaches_nothing(self):
        rules, curve = PathRules(), Path(0).follow_adaptively().curve
        for _ in range(8):
            rules.learn(KIND, "the same", [curve])
        assert rules.find(KIND) is None

    def test_it_is_made_anew_of_more_texts_and_then_no_more(self):
        rules = teach(4)
        first = rules.find(KIND)
        rules.learn(KIND, "50", [Path(50).follow_adaptively().curve])
        second = rules.find(KIND)
        assert (first.texts, second.texts) == (4, 5)
        assert rules.find(KIND) is second
        curve = Path(51).follow_adaptively().curve
        for number in range(100):
            rules.learn(KIND, f"another {number}", [curve])
        assert rules.find(KIND).texts <= 64

    def test_threads_may_teach_and_ask_at_once(self):
        rules, curves = PathRules(), [Path(seed).follow_adaptively().curve for seed in range(8)]

        def work(seed):
            for turn in range(3):
                rules.learn(KIND, f"{seed} {turn}", [curves[seed]])
                rules.find(KIND)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        (lesson,) = rules.tell()
        assert lesson.texts == 24

    def test_no_more_kinds_are_kept_than_a_model_needs(self):
        rules, curve = PathRules(), Path(0).follow_adaptively().curve
        for number in range(100):
            for seed in range(4):
                rules.learn(("text", str(number), "centred"), str(seed), [curve])
        assert rules.find(("text", "99", "centred"))
        assert rules.find(("text", "0", "centred")) is None


class TestKeeping:
    def test_what_was_learned_is_told_and_recalled(self):
        rules, again = teach(6), PathRules()
        (lesson,) = rules.tell()
        again.recall([lesson])
        assert again.find(KIND).texts == 6
        for level, kept in zip(rules.find(KIND).levels, again.find(KIND).levels, strict=True):
            assert_allclose(kept.points, level.points)
            assert_allclose(kept.pieces.sum(axis=0), level.pieces.sum(axis=0), rtol=1e-3, atol=1e-5)

    def test_it_goes_on_learning_from_there(self):
        again = PathRules()
        again.recall(teach(3).tell())
        assert again.find(KIND) is None
        again.learn(KIND, "3", [Path(3).follow_adaptively().curve])
        assert again.find(KIND).texts == 4

    def test_what_is_known_better_is_not_replaced(self):
        rules = teach(6)
        rules.recall(teach(4).tell())
        assert rules.find(KIND).texts == 6


class TestLevels:
    def test_each_is_within_the_next(self, rule):
        assert [len(level.points) for level in rule.levels] == list(LEVELS)
        for level, further in zip(rule.levels, rule.levels[1:], strict=False):
            assert set(level.points) <= set(further.points)
            assert further.deviation <= level.deviation

    def test_what_a_few_curves_span_is_integrated_exactly(self):
        grid = np.linspace(0, 1, 129)
        curves = np.stack([np.ones(129), grid, grid**2, np.exp(-30 * (grid - 0.4) ** 2)], axis=1)
        level = make_levels(curves @ curves.T)[1]
        at = np.searchsorted(grid, level.points)
        whole = CubicSpline(grid, curves).integrate(0, 1)
        assert_allclose(level.pieces.sum(axis=0) @ curves[at], whole, rtol=2e-3)
        assert_allclose(
            level.pieces[:3].sum(axis=0) @ curves[at],
            CubicSpline(grid, curves).integrate(0, level.points[2]),
            atol=5e-3,
        )

    def test_twelve_points_miss_less_than_as_many_of_gauss_and_legendre(self, rule):
        nodes, weights = np.polynomial.legendre.leggauss(12)
        level, ours, theirs = rule.levels[1], [], []
        for seed in range(100, 160):
            path = Path(seed)
            size = np.abs(path.truth).sum()
            ours.append(np.abs(level.pieces.sum(axis=0) @ path.shares(level.points) - path.truth).sum() / size)
            theirs.append(np.abs(weights / 2 @ path.shares((nodes + 1) / 2) - path.truth).sum() / size)
        assert np.median(ours) < np.median(theirs) / 2

    def test_its_estimate_is_of_the_size_of_the_error(self, rule):
        level, ratios = rule.levels[1], []
        for seed in range(100, 160):
            path = Path(seed)
            shares = path.shares(level.points)
            error = np.abs(level.pieces.sum(axis=0) @ shares - path.truth).sum()
            ratios.append(level.estimate_error(shares) / error)
        assert 0.3 < np.median(ratios) < 3


class TestLearnedIntegral:
    def test_held_out_texts_keep_the_promise_with_fewer_points(self, rule):
        found = [(path, path.follow_by(rule), path.follow_adaptively()) for path in map(Path, range(100, 300))]
        assert all(one.converged for _, one, _ in found)
        assert max(path.miss(one) for path, one, _ in found) <= 0.03
        for path, one, _ in found:
            assert abs(one.values.sum() - path.truth.sum()) <= 0.01 * max(abs(path.ends[1]), 0.02) + 1e-9
        assert np.median([one.evaluations for _, one, _ in found]) <= 12
        assert np.median([alone.evaluations for _, _, alone in found]) > 12

    def test_a_text_unlike_those_it_was_learned_from_is_followed_as_before(self, rule):
        path = Path(400, strange=3.0)
        found = path.follow_by(rule)
        assert found.evaluations > LEVELS[-1]
        assert path.miss(found) <= 0.03
        assert found.curve is not None

    def test_a_rule_that_holds_both_ends_hands_over_too(self):
        ends = np.linspace(0, 1, 129)
        steep = np.stack([np.exp(-60 * ends), np.exp(-60 * (1 - ends)), np.ones(129)], axis=1)
        levels = make_levels(steep @ steep.T)
        assert {0.0, 1.0} <= set(levels[-1].points)
        path = Path(400, strange=3.0)
        found = path.follow_by(LearnedRule(levels, 4))
        assert found.converged
        assert path.miss(found) <= 0.03

    def test_the_first_colours_come_after_four_points(self, rule):
        path = Path(100)
        integral = LearnedIntegral(rule, *path.ends, 0.01, 200)
        points = integral.wanted()
        integral.add(points, path.shares(points), path.score(points), 1.0)
        assert integral.evaluations == 4
        assert not integral.converged
        assert np.corrcoef(integral.values, path.truth)[0, 1] > 0.9

    def test_where_the_rule_was_enough_it_learns_nothing(self, rule):
        assert any(Path(seed).follow_by(rule).curve is None for seed in range(100, 110))
