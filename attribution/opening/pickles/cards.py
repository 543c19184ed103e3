"""The model card that Flair's trainer left in a file, as plain data: what it names is made a name."""

from __future__ import annotations

from typing import Any

from ...errors import AttributionError
from .plain import to_plain
from .strangers import CARD, find_holders
from .unfolding import check_unfolded


def make_cards_plain(state: Any, size: int) -> tuple[str, ...]:
    """Put plain data in the place of each model card of a state, and leave out one that cannot be read.

    Args:
        state: what Flair saved.
        size: bytes of its pickle.

    Returns:
        Sentences for a reader, of what was left out.
    """
    left_out = []
    for holder in list(find_holders(state)):
        card = holder.pop(CARD)
        try:
            check_unfolded(card, size)
            holder[CARD] = to_plain(card, CARD)
        except (AttributionError, RecursionError, TypeError, ValueError) as error:
            reason = "it holds itself, or is nested too deep" if isinstance(error, RecursionError) else str(error)
            left_out.append(f"The model card was left out, for it could not be read: {reason}")
    return tuple(left_out)
