"""Builds networks without drawing random weights: that would take longest, and a checkpoint replaces them anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.nn import init
from torch.overrides import TorchFunctionMode

_DRAWS = frozenset({Tensor.normal_, Tensor.uniform_, init.kaiming_uniform_, init.normal_, init.uniform_})


class Uninitialized(TorchFunctionMode):
    """Within the block, in this thread only, no random weights are drawn: a new weight holds what was in its memory.

    Only for networks whose weights are all loaded afterwards, and checked to be complete.
    """

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: object,
        arguments: tuple[Any, ...] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        """Intercept every call of torch."""
        named = named or {}
        if function in _DRAWS:
            if arguments and "generator" in named:  # truncated distributions redraw until all is in bounds
                return arguments[0].zero_()
            return arguments[0] if arguments else named["tensor"]
        return function(*arguments, **named)
