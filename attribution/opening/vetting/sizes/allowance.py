"""Stops the building of a network that claims more parts than a file can have weights for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from torch.nn.modules.module import (
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)

from ....errors import CheckpointError

_SHARED, _SPARE = 16, 4096
_MOST = 200_000


@contextmanager
def at_most(tensors: int) -> Iterator[None]:
    """Within the block, limit the modules and parameters that this thread makes, in proportion to a file's `tensors`.

    The limit is generous, as networks make some parts twice, or only to throw them away.

    Raises:
        CheckpointError: it makes more.
    """
    most = min(_SHARED * tensors + _SPARE, _MOST)
    hooks = (register_module_parameter_registration_hook, register_module_module_registration_hook)
    handles = [register(_make_counter(most)) for register in hooks]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _make_counter(most: int) -> Callable[..., None]:
    made, thread = count(), threading.get_ident()

    def check(*_: Any) -> None:
        if threading.get_ident() == thread and next(made) > most:
            raise CheckpointError(f"The encoder's configuration claims more than {most} parts: the file holds fewer.")

    return check
