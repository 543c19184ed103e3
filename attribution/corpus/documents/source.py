"""The documents of a file: one text each, with its gold labels if the file has them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace

from .beginning import Beginning, look_at
from .column_guess import Columns, check_columns, find_columns, suit_model
from .file_set import FileSet, Where
from .format import Format, name_used
from .gold import GoldReader
from .header import to_utf8
from .rows import Row, name_row
from .several import open_all

LONGEST_TEXT = 1_000_000
"""Characters; a document with a longer text is not explained."""

NOTHING = "\\N"
"""How databases write a missing text."""

LONGEST_CARRIED, MOST_CARRIED = 1000, 100
"""Characters of a cell, and columns, that are carried along: what tells documents apart is short, and texts are not."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    Attributes:
        number: its row in the file, from 0.
        id: its name in the file, or else its row, counted from 1 without the header.
        text: the text; if it is invalid, as much of it as can be shown.
        gold: its labels in the file; empty if the file says that none applies, None if it says nothing.
        error: why it cannot be read, or None.
        line: the line of the file in which it begins, from 1; 0 in a file without lines.
        file: the name of its file, where there are several; else empty.
        columns: what other columns say, each name with its cell.
    """

    number: int
    id: str
    text: str
    gold: tuple[str, ...] | None = None
    error: str | None = None
    line: int = 0
    file: str = ""
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file of documents, or several, and how they are read; other processes may iterate it as well.

    Attributes:
        files: the file, or several that are read as one.
        columns: which column holds what.
        format: how it is written.
        gold: what the gold columns mean.
        gold_is_guessed: whether nobody chose the gold columns, so that others may suit a model better: `choose_gold`.
        done: numbers of documents that are left out.
        beginning: its first rows.
    """

    files: FileSet
    columns: Columns
    format: Format = field(default_factory=Format)
    gold: GoldReader = field(default_factory=GoldReader)
    gold_is_guessed: bool = False
    done: Container[int] = ()
    beginning: Beginning = field(kw_only=True, repr=False, compare=False)

    def __iter__(self) -> Iterator[Document]:
        carried = self.carried
        for number, row in enumerate(open_all(self.files, self.format).rows()):
            if number not in self.done:
                yield self._to_document(number, row, carried)

    @property
    def carried(self) -> tuple[str, ...]:
        """The other columns, which are carried along into a run."""
        used = {self.columns.text, *self.columns.labels, self.columns.id}
        return tuple(name for name in self.beginning.names if name not in used)[:MOST_CARRIED]

    def without(self, done: Container[int]) -> Source:
        """The same source without some documents."""
        return replace(self, done=done)

    def first(self) -> Iterator[Document]:
        """The documents at the file's beginning, without reading it again."""
        carried = self.carried
        return (self._to_document(number, row, carried) for number, row in enumerate(self.beginning.rows))

    def _to_document(self, number: int, row: Row, carried: Sequence[str]) -> Document:
        text = self._take_text(row)
        name = row.cells.get(self.columns.id) if self.columns.id else None
        cells = {column: row.cells.get(column) for column in self.columns.labels}
        gold = None if row.error else self.gold.read(cells)
        error = self.find_fault(row)
        shown = None if gold is None else tuple(map(to_utf8, gold))
        name = to_utf8(name or "") or (row.name(number) if row.file else name_row(number))
        beside = tuple((column, to_utf8(cell)) for column in carried if (cell := _take_carried(row, column)))
        return Document(number, name, to_utf8(text[:LONGEST_TEXT]), shown, error, row.line, to_utf8(row.file), beside)

    def find_fault(self, row: Row) -> str | None:
        """Why a row cannot be used as a document, or None."""
        golds = " ".join(filter(None, map(row.cells.get, self.columns.labels)))
        encoding = name_used(self.format.encoding)
        if self.files.are_several and self.format.encoding is None:
            encoding = "the encoding of its file"
        return row.error or _find_fault(self._take_text(row), golds, encoding)

    def _take_text(self, row: Row) -> str:
        text = row.cells.get(self.columns.text) or ""
        return "" if text == NOTHING else text


def open_source(
    file: Where | Beginning,
    columns: Columns | None = None,
    format: Format | None = None,  # noqa: A002
    *,
    gold_is_guessed: bool = False,
) -> Source:
    """Open a file of documents; its columns and its format are detected if they are not given.

    Args:
        file: CSV, TSV, JSON, JSON Lines, Parquet, Excel, or one text per line, with or without `__label__x` (.txt), all
            but Parquet and Excel also as .gz and .zst. Several of a kind, a folder of them, or a pattern such as
            `news/*.csv` are read as one. Or the beginning of one, which is then not opened again.
        columns: by default those that `guess_columns` finds.
        format: how the file is written; what is None there is found.
        gold_is_guessed: whether nobody chose the gold columns among `columns`; without `columns`, nobody did.

    Raises:
        AttributionError: no such file, no such column, or a file that is none of these.
    """
    found = file if isinstance(file, Beginning) else look_at(file, format)
    chosen = columns or find_columns(found.names, found.cells, found.files.name)
    check_columns(chosen, found.names)
    is_guessed = gold_is_guessed or columns is None
    return Source(found.files, chosen, found.format, gold_is_guessed=is_guessed, beginning=found)


def read_documents(
    file: Where,
    columns: Columns | None = None,
    format: Format | None = None,  # noqa: A002
) -> Iterator[Document]:
    """The documents of a file, one after the other; the `error` of a document says why it cannot be read.

    Gold labels are as written in the file, with lists split. Arguments and errors are those of `open_source`.
    """
    return iter(open_source(file, columns, format))


def choose_gold(source: Source, labels: Sequence[str], *, multi_label: bool) -> Source:
    """The source with the gold columns that suit a model, for when nobody chose them: see `suit_model`."""
    found = source.beginning
    columns = suit_model(source.columns, found.names, found.cells, labels, multi_label=multi_label)
    return replace(source, columns=columns)


def preview(
    file: Where,
    rows: int = 5,
    format: Format | None = None,  # noqa: A002
) -> list[dict[str, str | None]]:
    """The first rows of a file that can be read, column -> cell; errors are those of `read_documents`."""
    found = look_at(file, format)
    return [
        {name: None if (cell := cells.get(name)) is None else to_utf8(cell) for name in found.names}
        for cells in found.cells[:rows]
    ]


def describe_format(file: Where, format: Format | None = None) -> str:  # noqa: A002
    """How a file is written, in words: "semicolons, Windows-1252 (Western Europe), a header"."""
    return look_at(file, format).read_as


def guess_columns(file: Where, format: Format | None = None) -> Columns:  # noqa: A002
    """Guess the columns by name or else by content: the longest cells are texts, the fewest values are labels.

    Raises:
        AttributionError: nothing in the file looks like a text.
    """
    return open_source(file, format=format).columns


def _take_carried(row: Row, column: str) -> str | None:
    cell = row.cells.get(column)
    return cell if cell and len(cell) <= LONGEST_CARRIED else None


def _find_fault(text: str, gold: str, encoding: str) -> str | None:
    if not text.strip():
        return "The text is empty."
    if len(text) > LONGEST_TEXT:
        return f"The text has {len(text):,} characters, and at most {LONGEST_TEXT:,} are read."
    for name, value in (("text", text), ("label", gold)):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            code, at = ord(value[error.start]), f"at position {error.start}"
            if not 0xDC80 <= code <= 0xDCFF:
                return f"The {name} holds an unpaired surrogate, half a character, {at}."
            return f"The {name} cannot be read as {encoding}: byte {code - 0xDC00:#04x} {at} is invalid."
    return None
