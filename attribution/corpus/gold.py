"""What the gold column says of a document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

_BETWEEN = re.compile(r"\s*[|;]\s*")


def read_gold(cell: str) -> str:
    """What a cell holds as gold label; several in a JSON list are written as `split_gold` reads them."""
    gold = cell.strip()
    if not gold.startswith("["):
        return gold
    try:
        golds: Any = json.loads(gold)
    except (ValueError, RecursionError):
        return gold
    return join_golds(golds) if all(isinstance(one, str) for one in golds) else gold


def join_golds(golds: Iterable[str]) -> str:
    """Several gold labels as one text, which `split_gold` takes apart."""
    return " | ".join(filter(None, golds))


def split_gold(gold: str | None, labels: Sequence[str], *, multi_label: bool) -> tuple[str, ...]:
    """The gold labels of a document: one, or where labels do not exclude each other all that | or ; part."""
    if gold is None:
        return ()
    if not multi_label or gold in labels:
        return (gold,)
    return tuple(dict.fromkeys(part for part in _BETWEEN.split(gold.strip()) if part))
