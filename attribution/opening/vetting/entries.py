"""A vetted dictionary as plain data; Flair's own is built from it when a model is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import CheckpointError, UnsafeCheckpointError
from ...wording import quote
from ..pickles.stand_ins import StandIn, state_of


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


def vet_entries(saved: Any) -> Entries:
    """A dictionary of words or characters, made anew: both of its mappings as saved, and nothing else.

    Raises:
        UnsafeCheckpointError: a name or a path in its place.
        CheckpointError: it is no dictionary of Flair, or has an index beyond its entries.
    """
    if saved is None or isinstance(saved, str):
        raise UnsafeCheckpointError(
            f"Expected a dictionary of Flair with the embeddings, got {quote(saved)}: Flair would download "
            "one, or run the pickle that a path leads to."
        )
    attributes = state_of(saved)
    items, indices = attributes.get("idx2item"), attributes.get("item2idx")
    if not isinstance(saved, StandIn) or saved.name != "Dictionary" or not isinstance(items, list):
        raise CheckpointError("Expected a dictionary of Flair with the embeddings. The file is damaged.")
    if not all(isinstance(item, bytes) for item in items) or not isinstance(indices, Mapping):
        raise CheckpointError("Expected encoded entries in the embeddings' dictionary. The file is damaged.")
    check_rows(indices, bytes, min(len(items), len(indices)))
    return Entries(list(items), dict(indices), bool(attributes.get("add_unk", b"<unk>" in items)))


def check_rows(entries: Mapping[Any, Any], kind: type, rows: int) -> None:
    """Check that a vocabulary is a mapping of a kind of entries to rows of a table.

    Raises:
        CheckpointError: it is not.
    """
    for entry, row in entries.items():
        if not isinstance(entry, kind) or type(row) is not int or not 0 <= row < rows:
            raise CheckpointError(f"Expected rows from 0 to {rows - 1} in the vocabulary, got others.")
