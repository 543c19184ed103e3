"""Baselines that stand in for a text, or for a word of it: the default, and how one is found."""

from __future__ import annotations

from typing import Final

from torch import Tensor

from ..encoders import EncodedText
from ..errors import UnsupportedModelError

DEFAULT: Final = "pad"
"""Deleting the words that rank highest with it lowered the label's probability by 0.39, on 16 news texts with the
demo model; with mask, mean or zero by 0.18 to 0.23. Other models differ, as the page Trust shows."""


def find_baseline(encoded: EncodedText, name: str) -> Tensor:
    """[1, T, E], the input that stands in for the text.

    Raises:
        UnsupportedModelError: the encoder does not offer it.
    """
    try:
        return encoded.baselines[name]
    except KeyError:
        raise UnsupportedModelError(
            f"This model offers no baseline {name!r}: its tokenizer has no such token. "
            f"Choose one of {', '.join(encoded.baselines)}."
        ) from None


def distinct_baselines(encoded: EncodedText) -> list[Tensor]:
    """All that can stand in for the text, each [1, T, E] once: padding may be zeros, for example."""
    found: list[Tensor] = []
    for one in encoded.baselines.values():
        if not any(one.equal(other) for other in found):
            found.append(one)
    return found
