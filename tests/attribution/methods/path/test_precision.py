import pytest
import torch

from attribution.methods import measure_speedup
from tests.attribution.stand_ins import LinearEncoder


class Float32Alone(LinearEncoder):
    """As an LSTM on a processor that has no bfloat16."""

    def logits(self, embedded, encoded):
        if torch.is_autocast_enabled("cpu"):
            raise RuntimeError("could not create a primitive descriptor for the LSTM forward propagation primitive")
        return super().logits(embedded, encoded)


@pytest.fixture
def multiplies_faster(monkeypatch):
    """On whatever machine the tests run."""
    monkeypatch.setattr("attribution.methods.path.precision._multiplies_faster", lambda _: True)


@pytest.mark.usefixtures("multiplies_faster")
class TestMeasureSpeedup:
    def test_it_is_a_ratio_of_times(self, encoded, weights):
        assert measure_speedup(LinearEncoder(weights), encoded) > 0

    def test_a_machine_that_multiplies_no_faster_is_spared_the_trial(self, encoded, weights, monkeypatch):
        monkeypatch.setattr("attribution.methods.path.precision._multiplies_faster", lambda _: False)
        encoder = LinearEncoder(weights)
        assert measure_speedup(encoder, encoded) == 0
        assert encoder.batches == []

    def test_a_network_that_cannot_is_offered_nothing(self, encoded, weights):
        assert measure_speedup(Float32Alone(weights), encoded) == 0

    def test_neither_is_one_without_gradients(self, encoded, weights):
        assert measure_speedup(LinearEncoder(weights, differentiable=False), encoded) == 0
