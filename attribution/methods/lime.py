"""LIME on words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import captum.attr

from .perturbation import Perturbation


@dataclass(frozen=True, slots=True, kw_only=True)
class Lime(Perturbation):
    """The weights of a sparse linear fit near the text, by Captum.

    Ribeiro, Singh and Guestrin 2016, https://arxiv.org/abs/1602.04938. They are not shares of a difference of scores.
    Settings and errors are those of `Perturbation`.
    """

    title: ClassVar[str] = "LIME"
    _captum: ClassVar[Callable[..., Any]] = captum.attr.Lime
    linear: ClassVar[bool] = False
    _adds_up: ClassVar[bool] = False
