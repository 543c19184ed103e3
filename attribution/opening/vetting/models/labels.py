"""A classifier's labels: the entries of the dictionary that Flair keeps them in."""

from __future__ import annotations

from typing import Any

from ....errors import CheckpointError
from ...pickles.stand_ins import StandIn, state_of
from ..entries import Entries

_LONGEST_NAME, _LONGEST_NAMES = 10_000, 2**22
"""Letters of a name, and of all names together: every explanation holds them several times over."""


def vet_labels(saved: Any) -> Entries:
    """The entries of Flair's dictionary, made anew from its items.

    Raises:
        CheckpointError: it is no dictionary, an entry is no name, a name occurs twice, or there is no name at all.
    """
    attributes = state_of(saved)
    items = attributes.get("idx2item")
    if not isinstance(saved, StandIn) or saved.name != "Dictionary" or not isinstance(items, list):
        raise CheckpointError("Expected Flair's dictionary under 'label_dictionary'. The file is damaged.")
    for item in items:
        if not isinstance(item, (bytes, str)) or len(item) > _LONGEST_NAME:
            found = f"one of {len(item):,} letters" if isinstance(item, (bytes, str)) else type(item).__name__
            raise CheckpointError(f"Expected label names in the dictionary, got {found}.")
    if (letters := sum(map(len, items))) > _LONGEST_NAMES:
        raise CheckpointError(
            f"The names of the labels in the dictionary have {letters:,} letters together. Whylight opens models whose "
            f"names have at most {_LONGEST_NAMES:,}."
        )
    if not items or len(set(items)) != len(items):
        raise CheckpointError("Expected at least one label and no label twice in the dictionary. The file is damaged.")
    names = [item if isinstance(item, str) else item.decode("utf-8", "replace") for item in items]
    rows = {name.encode("utf-8"): index for index, name in enumerate(names)}
    if len(rows) != len(items):
        raise CheckpointError("Expected no label twice in the dictionary. The file is damaged.")
    return Entries(list(rows), rows, bool(attributes.get("add_unk", b"<unk>" in items)))
