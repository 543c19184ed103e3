"""A vetted dictionary as plain data; Flair's own is built from it when a model is built."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entries:
    """What Flair's `Dictionary` holds.

    Attributes:
        items: index -> entry, encoded.
        rows: entry -> index; several entries may share one.
        add_unk: whether an unknown entry has the index 0.
    """

    items: list[bytes]
    rows: dict[bytes, int]
    add_unk: bool = False

    def __len__(self) -> int:
        """How many indices there are."""
        return len(self.items)
