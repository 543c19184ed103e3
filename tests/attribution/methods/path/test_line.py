import gc

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from attribution import load_model
from attribution.methods.path import line as module
from attribution.methods.path.line import StraightPath, find_basis
from tests.attribution.stand_ins import SquareEncoder, encode


@pytest.fixture
def weights():
    return torch.randn(4, 3, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def encoded():
    generator = torch.Generator().manual_seed(2)
    return encode(torch.randn(1, 6, 4, generator=generator), torch.randn(1, 6, 4, generator=generator))


def make(weights, encoded, encoder=None):
    return StraightPath(encoder or SquareEncoder(weights), encoded, encoded.baselines["pad"], torch.eye(3))


class TestFollow:
    def test_the_ends_are_the_baseline_and_the_text(self, weights, encoded):
        logits, _ = make(weights, encoded).follow([0.0, 1.0], [0])
        ends = torch.cat([encoded.baselines["pad"], encoded.embedded])
        assert_allclose(logits, SquareEncoder(weights).logits(ends, encoded), rtol=1e-5)

    def test_shares_add_up_to_the_slope_of_each_score(self, weights, encoded):
        path = make(weights, encoded)
        logits, shares = path.follow([0.3, 0.3 + 1e-3, 0.3 - 1e-3], [0, 2])
        slope = (path.scores(logits)[1] - path.scores(logits)[2]) / 2e-3
        assert_allclose(shares[:, 0].sum(axis=1), slope[[0, 2]], rtol=1e-2)

    def test_only_the_targets_asked_for_are_followed(self, weights, encoded):
        path = make(weights, encoded)
        every, some = path.follow([0.5], [0, 1, 2])[1], path.follow([0.5], [2])[1]
        assert some.shape == (1, 1, 6)
        assert_allclose(some[0], every[2])

    def test_a_score_that_does_not_move_has_no_shares(self, encoded):
        class Constant(SquareEncoder):
            def logits(self, embedded, encoded):
                return super().logits(embedded, encoded)[:, :1] * torch.tensor([1.0, 0.0, 0.0])

        _, shares = make(None, encoded, Constant(torch.ones(4, 3))).follow([0.0, 0.5], [1])
        assert not shares.any()


class TestDependentDirections:
    def test_centred_scores_of_all_labels_take_one_backward_pass_less(self, weights, encoded, monkeypatch):
        calls, differentiate = [], torch.autograd.grad
        monkeypatch.setattr(module.torch.autograd, "grad", lambda *a, **k: calls.append(1) or differentiate(*a, **k))
        directions = torch.eye(3) - 1 / 3
        path = StraightPath(SquareEncoder(weights), encoded, encoded.baselines["pad"], directions)
        _, together = path.follow([0.3, 0.8], [0, 1, 2])
        assert len(calls) == 2, "for the one pass"
        alone = [path.follow([0.3, 0.8], [target])[1][0] for target in range(3)]
        assert_allclose(together, alone, rtol=1e-5, atol=1e-6)

    @pytest.mark.parametrize(
        ("directions", "rank"),
        [
            (np.eye(4), 4),
            (np.eye(5) - 1 / 5, 4),
            (np.float64(np.float32(np.eye(5) - 1 / 5)), 4),
            (np.array([[1.0, -1.0], [-1.0, 1.0]]), 1),
            (np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]), 1),
            (np.zeros((2, 3)), 2),
        ],
    )
    def test_all_rows_are_made_of_those_that_are_chosen(self, directions, rank):
        rows, combinations = find_basis(directions)
        assert len(rows) == rank
        assert_allclose(combinations @ directions[rows], directions, atol=1e-7)


class TestBatches:
    def test_they_fit_into_the_memory_and_change_nothing(self, weights, encoded, monkeypatch):
        encoder = SquareEncoder(weights)
        points = np.linspace(0, 1, 12).tolist()
        free = make(weights, encoded, encoder).follow(points, [0, 1])
        assert encoder.batches == [1, 12]  # one shows what a point keeps
        monkeypatch.setattr(module, "_MEMORY", 40)
        encoder.batches.clear()
        bound = make(weights, encoded, encoder).follow(points, [0, 1])
        assert max(encoder.batches) <= 3
        for before, after in zip(free, bound, strict=True):
            assert_allclose(before, after, rtol=1e-5, atol=1e-6)

    def test_a_long_text_takes_small_ones(self, weights):
        encoder = SquareEncoder(weights)
        make(weights, encode(torch.zeros(1, 900, 4), torch.ones(1, 900, 4)), encoder).follow([0.0, 0.2, 0.4, 0.6], [0])
        assert max(encoder.batches) == 2

    def test_nothing_of_a_pass_is_kept_once_it_is_over(self, make_checkpoint):
        model = load_model(make_checkpoint())
        encoded = model.encode("The striker scored twice.")
        StraightPath(model.encoder, encoded, encoded.baselines["pad"], torch.eye(3)).follow([0.0, 0.5, 1.0], [0])
        gc.collect()
        assert not [kept for kept in gc.get_objects() if type(kept) is module.SavedTensors]
