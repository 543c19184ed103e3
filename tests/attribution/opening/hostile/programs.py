"""TorchScript programs that leave a mark when they are loaded."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch


def write_torchscript(path: Path, mark: Path) -> Path:
    """A module whose `__setstate__`, which runs while it is loaded, makes the file `mark`."""

    class Program(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mark = str(mark)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

        @torch.jit.export
        def __getstate__(self):  # type: ignore[no-untyped-def]
            return self.mark, self.training

        @torch.jit.export
        def __setstate__(self, state: tuple[str, bool]):  # type: ignore[no-untyped-def]
            self.mark = state[0]
            assert torch.from_file(state[0], True, 4).numel() == 4, "what is not used is not run"
            self.training = state[1]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(Program()), str(path))
    return path
