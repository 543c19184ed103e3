"""Turns the model card that Flair's trainer left in a file into plain data: classes and objects become their names."""

from __future__ import annotations

from typing import Any

from ...errors import AttributionError
from .plain import to_plain
from .strangers import CARD, find_holders
from .unfolding import check_unfolded


def make_cards_plain(state: Any, size: int) -> tuple[str, ...]:
    """Replace each model card in a state by plain data, and leave out those that cannot be read.

    Args:
        state: what Flair saved.
        size: bytes of its pickle.

    Returns:
        Sentences that tell a reader what was left out.
    """
    left_out = []
    for holder in list(find_holders(state)):
        card = holder.pop(CARD)
        try:
            check_unfolded(card, size)
            holder[CARD] = to_plain(card, CARD)
        except (AttributionError, RecursionError, TypeError, ValueError) as error:
            reason = "it holds itself, or is nested too deep" if isinstance(error, RecursionError) else str(error)
            left_out.append(f"The model card was left out because it could not be read: {reason}")
    return tuple(left_out)
