import pytest
import torch
from numpy.testing import assert_allclose

from attribution import AttributionError
from attribution.methods import QUADRATURES, CaptumIntegratedGradients
from tests.attribution.stand_ins import LinearEncoder, SquareEncoder, StepEncoder, encode


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(7)


@pytest.fixture
def encoded(generator):
    return encode(torch.randn(1, 6, 4, generator=generator), torch.randn(1, 6, 4, generator=generator))


@pytest.fixture
def weights(generator):
    return torch.randn(4, 3, generator=generator)


def shares(encoded, weights, direction):
    """[T]: what each token adds to the linear encoder's score."""
    return ((encoded.embedded - encoded.baselines["pad"])[0] @ weights @ direction).double()


FIRST = torch.tensor([1.0, 0.0, 0.0])


def attribute(method, encoder, encoded, direction=FIRST, **options):
    (found,) = method.attribute(encoder, encoded, direction[None], **options)
    return found


class TestClosedForms:
    @pytest.mark.parametrize("quadrature", QUADRATURES)
    def test_a_linear_network_is_exact_under_every_rule(self, encoded, weights, quadrature):
        method = CaptumIntegratedGradients(steps=3, quadrature=quadrature)
        found = attribute(method, LinearEncoder(weights), encoded)
        assert_allclose(found.values, shares(encoded, weights, FIRST), atol=1e-5)
        assert found.converged

    @pytest.mark.parametrize("quadrature", ["gausslegendre", "riemann_trapezoid", "riemann_middle"])
    def test_a_square_network_is_exact_under_every_rule_that_integrates_lines(self, encoded, weights, quadrature):
        found = attribute(
            CaptumIntegratedGradients(steps=5, quadrature=quadrature), SquareEncoder(weights), encoded, FIRST
        )
        ends = encoded.embedded.sum(1) @ weights[:, 0] + encoded.baselines["pad"].sum(1) @ weights[:, 0]
        assert_allclose(found.values, shares(encoded, weights, FIRST) * ends.double(), rtol=1e-4, atol=1e-4)

    def test_the_score_is_the_logits_product_with_the_direction(self, encoded, weights):
        direction = torch.tensor([2 / 3, -1 / 3, -1 / 3])
        found = attribute(CaptumIntegratedGradients(steps=2), LinearEncoder(weights), encoded, direction)
        logits = encoded.embedded.sum(1) @ weights
        assert found.score == pytest.approx(float(logits[0, 0] - logits.mean()), abs=1e-5)
        assert_allclose(found.values, shares(encoded, weights, direction), atol=1e-5)


class TestConvergence:
    def test_completeness_holds_where_it_says_so(self, encoded, weights):
        found = attribute(CaptumIntegratedGradients(), SquareEncoder(weights), encoded)
        assert found.converged
        assert found.values.sum() == pytest.approx(found.score - found.baseline_score, rel=0.01)

    def test_a_network_too_rough_for_the_steps_is_reported(self, encoded, weights):
        found = attribute(CaptumIntegratedGradients(steps=4), StepEncoder(weights), encoded, FIRST)
        assert abs(found.values.sum() - (found.score - found.baseline_score)) > 0.01
        assert not found.converged


class TestBatches:
    @pytest.mark.parametrize("size", [1, 3, 7, 50, 1000])
    def test_the_internal_batch_changes_no_attribution(self, encoded, weights, size):
        whole = attribute(CaptumIntegratedGradients(), SquareEncoder(weights), encoded)
        split = attribute(CaptumIntegratedGradients(internal_batch_size=size), SquareEncoder(weights), encoded)
        assert_allclose(split.values, whole.values, atol=1e-4)

    def test_no_pass_is_larger_than_the_internal_batch(self, encoded, weights):
        encoder = LinearEncoder(weights)
        attribute(CaptumIntegratedGradients(internal_batch_size=3), encoder, encoded, FIRST)
        assert max(encoder.batches) == 3

    def test_a_long_text_takes_smaller_batches(self, weights):
        encoder = LinearEncoder(weights)
        attribute(CaptumIntegratedGradients(), encoder, encode(torch.zeros(1, 900, 4), torch.ones(1, 900, 4)), FIRST)
        assert max(encoder.batches) == 2


class TestSeveralTargets:
    def test_each_is_followed_by_itself(self, encoded, weights):
        directions = torch.eye(3)
        found = CaptumIntegratedGradients().attribute(SquareEncoder(weights), encoded, directions)
        for one, direction in zip(found, directions, strict=True):
            alone = attribute(CaptumIntegratedGradients(), SquareEncoder(weights), encoded, direction)
            assert_allclose(one.values, alone.values, atol=1e-9)

    def test_what_is_found_is_shown_to_who_watches(self, encoded, weights):
        seen = []
        found = CaptumIntegratedGradients(steps=20).attribute(
            LinearEncoder(weights), encoded, torch.eye(3), watch=lambda found: seen.append(tuple(found))
        )
        assert seen[-1] == found


class TestWatch:
    def test_it_hears_of_every_pass(self, encoded, weights):
        seen = []
        attribute(
            CaptumIntegratedGradients(steps=20, internal_batch_size=5),
            LinearEncoder(weights),
            encoded,
            watch=lambda found: seen.append(found[0].evaluations),
        )
        assert seen == sorted(seen)
        assert len(set(seen)) >= 5
        assert seen[-1] == 20

    def test_who_returns_false_keeps_the_targets_that_were_done(self, encoded, weights):
        encoder = LinearEncoder(weights)
        found = CaptumIntegratedGradients(steps=20, internal_batch_size=5).attribute(
            encoder, encoded, torch.eye(3), watch=lambda found: sum(one.converged for one in found) < 1
        )
        assert [one.cancelled for one in found] == [False, True, True]
        assert_allclose(found[0].values, shares(encoded, weights, FIRST), atol=1e-5)
        assert not found[1].values.any()
        assert sum(encoder.batches) < 40


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"steps": 1}, "2 to 10000 steps, got 1"),
            ({"steps": 10_001}, "got 10001"),
            ({"internal_batch_size": 0}, "at least 1"),
            ({"tolerance": 0.0}, "above 0"),
            ({"quadrature": "simpson"}, "gausslegendre.*'simpson'"),
            ({"baseline": "blur"}, "pad, mask.*'blur'"),
            ({"score": "probability"}, "centred, logit.*'probability'"),
        ],
    )
    def test_a_setting_out_of_range_is_refused(self, settings, message):
        with pytest.raises(ValueError, match=message):
            CaptumIntegratedGradients(**settings)

    def test_a_baseline_that_the_encoder_does_not_offer_is_refused(self, encoded, weights):
        with pytest.raises(AttributionError, match=r"no baseline 'mask'.*Choose one of pad"):
            attribute(CaptumIntegratedGradients(baseline="mask"), LinearEncoder(weights), encoded)
