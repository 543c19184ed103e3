"""Builds Flair's dictionaries from vetted entries."""

from __future__ import annotations

from typing import Any

from flair.data import Dictionary

from .vetting.entries import Entries


def make_dictionary(entries: Entries) -> Dictionary:
    """The dictionary of these entries, as `Dictionary.load_from_file` makes one."""
    dictionary = Dictionary(add_unk=False)
    dictionary.idx2item, dictionary.item2idx, dictionary.add_unk = entries.items, entries.rows, entries.add_unk
    return dictionary


def put_dictionaries(part: dict[str, Any] | list[Any]) -> None:
    """Replace each `Entries` by the dictionary that it describes, anywhere in a vetted state."""
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if isinstance(value, Entries):
            part[key] = make_dictionary(value)  # type: ignore[index]  # the key came from this container
        elif isinstance(value, (dict, list)):
            put_dictionaries(value)
