import pytest
import torch
from numpy.testing import assert_allclose

from attribution import AttributionError, IntegratedGradients
from attribution.methods import CaptumIntegratedGradients
from tests.attribution.stand_ins import LinearEncoder, SquareEncoder, StepEncoder, encode

FIRST = torch.tensor([1.0, 0.0, 0.0])


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(7)


@pytest.fixture
def encoded(generator):
    return encode(torch.randn(1, 6, 4, generator=generator), torch.randn(1, 6, 4, generator=generator))


@pytest.fixture
def weights(generator):
    return torch.randn(4, 3, generator=generator)


def attribute(method, encoder, encoded, direction=FIRST, **options):
    (found,) = method.attribute(encoder, encoded, direction[None], **options)
    return found


def shares(encoded, weights, direction, baseline="pad"):
    """[T]: what each token adds to the linear encoder's score."""
    return ((encoded.embedded - encoded.baselines[baseline])[0] @ weights @ direction).double()


class WavyEncoder(LinearEncoder):
    """logits that turn a few times along the path, each in its own way."""

    def logits(self, embedded, encoded):
        return torch.sin(super().logits(embedded, encoded))


class TestClosedForms:
    def test_a_linear_network_is_exact_in_three_evaluations(self, encoded, weights):
        found = attribute(IntegratedGradients(), LinearEncoder(weights), encoded)
        assert_allclose(found.values, shares(encoded, weights, FIRST), atol=1e-5)
        assert found.converged
        assert found.evaluations == 3

    def test_a_square_network_is_exact(self, encoded, weights):
        found = attribute(IntegratedGradients(), SquareEncoder(weights), encoded)
        ends = encoded.embedded.sum(1) @ weights[:, 0] + encoded.baselines["pad"].sum(1) @ weights[:, 0]
        assert_allclose(found.values, shares(encoded, weights, FIRST) * ends.double(), rtol=1e-4, atol=1e-4)

    def test_the_score_is_the_logits_product_with_the_direction(self, encoded, weights):
        direction = torch.tensor([2 / 3, -1 / 3, -1 / 3])
        found = attribute(IntegratedGradients(), LinearEncoder(weights), encoded, direction)
        logits = encoded.embedded.sum(1) @ weights
        assert found.score == pytest.approx(float(logits[0, 0] - logits.mean()), abs=1e-5)
        assert_allclose(found.baseline_logits, (encoded.baselines["pad"].sum(1) @ weights)[0], rtol=1e-5)

    def test_captum_agrees_at_convergence(self, encoded, weights):
        found = attribute(IntegratedGradients(tolerance=1e-3), WavyEncoder(weights), encoded)
        captum = attribute(CaptumIntegratedGradients(steps=300), WavyEncoder(weights), encoded)
        assert found.converged
        assert abs(found.values - captum.values).sum() < 0.01 * abs(captum.values).sum()


class TestConvergence:
    def test_a_network_too_rough_for_the_evaluations_is_reported(self, encoded, weights):
        found = attribute(IntegratedGradients(max_evaluations=4), StepEncoder(weights), encoded)
        assert found.evaluations == 4
        assert not found.converged

    def test_one_that_turns_sharply_is_followed(self, encoded, weights):
        found = attribute(IntegratedGradients(), StepEncoder(weights / 40), encoded)
        assert found.converged
        assert found.values.sum() == pytest.approx(found.score - found.baseline_score, abs=0.01)


class TestSeveralTargets:
    def test_each_gets_exactly_what_it_gets_alone(self, encoded, weights):
        directions = torch.eye(3)
        encoder = WavyEncoder(weights * torch.tensor([1.0, 3.0, 6.0]))
        found = IntegratedGradients().attribute(encoder, encoded, directions)
        assert len({one.evaluations for one in found}) > 1
        for one, direction in zip(found, directions, strict=True):
            alone = attribute(IntegratedGradients(), encoder, encoded, direction)
            assert_allclose(one.values, alone.values, rtol=1e-5, atol=1e-6)
            assert one.evaluations == alone.evaluations

    def test_they_share_forward_passes(self, encoded, weights):
        encoder = SquareEncoder(weights)
        attribute(IntegratedGradients(), encoder, encoded)
        one = sum(encoder.batches)
        encoder.batches.clear()
        IntegratedGradients().attribute(encoder, encoded, torch.eye(3))
        assert sum(encoder.batches) == one


class TestAverageBaseline:
    @pytest.fixture
    def two(self, encoded, generator):
        encoded.baselines["zero"] = torch.zeros_like(encoded.embedded)
        return encoded

    def test_it_is_the_mean_over_all_that_are_offered(self, two, weights):
        two.baselines["mask"] = two.baselines["zero"].clone()  # the same once more has no more weight
        found = attribute(IntegratedGradients(baseline="average"), SquareEncoder(weights), two)
        each = [attribute(IntegratedGradients(baseline=name), SquareEncoder(weights), two) for name in ("pad", "zero")]
        assert_allclose(found.values, (each[0].values + each[1].values) / 2, rtol=1e-6)
        assert found.evaluations == each[0].evaluations + each[1].evaluations
        assert found.values.sum() == pytest.approx(found.score - found.baseline_score, rel=0.01)


class TestWatch:
    def test_the_first_estimate_comes_after_two_evaluations_and_the_last_is_the_result(self, encoded, weights):
        seen = []
        found = attribute(IntegratedGradients(), WavyEncoder(weights), encoded, watch=lambda each: seen.append(each[0]))
        assert [one.evaluations for one in seen][:4] == [2, 3, 5, 9]
        assert seen[-1].values.tolist() == found.values.tolist()

    def test_who_returns_false_gets_what_there_is_marked_as_cancelled(self, encoded, weights):
        found = attribute(
            IntegratedGradients(), WavyEncoder(weights), encoded, watch=lambda each: each[0].evaluations < 5
        )
        assert found.evaluations == 5
        assert found.cancelled
        assert not found.converged

    def test_none_goes_on(self, encoded, weights):
        assert not attribute(IntegratedGradients(), LinearEncoder(weights), encoded, watch=lambda _: None).cancelled


class TestPrecision:
    def test_half_precision_says_the_same_roughly(self, encoded, weights):
        whole = attribute(IntegratedGradients(), SquareEncoder(weights), encoded)
        half = attribute(IntegratedGradients(precision="bfloat16", tolerance=0.05), SquareEncoder(weights), encoded)
        assert_allclose(half.values, whole.values, rtol=0.1, atol=0.2)
        assert half.values.tolist() != whole.values.tolist()


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"max_evaluations": 1}, "2 to 10000 evaluations at most, got 1"),
            ({"tolerance": 0.0}, "above 0"),
            ({"tolerance": 1.5}, "up to 1, got 1.5"),
            ({"baseline": "blur"}, "pad, mask.*'blur'"),
            ({"score": "probability"}, "centred, logit.*'probability'"),
            ({"precision": "float8"}, "auto, float32, bfloat16.*'float8'"),
        ],
    )
    def test_a_setting_out_of_range_is_refused(self, settings, message):
        with pytest.raises(ValueError, match=message):
            IntegratedGradients(**settings)

    def test_a_baseline_that_the_encoder_does_not_offer_is_refused(self, encoded, weights):
        with pytest.raises(AttributionError, match=r"no baseline 'mask'.*Choose one of pad"):
            attribute(IntegratedGradients(baseline="mask"), LinearEncoder(weights), encoded)
