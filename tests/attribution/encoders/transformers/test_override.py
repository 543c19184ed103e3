import threading

import pytest
import torch
from torch import nn

from attribution.encoders.transformers.override import make_overridable, overridden
from attribution.errors import UnsupportedModelError

IDS = torch.tensor([[1, 2, 3], [1, 4, 2]])
VECTORS = torch.arange(24.0).reshape(2, 3, 4)


@pytest.fixture
def lookup():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        table = nn.Embedding(9, 4).requires_grad_(False)
    make_overridable(table)
    return table


class TestOverridden:
    def test_the_module_returns_what_was_given(self, lookup):
        with overridden(lookup, VECTORS, IDS) as override:
            assert torch.equal(lookup(IDS), VECTORS)
        assert override.uses == 1

    def test_before_and_after_it_looks_up(self, lookup):
        expected = lookup.weight[IDS]
        assert torch.equal(lookup(IDS), expected)
        with overridden(lookup, VECTORS, IDS):
            lookup(IDS)
        assert torch.equal(lookup(IDS), expected)

    def test_after_an_error_it_looks_up(self, lookup):
        with pytest.raises(KeyError), overridden(lookup, VECTORS, IDS):
            raise KeyError
        assert torch.equal(lookup(IDS), lookup.weight[IDS])

    def test_gradients_reach_what_was_given(self, lookup):
        vectors = VECTORS.clone().requires_grad_()
        with overridden(lookup, vectors, IDS):
            lookup(IDS).sum().backward()
        assert torch.equal(vectors.grad, torch.ones_like(VECTORS))

    def test_another_module_is_left_alone(self, lookup):
        other = nn.Embedding.from_pretrained(torch.eye(9))
        make_overridable(other)
        with overridden(lookup, VECTORS, IDS) as override:
            assert torch.equal(other(IDS), torch.eye(9)[IDS])
        assert override.uses == 0

    def test_another_thread_is_left_alone(self, lookup):
        found = []
        with overridden(lookup, VECTORS, IDS):
            thread = threading.Thread(target=lambda: found.append(lookup(IDS)))
            thread.start()
            thread.join()
        assert torch.equal(found[0], lookup.weight[IDS])

    def test_a_network_that_puts_the_batch_last(self, lookup):
        with overridden(lookup, VECTORS, IDS):
            assert torch.equal(lookup(IDS.T), VECTORS.transpose(0, 1))

    def test_a_square_batch_put_last_is_not_taken_for_a_batch_put_first(self, lookup):
        ids, vectors = IDS[:, :2], VECTORS[:, :2]
        with overridden(lookup, vectors, ids):
            assert torch.equal(lookup(ids.T), vectors.transpose(0, 1))

    def test_padding_on_the_right_keeps_its_look_up(self, lookup):
        padded = nn.functional.pad(IDS, (0, 2), value=8)
        with overridden(lookup, VECTORS, IDS):
            found = lookup(padded)
        assert torch.equal(found[:, :3], VECTORS)
        assert torch.equal(found[:, 3:], lookup.weight[padded[:, 3:]])

    def test_a_decoder_that_reads_a_place_later_keeps_what_it_begins_with(self, lookup):
        shifted = nn.functional.pad(IDS[:, :-1], (1, 0), value=8)
        with overridden(lookup, VECTORS, IDS):
            found = lookup(shifted)
        assert torch.equal(found[:, 1:], VECTORS[:, :-1])
        assert torch.equal(found[:, 0], lookup.weight[shifted[:, 0]])

    def test_a_twin_is_overridden_along_with_its_other(self, lookup):
        twin = nn.Embedding(9, 4, _weight=lookup.weight)
        make_overridable(twin, twin_of=lookup)
        with overridden(lookup, VECTORS, IDS) as override:
            assert torch.equal(twin(IDS), lookup(IDS))
        assert override.uses == 2
        assert torch.equal(twin(IDS), lookup.weight[IDS])

    @pytest.mark.parametrize("ids", [IDS + 1, IDS[:, :2], IDS[:1], torch.tensor([5])])
    def test_other_ids_are_refused(self, lookup, ids):
        with (
            overridden(lookup, VECTORS, IDS),
            pytest.raises(UnsupportedModelError, match="other ids than those of the text"),
        ):
            lookup(ids)
