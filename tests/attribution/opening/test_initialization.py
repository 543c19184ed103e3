from threading import Thread

import torch
from torch import nn
from transformers import BertConfig, BertModel

from attribution import load_model
from attribution.opening.initialization import Uninitialized
from tests.models.transformers import build_classifier, save

CONFIG = BertConfig(vocab_size=50, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)


def draw_from(make):
    """How many numbers were drawn, as far as the state of the generator tells: none or some."""
    before = torch.get_rng_state()
    make()
    return not torch.equal(before, torch.get_rng_state())


class TestUninitialized:
    def test_nothing_is_drawn(self):
        with Uninitialized():
            assert not draw_from(lambda: BertModel(CONFIG))
            assert not draw_from(lambda: nn.GRU(3, 4))

    def test_constants_are_set_all_the_same(self):
        with Uninitialized():
            norm = BertModel(CONFIG).embeddings.LayerNorm
        assert norm.weight.eq(1).all()
        assert norm.bias.eq(0).all()

    def test_a_distribution_with_bounds_comes_to_an_end(self):
        """torch draws it again and again until all is within them, which what is in memory may never be."""
        far = torch.full((50,), 1e9)
        with Uninitialized():
            assert not far.normal_(0.0, 0.1, generator=None).any()
            assert not draw_from(lambda: nn.init.trunc_normal_(far, std=0.1, a=-0.3, b=0.3))
        assert far.abs().max() <= 0.3

    def test_other_threads_draw_as_ever(self):
        drawn = []
        with Uninitialized():
            thread = Thread(target=lambda: drawn.append(nn.Linear(200, 200).weight.std().item()))
            thread.start()
            thread.join()
        assert 0.03 < drawn[0] < 0.05  # uniform from -1/sqrt(200) to 1/sqrt(200)

    def test_afterwards_all_is_as_before(self):
        with Uninitialized():
            pass
        assert draw_from(lambda: nn.Linear(2, 2))


class TestOpening:
    def test_every_weight_is_the_one_in_the_file(self, tmp_path):
        classifier = build_classifier(tmp_path)
        model = load_model(save(classifier, tmp_path))
        expected = classifier.state_dict()
        found = model.classifier.state_dict()
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())

    def test_opening_a_model_draws_nothing(self, tmp_path):
        path = save(build_classifier(tmp_path), tmp_path)
        assert not draw_from(lambda: load_model(path))
