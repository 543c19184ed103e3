"""The documents of a file: one text each, with its gold label where the file tells it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from ..errors import AttributionError, shorten
from .gold import read_gold, split_gold
from .names import IDS, LABELS, TEXTS, to_utf8
from .tables import Row, Table, open_table

LONGEST_TEXT = 1_000_000
"""Characters; a longer text is a bad document."""

_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what; without `label` there are no gold labels, without `id` documents are numbered."""

    text: str
    label: str | None = None
    id: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """The columns as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    Attributes:
        number: its row in the file, from 0.
        id: what the file calls it, or its row as people count, from 1; a line of names is not counted.
        text: the text; where it is broken, what can be shown of it.
        gold: its label in the file, or None; several are parted by ` | `.
        error: why it cannot be read, or None.
    """

    number: int
    id: str
    text: str
    gold: str | None = None
    error: str | None = None


def read_documents(path: str | Path, columns: Columns | None = None) -> Iterator[Document]:
    """The documents of a file, one after the other; what is wrong with one is its `error`.

    Args:
        path: CSV, TSV, JSON Lines, Parquet, or lines of `__label__x text` (.txt), by the name's ending. Several gold
            labels of a text are parted by | or ;, stand in a list, or are several `__label__x`.
        columns: by default `guess_columns`.

    Raises:
        AttributionError: no such file, no such column, or a file that is none of these.
    """
    chosen = columns or guess_columns(path)
    table = open_table(path)
    check_columns(chosen, table.names)
    for number, row in enumerate(table.rows()):
        yield _to_document(number, row, chosen)


@dataclass(frozen=True, slots=True)
class Remaining:
    """The documents of a file without those that are done; other processes may iterate it as well."""

    path: Path
    columns: Columns
    done: Container[int]

    def __iter__(self) -> Iterator[Document]:
        return (document for document in read_documents(self.path, self.columns) if document.number not in self.done)


def count_documents(path: str | Path) -> int:
    """How many documents a file holds, bad ones included; errors are those of `read_documents`."""
    return open_table(path).count()


def preview(path: str | Path, rows: int = 5) -> list[dict[str, str | None]]:
    """The first rows of a file that can be read, column -> cell; errors are those of `read_documents`."""
    table = open_table(path)
    return [{name: _show(cells.get(name)) for name in table.names} for cells in _read_first(table)[:rows]]


def guess_columns(path: str | Path) -> Columns:
    """The columns by their names, or else by what is in them: the longest cells are texts, the few values labels.

    Raises:
        AttributionError: nothing in the file looks like a text.
    """
    table = open_table(path)
    rows = _read_first(table)
    text = _find_named(table.names, TEXTS) or _find_longest(table.names, rows)
    if text is None:
        raise AttributionError(f"{Path(path).name} holds no column with a text. It has: {_list(table.names)}.")
    rest = [name for name in table.names if name != text]
    label = _find_named(rest, LABELS) or _find_repeated(rest, rows)
    return Columns(text, label, _find_named([name for name in rest if name != label], IDS))


def leave_out_unknown_gold(path: str | Path, columns: Columns, labels: Sequence[str], *, multi_label: bool) -> Columns:
    """The columns, without that of the gold labels where none of its first ones is a label of the model."""
    golds = {document.gold for document in islice(read_documents(path, columns), _LOOKED_AT)}
    found = {name for gold in golds for name in split_gold(gold, labels, multi_label=multi_label)}
    return columns if not found or found.intersection(labels) else replace(columns, label=None)


def check_columns(columns: Columns, names: Sequence[str]) -> None:
    """Check that a file has the columns.

    Raises:
        AttributionError: it has not.
    """
    for name in filter(None, (columns.text, columns.label, columns.id)):
        if name not in names:
            raise AttributionError(f"The file has no column {shorten(name)!r}. Its columns are: {_list(names)}.")


def _read_first(table: Table) -> list[Mapping[str, str | None]]:
    return [row.cells for row in islice(table.rows(), _LOOKED_AT) if not row.error]


def _to_document(number: int, row: Row, columns: Columns) -> Document:
    text = row.cells.get(columns.text) or ""
    name = row.cells.get(columns.id) if columns.id else None
    gold = read_gold(row.cells.get(columns.label) or "") if columns.label else ""
    error = row.error or _find_fault(text, gold)
    return Document(
        number, _show(name) or name_row(number), _show(text[:LONGEST_TEXT]) or "", _show(gold) or None, error
    )


def name_row(number: int) -> str:
    """What a document is called that has no name in the file."""
    return f"row {number + 1}"


def _find_fault(text: str, gold: str) -> str | None:
    if not text.strip():
        return "The text is empty."
    if len(text) > LONGEST_TEXT:
        return f"The text has {len(text):,} characters, and at most {LONGEST_TEXT:,} are read."
    for name, value in (("text", text), ("label", gold)):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            code = ord(value[error.start])
            what = f"byte {code - 0xDC00:#04x}" if 0xDC80 <= code <= 0xDCFF else "half a character"
            return f"The {name} is not UTF-8: {what} at position {error.start}."
    return None


def _show(text: str | None) -> str | None:
    return None if text is None else to_utf8(text)


def _find_named(names: Sequence[str], known: Sequence[str]) -> str | None:
    lowered = {name.strip().lower(): name for name in reversed(names)}
    return next((lowered[name] for name in known if name in lowered), None)


def _find_longest(names: Sequence[str], rows: Sequence[Mapping[str, str | None]]) -> str | None:
    lengths = {name: sum(len(row.get(name) or "") for row in rows) for name in names}
    longest = max(lengths, key=lambda name: lengths[name], default=None)
    return longest if longest is not None and lengths[longest] else None


def _find_repeated(names: Sequence[str], rows: Sequence[Mapping[str, str | None]]) -> str | None:
    """The column of fewest values, where at least two rows in three repeat one."""
    values = {name: {row.get(name) for row in rows} - {None, ""} for name in names}
    few = [name for name in names if 2 <= len(values[name]) <= len(rows) // 3]
    return min(few, key=lambda name: len(values[name]), default=None)


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(shorten(name, 40) for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")
