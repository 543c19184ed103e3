"""Delimited tables, plain lines of text, and lines with `__label__x`, read as a stream of rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ....errors import AttributionError
from ....texts.spreadsheet import to_original
from ..format import SEPARATORS, Format
from ..header import LABEL_MARK, name_columns
from ..rows import MOST_COLUMNS, Row, Table, check_width, take_first
from .dialect import Sample, find_dialect, find_title, read_separator_line
from .encoding import find_encoding_of, open_text, read_lines
from .splitting import MOST_LINES, split_rows

_LOOKED_AT, _MOST_LOOKED_AT, _CHARACTERS_A_CELL = 1000, 2_000_000, 10
"""Lines, and characters, from which a file's format is detected; every cell counts as so many more."""

_OMITTED = 0.1
"""If a larger share of rows lacks cells at the end, that is how the file is written, and not an error of a row."""

_EXPORT = ("number", "id", "sha256", "text")
"""The first columns of the documents of a run as Whylight exports them, where no text may look like a formula."""

_MOSTLY = 0.5
_END_OF_FILE = "\x1a"
"""What DOS wrote after the last line."""

_LABELS = re.compile(rf"(?:{LABEL_MARK}\S*+(?:\s++|$))+")
_TAG = re.compile(r"O|[BIESLU]-\S+")
_TAGGED, _FEW = 0.8, 5


class SeparatedTable:
    """Cells separated by a character, quoted as spreadsheets do or not at all; or whole lines."""

    kind = ""

    def __init__(self, path: Path, chosen: Format, *, prose: bool = False) -> None:
        """`prose`: whether the file may also hold plain texts, one per line."""
        self._path = path
        encoding = chosen.encoding or find_encoding_of(path)
        self.format = replace(chosen, encoding=encoding)
        lines, most = self._sample()
        told = read_separator_line(lines[0]) if lines else None
        above = int(told is not None)
        if told is not None and chosen.separator is None:
            self.format = replace(self.format, separator=told)
        title = find_title(lines[above:], self.format, prose=prose) if chosen.skip is None else chosen.skip
        self._skip = above + title
        sample = Sample(lines[self._skip :], most)
        self._dialect = dialect = find_dialect(sample, self.format, prose=prose)
        self.format = Format(encoding, dialect.separator, dialect.quote, dialect.header, title or chosen.skip)
        rows = [row.cells for row in split_rows(sample.lines, dialect, most)]
        first, *others = rows or [[]]
        check_width(path.name, len(first))
        self._header = first if dialect.header else None
        self.names: Sequence[str] = name_columns(self._find_names(first, others))
        omitting = sum(1 < len(row) < len(self.names) for row in others)
        self._omits = len(self.names) > 2 and omitting > _OMITTED * len(rows)

    def rows(self) -> Iterator[Row]:
        """All rows; empty lines are skipped."""
        rows = split_rows(islice(self._lines(), self._skip, None), self._dialect)
        if self.format.header:
            next(rows, None)
        is_export = tuple(self.names[: len(_EXPORT)]) == _EXPORT
        for row in rows:
            cells = map(to_original, row.cells) if is_export else row.cells
            yield Row(
                dict(zip(self.names, cells, strict=False)),
                self._find_fault(row.cells),
                row.lines,
                row.line + self._skip,
            )

    def _find_names(self, first: Sequence[str], others: Sequence[Sequence[str]]) -> list[str]:
        """The names of columns; rows may have one cell more, as R writes no name above its column of row names."""
        names = list(first) if self._header is not None else [""] * len(first)
        longer = [row for row in others if len(row) == len(first) + 1]
        if self._header is None or 2 * len(longer) <= len(others):
            return names
        if not any(row[-1] for row in longer):
            return [*names, ""]  # a separator after the last cell
        ids = [row[0] for row in longer]
        is_numbered = ids[:2] in (["1", "2"], ["0", "1"], ["1"])
        is_named = len(ids) > 2 and len({*ids}) == len(ids) and not any(" " in one or not one for one in ids)
        return ["", *names] if is_numbered or is_named else names

    def _find_fault(self, cells: Sequence[str]) -> str | None:
        width = len(self.names)
        if any(cells[width:]):
            return f"The row has {len(cells)} cells, but the first row has {width}. Put quotes around its text."
        if len(cells) < width and not (self._omits and len(cells) > 1):
            return f"The row has {len(cells)} cells, but the first row has {width}. Maybe its text holds a line break."
        if cells == self._header:
            return "The row repeats the header."
        return None

    def _sample(self) -> tuple[list[str], int]:
        """The first lines, and in how many of them rows may begin: the rest is for cells that continue."""
        lines, size, most = list[str](), 0, 0
        for line in islice(self._lines(), _LOOKED_AT + MOST_LINES):
            lines.append(line[:_MOST_LOOKED_AT])
            cells = min(max(map(line.count, SEPARATORS)), MOST_COLUMNS)
            size += len(line) + _CHARACTERS_A_CELL * cells
            most += size <= _MOST_LOOKED_AT
            if size > 2 * _MOST_LOOKED_AT:
                break
        return lines, min(max(most, 1), _LOOKED_AT)

    def _lines(self) -> Iterator[str]:
        with open_text(self._path, self.format.encoding or "utf-8") as file:
            for line in read_lines(file):
                line = line.removeprefix("\ufeff")  # concatenated files have byte order marks inside
                if line != _END_OF_FILE:
                    yield line


class LabelledTable:
    """A table with `__label__x __label__y text` in a column, as fastText and Flair's `ClassificationCorpus` have it."""

    def __init__(self, inner: Table, column: str, *, behind: bool) -> None:
        """`behind`: whether the labels come after the texts."""
        self._inner, self._column = inner, column
        self._take = _take_behind if behind else _take_before
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
            labels, cells[self._text] = self._take(text)
            cells[self.names[-1]] = labels or "[]"  # a line without labels says that none applies
            yield replace(row, cells=cells)


def _take_before(text: str) -> tuple[str, str]:
    """The `__label__x` before a text, and the text without them."""
    found = _LABELS.match(text)
    return (found[0].strip(), text[found.end() :]) if found else ("", text)


def _take_behind(text: str) -> tuple[str, str]:
    """The `__label__x` after a text, and the text without them."""
    labels, text = list[str](), text.rstrip()
    while (last := text.rpartition(" ")[2]).startswith(LABEL_MARK):
        labels.insert(0, last)
        text = text.removesuffix(last).rstrip()
    return " ".join(labels), text


def open_text_table(path: Path, chosen: Format, *, prose: bool = False) -> Table:
    """A file of text as a table; `prose`: whether it may also hold plain texts, one per line.

    Raises:
        AttributionError: it holds one word and its tag per line.
    """
    table: Table = SeparatedTable(path, chosen, prose=prose)
    rows = [row.cells for row in take_first(table.rows())]
    _refuse_tagged(path, rows)
    if chosen.separator is None and rows and table.format.separator:
        first = [row.get(table.names[0]) or "" for row in rows]
        if _starts_with_labels(first) and not all(_LABELS.fullmatch(cell.strip()) for cell in first):
            # The separator belongs to the texts: label and text are separated by a blank.
            table = SeparatedTable(path, replace(chosen, separator=""), prose=prose)
            rows = [row.cells for row in take_first(table.rows())]
    for name in table.names:
        cells = [(row.get(name) or "").strip() for row in rows]
        if all(_LABELS.fullmatch(cell) for cell in cells if cell):
            continue  # a column of nothing but labels
        for behind, is_labelled in ((False, _starts_with_labels), (True, _ends_with_labels)):
            if is_labelled(cells):
                return LabelledTable(table, name, behind=behind)
    return table


def _refuse_tagged(path: Path, rows: Sequence[Mapping[str, str | None]]) -> None:
    """Refuse files with one word per line, which are for training taggers: each word would become a document."""
    last = [" ".join(filter(None, row.values())).split() for row in rows]
    tagged = sum(len(cells) > 1 and bool(_TAG.fullmatch(cells[-1])) for cells in last)
    if len(last) > _FEW and tagged > _TAGGED * len(last) and any(cells[-1:] != ["O"] for cells in last):
        raise AttributionError(
            f"{path.name} holds one word and its tag per line, as CoNLL files and Flair's ColumnCorpus do. Those are "
            "for taggers; give a file with one text per row."
        )


def _starts_with_labels(cells: Sequence[str]) -> bool:
    return sum(cell.lstrip().startswith(LABEL_MARK) for cell in cells) >= max(1, _MOSTLY * len(cells))


def _ends_with_labels(cells: Sequence[str]) -> bool:
    return _starts_with_labels([cell.rpartition(" ")[2] for cell in cells])
