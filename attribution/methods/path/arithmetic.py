"""How a network's products are computed: in float32, or in bfloat16 with its attention in float32."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ...explanation import Computed

Precision = Literal["auto", "float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What a network is computed in.

    Attributes:
        precision: of its products.
        keeps_attention: whether attention is computed in float32 all the same. On processors torch's kernel for it
            takes longer in bfloat16: its backward pass took 62 % of all time there, and more than in float32.
    """

    precision: Computed = "float32"
    keeps_attention: bool = False

    @contextmanager
    def applied(self, device: torch.device, rounded: RoundedWeights) -> Iterator[None]:
        """Within the block, and in its thread, compute so; nothing is set on a network."""
        if self.precision == "float32":
            yield
            return
        with torch.autocast(device.type, torch.bfloat16), _Reduced(rounded, keeps_attention=self.keeps_attention):
            yield


FLOAT32 = Arithmetic()
BFLOAT16 = Arithmetic("bfloat16", keeps_attention=True)
REDUCED = (BFLOAT16, Arithmetic("bfloat16"))
"""Those that may be faster than float32: the first one is on processors, the second one may be on a GPU."""


_ROWS = 128
"""On processors rows are filled up to multiples of these: oneDNN compiles a product in bfloat16 anew for each number of
rows, 2 to 4 ms each, and a text of another length would have them all compiled again."""

_FEWEST_OUTPUTS = 64

RoundedWeights = dict[int, tuple[Tensor, Tensor]]
"""By the id of a weight: it, and what bfloat16 makes of it. A pass keeps them for its gradients anyway; autocast itself
rounds those that take no gradients anew in every pass."""


class _FilledLinear(torch.autograd.Function):
    """A linear layer in bfloat16 whose weights take no gradients, with rows filled up."""

    @staticmethod
    def forward(ctx: Any, read: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.weight = weight
        rows = read.to(torch.bfloat16).flatten(0, -2)
        found: Tensor = functional.linear(_fill(rows), weight, bias)[: len(rows)].unflatten(0, read.shape[:-1])
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        rows = gradients[0].flatten(0, -2)
        return (_fill(rows) @ ctx.weight)[: len(rows)].unflatten(0, gradients[0].shape[:-1]), None, None


def _fill(rows: Tensor) -> Tensor:
    return torch.cat([rows, rows.new_zeros(-len(rows) % _ROWS, rows.shape[1])])


class _Reduced(TorchFunctionMode):
    """Under autocast, rounds the weights of linear layers once, and may keep attention in float32."""

    def __init__(self, rounded: RoundedWeights, *, keeps_attention: bool) -> None:
        super().__init__()
        self._rounded, self._keeps_attention = rounded, keeps_attention

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is functional.linear and len(args) > 1:
            return self._multiply(*args, **kwargs)
        if func is functional.scaled_dot_product_attention and self._keeps_attention:
            query: Tensor = args[0] if args else kwargs["query"]
            with torch.autocast(query.device.type, enabled=False):
                found: Tensor = func(*map(_widen, args), **{name: _widen(value) for name, value in kwargs.items()})
            return found.to(torch.bfloat16)
        return func(*args, **kwargs)

    def _multiply(self, read: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """[..., I] -> [..., O]; in float32 where O is small, as of a decoder: its scores are not to be rounded."""
        if len(weight) < _FEWEST_OUTPUTS:
            with torch.autocast(read.device.type, enabled=False):
                return functional.linear(read.float(), weight, bias)
        if weight.requires_grad or read.dim() < 2 or read.device.type != "cpu":
            return functional.linear(read, weight, bias)
        found: Tensor = cast(Any, _FilledLinear).apply(read, self._round(weight), bias)
        return found

    def _round(self, weight: Tensor) -> Tensor:
        if id(weight) not in self._rounded:
            self._rounded[id(weight)] = weight, weight.to(torch.bfloat16)
        return self._rounded[id(weight)][1]


def _widen(value: Any) -> Any:
    return value.float() if isinstance(value, Tensor) and value.dtype == torch.bfloat16 else value
