"""Makes networks without drawing random weights, which takes longer than all else where a checkpoint replaces them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.nn import init
from torch.overrides import TorchFunctionMode

_DRAWS = frozenset({Tensor.normal_, Tensor.uniform_, init.kaiming_uniform_, init.normal_, init.uniform_})


class Uninitialized(TorchFunctionMode):
    """Within the block, in this thread alone, nothing is drawn: a weight is whatever its memory holds.

    Only for a network all of whose weights are loaded after that, and checked to be there.
    """

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: object,
        arguments: tuple[Any, ...] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        """Every call of torch passes here."""
        named = named or {}
        if function in _DRAWS:
            if arguments and "generator" in named:  # truncated distributions draw until all is within bounds
                return arguments[0].zero_()
            return arguments[0] if arguments else named["tensor"]
        return function(*arguments, **named)
