"""Any file of documents as a table, by the ending of its name and by what is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...errors import AttributionError
from .format import Format
from .json_files import JsonTable
from .parquet import ParquetTable
from .rows import Table
from .separated import open_text_table
from .workbooks import ExcelTable


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


def _open_prose(path: Path, chosen: Format) -> Table:
    return open_text_table(path, chosen, prose=True)


_FORMATS: dict[str, Callable[[Path, Format], Table]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), open_text_table),
    ".txt": _open_prose,
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), JsonTable),
    ".parquet": ParquetTable,
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), ExcelTable),
}
ENDINGS: tuple[str, ...] = (*_FORMATS, ".gz")
"""The endings of the names of files that can be read."""
