import threading

import pytest
import torch
from torch import nn

from attribution import CheckpointError
from attribution.opening.vetting.sizes.allowance import at_most


def stack(layers: int) -> nn.Module:
    return nn.Sequential(*(nn.Linear(1, 1) for _ in range(layers)))


class TestAllowance:
    def test_a_network_of_the_file_is_made(self):
        with torch.device("meta"), at_most(200):
            assert len(stack(100)) == 100

    def test_a_network_of_far_more_parts_is_stopped(self):
        with pytest.raises(CheckpointError, match=r"claims more than \d+ parts"), torch.device("meta"), at_most(200):
            stack(10_000)

    def test_modules_without_weights_count_too(self):
        with pytest.raises(CheckpointError, match="claims more than"), at_most(10):
            nn.ModuleList(nn.Dropout() for _ in range(10_000))

    def test_other_threads_are_not_counted(self):
        made = []
        with at_most(1):
            thread = threading.Thread(target=lambda: made.append(stack(10_000)))
            thread.start()
            thread.join()
        assert len(made[0]) == 10_000

    def test_nothing_is_left_behind(self):
        with pytest.raises(RuntimeError), at_most(1):
            raise RuntimeError
        assert len(stack(10_000)) == 10_000
