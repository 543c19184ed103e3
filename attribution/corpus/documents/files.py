"""Files as rows of named cells, read as a stream: one broken row is one broken row."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from ...errors import AttributionError, shorten
from .dialect import find_dialect, has_header, read_separator_line, split_rows
from .encoding import find_encoding_of, open_text
from .format import Format
from .header import LABEL_MARK, name_columns
from .json_values import find_shape, read_values

_LONGEST_LINE = 16_000_000
_BATCH_ROWS = 256
_LOOKED_AT = 1000
_MOSTLY = 0.5
_TAG = re.compile(r"O|[BIESLU]-\S+")
_TAGGED, _FEW = 0.8, 5
_LABELS = re.compile(rf"(?:{LABEL_MARK}\S*\s*)+")
_MOST_CELLS = 20_000_000
"""Cells of an Excel sheet: it is held in memory whole, in a hundred bytes a cell or so. Excel's own limit is higher."""

_MOST_SHEET_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Row:
    """One row: column -> cell, None where there is none; or why it cannot be read."""

    cells: Mapping[str, str | None] = field(default_factory=dict)
    error: str | None = None
    lines: int = 1


class Table(Protocol):
    """A file of rows.

    Attributes:
        names: of its columns.
        format: how it is written, as far as that is a question.
        kind: what it is, in a word or two; empty where the format says it.
    """

    @property
    def names(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def format(self) -> Format: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102

    def rows(self) -> Iterator[Row]:
        """All rows from the first on."""
        ...


def open_table(path: str | Path, chosen: Format | None = None) -> Table:
    """A file as a table, by the ending of its name and by what is in it.

    Args:
        path: of the file.
        chosen: how it is written; what is None there is found.

    Raises:
        AttributionError: no such file, or one that cannot be read as what its name says.
    """
    path, chosen = Path(path), chosen or Format()
    make = _FORMATS.get(find_ending(path).lower().removesuffix(".gz"))
    if make is None:
        raise AttributionError(
            f"{path.name} is of a kind that is not read here. Give one that ends in {', '.join(sorted(_FORMATS))}; all "
            "but Parquet and Excel may be packed as .gz."
        )
    try:
        return make(path, chosen)
    except OSError as error:
        raise AttributionError(f"{path} cannot be read: {error.strerror or error}.") from error


def describe(table: Table) -> str:
    """How a file is written, in words: "semicolons, Windows-1252 (Western Europe), a header"."""
    return ", ".join(filter(None, (table.kind, table.format.describe())))


def find_ending(path: str | Path) -> str:
    """The ending of a file's name that tells what it is, with the dot, and with .gz behind it where it is packed.

    It is empty where the name tells of nothing that can be read.
    """
    name = Path(path).name
    packed = name[-3:] if name.lower().endswith(".gz") else ""
    ending = Path(name.removesuffix(packed)).suffix
    return ending + packed if ending.lower() in _FORMATS else ""


class SeparatedTable:
    """Cells parted by a character, quoted as spreadsheets do or not at all; or whole lines."""

    kind = ""

    def __init__(self, path: Path, chosen: Format, *, prose: bool = False) -> None:
        """`prose`: the file may as well hold plain texts, a line each."""
        self._path = path
        encoding = chosen.encoding or find_encoding_of(path)
        self.format = replace(chosen, encoding=encoding)
        lines = list(islice(self._lines(), _LOOKED_AT))
        told = read_separator_line(lines[0]) if lines else None
        self._skip = told is not None
        if told is not None and chosen.separator is None:
            self.format = replace(self.format, separator=told)
        self._dialect = dialect = find_dialect(lines[self._skip :], self.format, prose=prose)
        self.format = Format(encoding, dialect.separator, dialect.quote, dialect.header)
        first = next(self._split(), None)
        self._width = len(first.cells) if first else 0
        cells = first.cells if first and self.format.header else [""] * self._width
        self.names: Sequence[str] = name_columns(cells)

    def rows(self) -> Iterator[Row]:
        """All rows; lines that hold nothing are none."""
        rows = self._split()
        if self.format.header:
            next(rows, None)
        for row in rows:
            named = dict(zip(self.names, row.cells, strict=False))
            error = None
            if any(row.cells[self._width :]):
                error = (
                    f"The row has {len(row.cells)} cells, and the first row {self._width}. Put quotes around its text."
                )
            yield Row(named, error, row.lines)

    def _split(self) -> Iterator[Any]:
        lines = self._lines()
        if self._skip:
            next(lines, None)
        return split_rows(lines, self._dialect)

    def _lines(self) -> Iterator[str]:
        with open_text(self._path, self.format.encoding or "utf-8") as file:
            while line := file.readline(_LONGEST_LINE):
                yield line


class LabelledTable:
    """A table with `__label__x __label__y text` in a column, as fastText and Flair's `ClassificationCorpus` have it."""

    def __init__(self, inner: Table, column: str) -> None:
        self._inner, self._column = inner, column
        self.kind = "label lines"
        self.format = replace(inner.format, separator=None, quote=None) if len(inner.names) == 1 else inner.format
        if len(inner.names) == 1 and not inner.format.header:
            self.format = replace(self.format, header=None)
        self._text = "text" if len(inner.names) == 1 else column
        rest = [name for name in inner.names if name != column]
        self.names: Sequence[str] = name_columns([self._text, *rest, "label"])
        self._rest = dict(zip(self.names[1:-1], rest, strict=True))

    def rows(self) -> Iterator[Row]:
        """All rows."""
        for row in self._inner.rows():
            cells: dict[str, str | None] = {name: row.cells.get(inner) for name, inner in self._rest.items()}
            text = (row.cells.get(self._column) or "").strip()
            found = _LABELS.match(text)
            cells[self._text] = text[found.end() :] if found else text
            cells[self.names[-1]] = found[0].strip() if found else "[]"  # a line without label says that none holds
            yield Row(cells, row.error, row.lines)


def _open_text_table(path: Path, chosen: Format, *, prose: bool = False) -> Table:
    table: Table = SeparatedTable(path, chosen, prose=prose)
    rows = [row.cells for row in islice(table.rows(), _LOOKED_AT)]
    _refuse_tagged(path, rows)
    if chosen.separator is None and rows and table.format.separator:
        first = [row.get(table.names[0]) or "" for row in rows]
        if _starts_with_labels(first) and not all(_LABELS.fullmatch(cell.strip()) for cell in first):
            # The separator was one of the text: what parts label and text is a blank.
            table = SeparatedTable(path, replace(chosen, separator=""), prose=prose)
            rows = [row.cells for row in islice(table.rows(), _LOOKED_AT)]
    for name in table.names:
        cells = [row.get(name) or "" for row in rows]
        if _starts_with_labels(cells) and not all(_LABELS.fullmatch(cell.strip()) for cell in cells if cell):
            return LabelledTable(table, name)
    return table


def _refuse_tagged(path: Path, rows: Sequence[Mapping[str, str | None]]) -> None:
    """Refuse a word a line, as taggers learn from: read as texts, each would be a document of one word."""
    last = [" ".join(filter(None, row.values())).split() for row in rows]
    tagged = sum(len(cells) > 1 and bool(_TAG.fullmatch(cells[-1])) for cells in last)
    if len(last) > _FEW and tagged > _TAGGED * len(last) and any(cells[-1:] != ["O"] for cells in last):
        raise AttributionError(
            f"{path.name} holds a word a line with its tag, as CoNLL files and Flair's ColumnCorpus do. Those are for "
            "taggers; give a file with a text a row."
        )


def _starts_with_labels(cells: Sequence[str]) -> bool:
    return sum(cell.lstrip().startswith(LABEL_MARK) for cell in cells) >= max(1, _MOSTLY * len(cells))


class JsonTable:
    """Objects in JSON: one a line, or all in an array, or as the columns of a table."""

    def __init__(self, path: Path, chosen: Format) -> None:
        self._path = path
        self.format = Format(chosen.encoding or find_encoding_of(path))
        self._shape = find_shape(path, self.format.encoding or "utf-8")
        self.kind = self._shape.kind
        keys: dict[str, None] = {}
        for row in islice(self._read(), _LOOKED_AT):
            keys.update(dict.fromkeys(row.cells))
        if not keys:
            raise AttributionError(
                f"{path.name} holds no JSON that is read here: expected an object in braces on every line, or an array "
                "of such objects."
            )
        self.names: Sequence[str] = name_columns(list(keys))
        self._keys = dict(zip(self.names, keys, strict=True))

    def rows(self) -> Iterator[Row]:
        """All rows; lines that hold nothing are none."""
        for row in self._read():
            yield Row({name: row.cells.get(key) for name, key in self._keys.items()}, row.error, row.lines)

    def _read(self) -> Iterator[Row]:
        for value in read_values(self._path, self.format.encoding or "utf-8", self._shape):
            if value.error:
                yield Row(error=value.error)
            else:
                yield Row({name: to_cell(one) for name, one in value.fields.items()})


class ParquetTable:
    """Parquet; a part of a row group at a time."""

    kind = "Parquet"

    def __init__(self, path: Path, _: Format) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._path, self.format = path, Format()
        try:
            with pq.ParquetFile(path) as file:
                self.names: Sequence[str] = name_columns(file.schema_arrow.names)
                self._classes = _read_class_names(file.schema_arrow)
        except pa.ArrowException as error:
            raise AttributionError(f"{path.name} is no Parquet file that can be read.") from error

    def rows(self) -> Iterator[Row]:
        """All rows; cells that are no text are written as one."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                columns = [
                    _to_texts(column, self._classes.get(name))
                    for name, column in zip(file.schema_arrow.names, batch.columns, strict=True)
                ]
                for cells in zip(*columns, strict=True):
                    yield Row(dict(zip(self.names, cells, strict=True)))


def _read_class_names(schema: Any) -> dict[str, Sequence[str]]:
    """Column -> the names of its classes, as Hugging Face's `datasets` writes them beside the numbers."""
    try:
        said = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError, RecursionError):
        return {}
    found: dict[str, Sequence[str]] = {}
    for name, feature in said.items() if isinstance(said, dict) else []:
        while isinstance(feature, (list, dict)) and (isinstance(feature, list) or "feature" in feature):
            feature = feature[0] if isinstance(feature, list) and feature else dict(feature).get("feature")
        if (
            isinstance(feature, dict)
            and feature.get("_type") == "ClassLabel"
            and isinstance(feature.get("names"), list)
        ):
            found[str(name)] = [str(one) for one in feature["names"]]
    return found


class ExcelTable:
    """The first sheet of a workbook that holds anything."""

    def __init__(self, path: Path, chosen: Format) -> None:
        import python_calamine

        _check_workbook(path)
        try:
            with python_calamine.load_workbook(path) as book:
                sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
                filled = [name for name, sheet in sheets.items() if sheet.height and sheet.width]
                if not filled:
                    raise AttributionError(f"{path.name} holds no sheet with anything in it.")
                sheet = sheets[filled[0]]
                if sheet.height * sheet.width > _MOST_CELLS:
                    raise AttributionError(
                        f"The sheet {shorten(filled[0])!r} has {sheet.height:,} rows, which is too large to be "
                        "read whole. Save it as CSV."
                    )
                self._rows = [[to_cell(cell) or "" for cell in row] for row in sheet.to_python(skip_empty_area=True)]
        except (python_calamine.CalamineError, ValueError) as error:
            raise AttributionError(f"{path.name} is no Excel file that can be read: {shorten(str(error))}.") from error
        self.kind = f"Excel, sheet {shorten(filled[0], 40)!r}"
        if len(filled) > 1:
            self.kind += f" of {len(filled)} (the others are not read)"
        lines = [row for row in self._rows if any(row)]
        header = chosen.header if chosen.header is not None else has_header(lines[:_LOOKED_AT])
        self.format = Format(header=header)
        self._rows = lines[1:] if header else lines
        self.names: Sequence[str] = name_columns(
            lines[0] if header and lines else [""] * len(lines[0] if lines else [])
        )

    def rows(self) -> Iterator[Row]:
        """All rows that hold anything."""
        return (Row(dict(zip(self.names, cells, strict=False))) for cells in self._rows)


def _check_workbook(path: Path) -> None:
    """Check that an .xlsx does not unpack to more than memory holds."""
    import zipfile

    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        if sum(one.file_size for one in archive.infolist()) > _MOST_SHEET_BYTES:
            raise AttributionError(f"{path.name} unpacks to more than {_MOST_SHEET_BYTES // 2**30} GB. Save it as CSV.")


def _make_prose(path: Path, chosen: Format) -> Table:
    return _open_text_table(path, chosen, prose=True)


_FORMATS: dict[str, Callable[[Path, Format], Table]] = {
    ".csv": _open_text_table,
    ".tsv": _open_text_table,
    ".tab": _open_text_table,
    ".txt": _make_prose,
    ".jsonl": JsonTable,
    ".ndjson": JsonTable,
    ".json": JsonTable,
    ".parquet": ParquetTable,
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), ExcelTable),
}
ENDINGS: tuple[str, ...] = (*_FORMATS, ".gz")
"""The endings of the names of files that can be read."""


def to_cell(value: Any) -> str | None:
    """A value as the text of a cell; a whole number that was stored as a fraction is written as whole."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, default=str) if not hasattr(value, "isoformat") else str(value)


def _to_texts(column: Any, classes: Sequence[str] | None = None) -> list[str | None]:
    """A column of Parquet; a text that is not UTF-8 has lone surrogates in place of its bytes."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    values = column.to_pylist()
    if classes is not None:
        values = [_name_classes(value, classes) for value in values]
    return [
        value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else to_cell(value) for value in values
    ]


def _name_classes(value: Any, classes: Sequence[str]) -> Any:
    """A number, or numbers in a list, as the names of their classes; -1 is how `datasets` writes that there is none."""
    if isinstance(value, list):
        return [_name_classes(one, classes) for one in value]
    if isinstance(value, int) and value == -1:
        return None
    return classes[value] if isinstance(value, int) and 0 <= value < len(classes) else value
