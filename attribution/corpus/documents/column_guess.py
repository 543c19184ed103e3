"""Which columns of a file hold texts, gold labels and names: by what they are called, and by what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ...errors import AttributionError
from ...wording import list_first, shorten
from .gold import GoldCount, GoldReader, choose_numbers
from .header import IDS, LABELS, TEXTS, TITLES, find_flags, find_label_columns, find_named, is_number

_MOSTLY = 0.5
_MOST_RATED = 100_000
"""Cells that are read as gold labels to find the columns that hold some; in wide files these are fewer rows."""

_LONGER = 3

Cells = Mapping[str, str | None]
"""A row: column -> cell."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what.

    Attributes:
        text: the texts.
        label: the gold labels: a column, or several; None if there are none. Several columns hold one label each, or
            are named after a label and hold 1 if it applies and 0 if it does not.
        id: the names of documents; without it they are numbered.
    """

    text: str
    label: str | tuple[str, ...] | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        """Turn one column of gold labels into a string, and several into a tuple."""
        if self.label is not None and not isinstance(self.label, str):
            several = tuple(dict.fromkeys(self.label))
            object.__setattr__(self, "label", several if len(several) > 1 else next(iter(several), None))

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns of gold labels."""
        return () if self.label is None else (self.label,) if isinstance(self.label, str) else self.label

    def to_dict(self) -> dict[str, Any]:
        """The columns as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Columns:
        """The columns that `to_dict` wrote, also after JSON, which turns a tuple into a list."""
        label = said.get("label")
        return cls(said.get("text") or "", tuple(label) if isinstance(label, list) else label, said.get("id"))


def find_columns(names: Sequence[str], rows: Sequence[Cells], file: str) -> Columns:
    """Guess the columns by name, or else by some rows: the longest cells are texts, the fewest values are labels.

    Raises:
        AttributionError: nothing in the file of this name looks like a text.
    """
    text = _find_text(names, rows)
    if text is None:
        raise AttributionError(f"{file} holds no column with a text. It has: {_list(names) or 'nothing'}.")
    rest = [name for name in names if name != text]
    label: str | tuple[str, ...] | None = find_named(rest, LABELS) or find_label_columns(rest)
    if not label:
        flags = find_flags(rest, rows)
        label = flags if len(flags) > 1 else _find_repeated(rest, rows)
    name = find_named([name for name in rest if name not in Columns(text, label).labels], IDS)
    return Columns(text, label, name)


def check_columns(columns: Columns, names: Sequence[str]) -> None:
    """Check that a file has the columns.

    Raises:
        AttributionError: it lacks one.
    """
    for name in filter(None, (columns.text, *columns.labels, columns.id)):
        if name not in names:
            raise AttributionError(f"The file has no column {shorten(name)!r}. Its columns are: {_list(names)}.")


def suit_model(
    columns: Columns, names: Sequence[str], rows: Sequence[Cells], labels: Sequence[str], *, multi_label: bool
) -> Columns:
    """The columns, with the columns of gold labels that suit a model, or none if no column holds its labels.

    Columns of 0 and 1 that are named after labels come first, then the guessed ones, then the column with most labels.
    Numbers can be indices of anything, so a guessed column of numbers gives way to one of names.
    """
    guessed, others = columns.labels, [name for name in names if name not in (columns.text, columns.id)]
    flags = tuple(name for name in find_flags(others, rows) if GoldReader(tuple(labels)).name_flag(name) in labels)
    if len(flags) > 1:
        return replace(columns, label=flags)
    if guessed and not any(row.get(name) for row in rows for name in guessed):
        return columns  # there is nothing to go by
    named, is_number = _rate(guessed, rows, labels, multi_label)
    if not named:
        some = rows[: max(1, _MOST_RATED // max(len(others), 1))]
        rated = {name: _rate((name,), some, labels, multi_label)[0] for name in others}
        best = max(rated, key=lambda name: rated[name], default="")
        if rated.get(best, 0) > _MOSTLY:
            guessed, named = (best,), rated[best]
    return replace(columns, label=guessed if named or is_number else None)


def _rate(
    columns: Sequence[str], rows: Sequence[Cells], labels: Sequence[str], multi_label: bool
) -> tuple[float, bool]:
    """The share of gold labels in some columns that the model has, and whether they may be indices of its labels."""
    if not columns:
        return 0.0, False
    reader = make_reader(columns, rows, labels, multi_label)
    if reader.flags:
        return sum(reader.name_flag(name) in labels for name in columns) / len(columns), False
    count = GoldCount()
    for row in rows:
        count.note({name: row.get(name) for name in columns}, reader)
    named = sum(number for gold, number in count.golds.items() if gold in labels)
    return named / max(sum(count.golds.values()), 1), bool(choose_numbers(count, labels))


def make_reader(columns: Sequence[str], rows: Sequence[Cells], labels: Sequence[str], multi_label: bool) -> GoldReader:
    """A reader of some gold columns for a model, chosen by some of their rows."""
    may_be = len(columns) > 1 or columns[0] in labels
    flags = may_be and set(find_flags(columns, rows)) == {*columns}
    return GoldReader(tuple(labels), multi_label, flags=flags)


def _find_text(names: Sequence[str], rows: Sequence[Cells]) -> str | None:
    """The column named like a text, unless it holds numbers, or titles beside a column of longer texts."""
    longest = _find_longest(names, rows)
    fitting = [name for name in names if not _holds_numbers(name, rows)]
    named = find_named(fitting, TEXTS)
    if named is not None and longest is not None and find_named([named], TITLES):
        return longest if _measure(longest, rows) > _LONGER * _measure(named, rows) else named
    return named or longest


def _holds_numbers(name: str, rows: Sequence[Cells]) -> bool:
    cells = [cell for row in rows if (cell := (row.get(name) or "").strip())]
    return bool(cells) and all(map(is_number, cells))


def _measure(name: str, rows: Sequence[Cells]) -> int:
    return sum(len(row.get(name) or "") for row in rows)


def _find_longest(names: Sequence[str], rows: Sequence[Cells]) -> str | None:
    lengths = {name: _measure(name, rows) for name in names}
    longest = max(lengths, key=lambda name: lengths[name], default=None)
    return longest if longest is not None and lengths[longest] else None


def _find_repeated(names: Sequence[str], rows: Sequence[Cells]) -> str | None:
    """The column with the fewest different values, at most a third as many as rows; None if there is none."""
    values = {name: {row.get(name) for row in rows} - {None, ""} for name in names}
    few = [name for name in names if 2 <= len(values[name]) <= max(2, len(rows) // 3)]
    return min(few, key=lambda name: len(values[name]), default=None)


def _list(names: Sequence[str]) -> str:
    return list_first([shorten(name, 40) for name in names], 20)
