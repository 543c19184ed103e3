"""Files as rows of named cells, read as a stream: one broken row is one broken row."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TextIO

from ..errors import AttributionError, shorten
from .gold import join_golds
from .names import looks_like_names, name_columns

_LONGEST_CELL = 4_000_000
_LONGEST_LINE = 16_000_000
_BATCH_ROWS = 256
_LOOKED_AT = 200
_LABEL = re.compile(r"__label__(\S*)\s*")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: column -> cell, None where there is none; or why it cannot be read."""

    cells: Mapping[str, str | None] = field(default_factory=dict)
    error: str | None = None


class Table(Protocol):
    """A file of rows."""

    @property
    def names(self) -> Sequence[str]: ...  # noqa: D102

    def rows(self) -> Iterator[Row]:
        """All rows from the first on."""
        ...

    def count(self) -> int:
        """How many rows there are."""
        ...


def open_table(path: str | Path) -> Table:
    """A file as a table, by the ending of its name.

    Raises:
        AttributionError: no such file, or one that cannot be read as what its name says.
    """
    path = Path(path)
    make = _FORMATS.get(path.suffix.lower())
    if make is None:
        raise AttributionError(
            f"{path.name} is of a kind that is not read here. Give one that ends in {', '.join(sorted(_FORMATS))}."
        )
    try:
        return make(path)
    except OSError as error:
        raise AttributionError(f"{path} cannot be read: {error.strerror or error}.") from error


class SeparatedTable:
    """CSV and TSV, quoted as spreadsheets do: cells may hold separators, quotes and new lines."""

    def __init__(self, path: Path, separator: str | None = None) -> None:
        """`separator`: by default the one of comma, semicolon, tab and bar that the first line has most of."""
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
        self._path = path
        with _open_text(path, newline="") as file:
            first = file.readline(_LONGEST_CELL)
            self._separator = separator or max(",;\t|", key=first.count)
            file.seek(0)
            cells = self._first_cells(file)
        self._has_header = looks_like_names(cells)
        self.names = name_columns(cells if self._has_header else [""] * len(cells))

    def rows(self) -> Iterator[Row]:
        """All rows; lines that hold nothing are none."""
        with _open_text(self._path, newline="") as file:
            reader = csv.reader(file, delimiter=self._separator)
            skip = self._has_header
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Row(error=f"The row cannot be read: {error}.")
                    continue
                if not cells:
                    continue
                if skip:
                    skip = False
                    continue
                yield self._to_row(cells)

    def count(self) -> int:
        """How many rows there are."""
        return sum(1 for _ in self.rows())

    def _first_cells(self, file: TextIO) -> list[str]:
        try:
            return next((cells for cells in csv.reader(file, delimiter=self._separator) if cells), [])
        except csv.Error as error:
            raise AttributionError(f"{self._path.name} cannot be read: {error}.") from error

    def _to_row(self, cells: list[str]) -> Row:
        named = dict(zip(self.names, cells, strict=False))
        if any(cells[len(self.names) :]):
            return Row(
                named,
                f"The row has {len(cells)} cells, and the first row {len(self.names)}. Put quotes around its text.",
            )
        return Row(named)


class LinesTable:
    """JSON Lines: an object a line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        keys: dict[str, None] = {}
        with _open_text(path) as file:
            for line in islice(_read_lines(file), _LOOKED_AT):
                keys.update(dict.fromkeys(_parse(line).cells))
        if not keys:
            raise AttributionError(f"{path.name} holds no JSON Lines: expected an object in braces on every line.")
        self.names = name_columns(list(keys))
        self._keys = dict(zip(self.names, keys, strict=True))

    def rows(self) -> Iterator[Row]:
        """All rows; lines that hold nothing are none."""
        with _open_text(self._path) as file:
            for line in _read_lines(file):
                row = _parse(line)
                yield Row({name: row.cells.get(key) for name, key in self._keys.items()}, row.error)

    def count(self) -> int:
        """How many rows there are."""
        with _open_text(self._path) as file:
            return sum(1 for _ in _read_lines(file))


class LabelledTable:
    """Lines of `__label__x __label__y text`, as fastText and Flair's `ClassificationCorpus` have them."""

    names: Sequence[str] = ("text", "label")

    def __init__(self, path: Path) -> None:
        self._path = path
        path.open("rb").close()

    def rows(self) -> Iterator[Row]:
        """All rows; lines that hold nothing are none."""
        with _open_text(self._path) as file:
            for line in _read_lines(file):
                yield _split_labelled(line)

    def count(self) -> int:
        """How many rows there are."""
        with _open_text(self._path) as file:
            return sum(1 for _ in _read_lines(file))


class ParquetTable:
    """Parquet; a part of a row group at a time."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                self._count: int = file.metadata.num_rows
                self.names: Sequence[str] = name_columns(file.schema_arrow.names)
        except pa.ArrowException as error:
            raise AttributionError(f"{path.name} is no Parquet file that can be read.") from error

    def rows(self) -> Iterator[Row]:
        """All rows; cells that are no text are written as one."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                columns = [_to_texts(column) for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    yield Row(dict(zip(self.names, cells, strict=True)))

    def count(self) -> int:
        """How many rows there are."""
        return self._count


_FORMATS: dict[str, Callable[[Path], Table]] = {
    ".csv": SeparatedTable,
    ".tsv": lambda path: SeparatedTable(path, "\t"),
    ".tab": lambda path: SeparatedTable(path, "\t"),
    ".jsonl": LinesTable,
    ".ndjson": LinesTable,
    ".json": LinesTable,
    ".parquet": ParquetTable,
    ".txt": LabelledTable,
}
ENDINGS: tuple[str, ...] = tuple(_FORMATS)
"""The endings of the names of files that can be read."""


def _open_text(path: Path, newline: str | None = None) -> TextIO:
    """A file as text; bytes that are no UTF-8 come as lone surrogates, and spoil one row only."""
    with path.open("rb") as file:
        beginning = file.read(2)
    if beginning in (b"\xff\xfe", b"\xfe\xff"):
        return path.open(encoding="utf-16", errors="replace", newline=newline)
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline=newline)


def _read_lines(file: TextIO) -> Iterator[str]:
    """Lines that hold something; one that is too long comes in pieces, each of which is a row."""
    while line := file.readline(_LONGEST_LINE):
        if line.strip():
            yield line


def _parse(line: str) -> Row:
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Row(error=f"The line is not JSON: {shorten(str(error))}.")
    if not isinstance(found, dict):
        return Row(error="The line is no JSON object in braces.")
    return Row({name: _to_text(value) for name, value in found.items()})


def _to_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _to_texts(column: Any) -> list[str | None]:
    """A column of Parquet; a text that is not UTF-8 has lone surrogates in place of its bytes."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    return [
        value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else _to_text(value)
        for value in column.to_pylist()
    ]


def _split_labelled(line: str) -> Row:
    line, labels, start = line.strip(), [], 0
    while found := _LABEL.match(line, start):
        labels.append(found[1])
        start = found.end()
    return Row({"text": line[start:], "label": join_golds(labels) or None})
