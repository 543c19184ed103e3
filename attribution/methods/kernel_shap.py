"""KernelSHAP on words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import captum.attr

from .perturbation import Perturbation


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelShap(Perturbation):
    """Shapley values of the words, from a weighted linear fit by Captum.

    Lundberg and Lee 2017, https://arxiv.org/abs/1705.07874. They add up to the difference of the scores. Settings and
    errors are those of `Perturbation`.
    """

    title: ClassVar[str] = "KernelSHAP"
    _captum: ClassVar[Callable[..., Any]] = captum.attr.KernelShap
    _adds_up: ClassVar[bool] = True
