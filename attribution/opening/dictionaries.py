"""Flair's dictionaries, made of entries that were vetted."""

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
    """Put a dictionary in the place of all entries, anywhere in a vetted state."""
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if isinstance(value, Entries):
            part[key] = make_dictionary(value)  # type: ignore[index]  # the key is one of its own
        elif isinstance(value, (dict, list)):
            put_dictionaries(value)
