"""Several files as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import AttributionError
from ...wording import list_first, shorten
from .file_set import FileSet
from .files import JSON, name_kind, open_table
from .format import Format, name_used
from .rows import Row, Table

_NAMED = 5


def open_all(files: FileSet, chosen: Format | None = None) -> Table:
    """Some files as one table; arguments and errors are those of `open_table`."""
    return SeveralTables(files, chosen or Format()) if files.are_several else open_table(files.files[0], chosen)


class SeveralTables:
    """Files that are read one after the other: all as the first, but for the encoding, which is found for each.

    Attributes:
        encodings: how many of the files that were read are in each, in words; empty if it was chosen.
    """

    def __init__(self, files: FileSet, chosen: Format) -> None:
        self._files = files
        self._first: Table | None = open_table(files.files[0], chosen)
        self.format = replace(self._first.format, encoding=chosen.encoding)
        self._finds_encodings = chosen.encoding is None and self._first.format.encoding is not None
        self.encodings: Counter[str] = Counter()
        count = "1 file" if len(files.files) == 1 else f"{len(files.files):,} files"
        self.kind = count + (f" of {self._first.kind}" if self._first.kind else "")
        if self._finds_encodings:
            self.kind += ", each in the encoding that is found in it"
        self._expected = list(self._first.names)
        self.names: Sequence[str] = list(dict.fromkeys([*self._expected, *files.read_partition(files.files[0])]))

    def rows(self) -> Iterator[Row]:
        """All rows of all files.

        Raises:
            AttributionError: a file cannot be read, or has other columns than the first.
        """
        for file in self._files.files:
            name = self._files.name_file(file)
            table, self._first = self._first or self._open(file), None
            cells = self._files.read_partition(file)
            if self._finds_encodings:
                self.encodings[name_used(table.format.encoding)] += 1
            for place, row in enumerate(table.rows()):
                yield replace(row, cells={**row.cells, **cells}, file=name, place=place)

    def _open(self, file: Path) -> Table:
        table, first = open_table(file, self.format), self._files.files[0]
        lacking = [name for name in self._expected if name not in table.names]
        more = [name for name in table.names if name not in self._expected]
        if (lacking or more) and name_kind(file) != JSON:
            said = [f"lacks {_list(lacking)}" if lacking else "", f"has {_list(more)} besides" if more else ""]
            raise AttributionError(
                f"{self._files.name_file(file)} has other columns than {self._files.name_file(first)}: it "
                f"{' and '.join(filter(None, said))}. Files that are read together have the same columns."
            )
        return table


def _list(names: Sequence[str]) -> str:
    return list_first([repr(shorten(name, 40)) for name in names], _NAMED)
