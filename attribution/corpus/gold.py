"""What the gold column says of a document."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BETWEEN = re.compile(r"\s*[|;]\s*")


def split_gold(gold: str | None, labels: Sequence[str], *, multi_label: bool) -> tuple[str, ...]:
    """The gold labels of a document: one, or where labels do not exclude each other all that | or ; part."""
    if gold is None:
        return ()
    if not multi_label or gold in labels:
        return (gold,)
    return tuple(dict.fromkeys(part for part in _BETWEEN.split(gold.strip()) if part))
