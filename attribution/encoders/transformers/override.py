"""Lets a word-embedding module return given vectors in place of its own look-up.

Input ids, and all that a network derives from them (positions, masks, decoder inputs), stay as they are, whatever the
architecture. The vectors travel in a ContextVar, so threads that share a model do not see each other's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from ...errors import UnsupportedModelError


@dataclass(slots=True)
class _Override:
    module: nn.Module
    vectors: Tensor
    ids: Tensor
    uses: int = 0


_override: ContextVar[_Override | None] = ContextVar("override", default=None)


def make_overridable(module: nn.Module, *, twin_of: nn.Module | None = None) -> None:
    """Prepare a module for `overridden`, once and for good; without an override it works as before.

    A twin is a second module with the same table, such as the decoder's, and is overridden along with the first.
    """
    module.register_forward_hook(partial(_give_override, twin_of or module))


@contextmanager
def overridden(module: nn.Module, vectors: Tensor, ids: Tensor) -> Iterator[_Override]:
    """Within the block, in this thread, the module returns `vectors` [B, L, E] where it is asked for `ids` [B, L].

    `uses` on what is yielded counts the look-ups that were replaced.
    """
    override = _Override(module, vectors, ids)
    token = _override.set(override)
    try:
        yield override
    finally:
        _override.reset(token)


def _give_override(owner: nn.Module, _: nn.Module, inputs: tuple[Tensor, ...], looked_up: Tensor) -> Tensor | None:
    override = _override.get()
    if override is None or override.module is not owner:
        return None
    override.uses += 1
    vectors, ids, asked = override.vectors.to(looked_up.dtype), override.ids, inputs[0]
    if torch.equal(asked, ids):
        return vectors
    if torch.equal(asked, ids.T):  # XLNet puts the batch last
        return vectors.transpose(0, 1)
    if asked.shape == ids.shape and torch.equal(asked[:, 1:], ids[:, :-1]):  # decoders shift the text by one place
        return torch.cat([looked_up[:, :1], vectors[:, :-1]], dim=1)
    length = ids.shape[1]
    if not torch.equal(asked[..., :length], ids):
        raise UnsupportedModelError(
            "The network looks up other ids than those of the text, so no word can be followed."
        )
    # Longformer and its like pad their input on the right to whole windows.
    padded = looked_up.clone()
    padded[:, :length] = vectors
    return padded
