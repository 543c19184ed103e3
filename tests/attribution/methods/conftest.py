import pytest
import torch

from tests.attribution.stand_ins import encode


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(7)


@pytest.fixture
def encoded(generator):
    """Six words of one token each, with two baselines."""
    made = encode(torch.randn(1, 6, 4, generator=generator), torch.randn(1, 6, 4, generator=generator))
    made.baselines["mask"] = torch.randn(1, 6, 4, generator=generator)
    return made


@pytest.fixture
def weights(generator):
    return torch.randn(4, 3, generator=generator)
