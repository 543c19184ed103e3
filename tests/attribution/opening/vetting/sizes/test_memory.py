import os

import pytest
import torch

from attribution import CheckpointError
from attribution.opening.vetting.sizes import memory
from attribution.opening.vetting.sizes.memory import check_memory, free_memory


class TestMemory:
    def test_what_is_free_is_no_more_than_the_machine_has(self):
        free = free_memory()
        assert free is not None
        assert 0 < free <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

    def test_a_network_that_fits_is_let_through(self, monkeypatch):
        monkeypatch.setattr(memory, "free_memory", lambda: 2**30)
        check_memory({"w": torch.empty(2**28, device="meta")})

    @pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.int8])
    def test_one_that_does_not_is_refused_with_both_sizes(self, kind, monkeypatch):
        """Weights of fewer bits in the file take 32 in memory."""
        monkeypatch.setattr(memory, "free_memory", lambda: 10**9)
        with pytest.raises(CheckpointError, match=r"takes 2\.0 GB of memory, and this machine has 1\.0 GB left"):
            check_memory({"a": torch.empty(5 * 10**8, dtype=kind, device="meta")})

    def test_where_nobody_knows_it_is_tried(self, monkeypatch):
        monkeypatch.setattr(memory, "free_memory", lambda: None)
        check_memory({"w": torch.empty(2**40, device="meta")})
