"""Any file of documents as a table, by the ending of its name and by what is in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

from ...errors import AttributionError
from .format import Format
from .formats.isolated import IsolatedTable
from .formats.json_values import parse
from .formats.separated import open_text_table
from .formats.unpacking import PACKED, open_bytes
from .rows import Table

_LONGEST_LINE, _LOOKED_AT = 1_000_000, 10


def open_table(path: str | Path, chosen: Format | None = None) -> Table:
    """A file as a table, by the ending of its name and by what is in it.

    Args:
        path: of the file.
        chosen: how it is written; fields that are None are detected.

    Raises:
        AttributionError: no such file, or one that cannot be read as what its name says.
    """
    path, chosen = Path(path), chosen or Format()
    make = _FORMATS.get(_find_unpacked_ending(path))
    if make is None:
        raise AttributionError(
            f"{path.name} is not of a supported kind. Give one that ends in {', '.join(sorted(_FORMATS))}; all but "
            f"Parquet and Excel may be compressed as {' or '.join(PACKED)}."
        )
    try:
        _refuse_disguised(path)
        if make in (open_text_table, _open_prose) and chosen.separator is None and _holds_objects(path):
            make = _open_json
        return make(path, chosen)
    except OSError as error:
        raise AttributionError(f"{path} cannot be read: {error.strerror or error}.") from error


def _refuse_disguised(path: Path) -> None:
    """Refuse a file whose first bytes say that it is of a different kind than its name says."""
    with path.open("rb") as file:
        beginning = file.read(200)
    ending = path.suffix.lower()
    for mark, endings, said in _KINDS:
        if beginning.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(mark) and ending not in endings:
            raise AttributionError(f"{path.name} is no {ending or 'such'} file, but {said}.")


def _holds_objects(path: Path) -> bool:
    """Whether a file of text is one of JSON Lines: its first two lines are objects."""
    with open_bytes(path) as file:
        read = (file.readline(_LONGEST_LINE) for _ in range(_LOOKED_AT))
        lines = list(islice((line for line in read if line.strip()), 2))
    return bool(lines) and all(line.lstrip().startswith(b'{"') and isinstance(parse(line), dict) for line in lines)


def describe(table: Table) -> str:
    """How a file is written, in words: "semicolons, Windows-1252 (Western Europe), a header"."""
    return ", ".join(filter(None, (table.kind, table.format.describe())))


def find_ending(path: str | Path) -> str:
    """The ending of a file's name that tells what it is, with the dot, and with .gz or .zst behind it if it is packed.

    It is empty if files of that name cannot be read.
    """
    name = Path(path).name
    packed = next((name[-len(end) :] for end in PACKED if name.lower().endswith(end)), "")
    ending = Path(name.removesuffix(packed)).suffix
    return ending + packed if ending.lower() in _FORMATS else ""


def name_kind(path: str | Path) -> str:
    """What kind of file it is by its name: CSV, text, JSON, Parquet, Excel, or other."""
    return _NAMES.get(_find_unpacked_ending(path), "other")


def _find_unpacked_ending(path: str | Path) -> str:
    ending = find_ending(path).lower()
    return next((ending.removesuffix(end) for end in PACKED if ending.endswith(end)), ending)


def _open_prose(path: Path, chosen: Format) -> Table:
    return open_text_table(path, chosen, prose=True)


_open_json = partial(IsolatedTable, "json")
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".ods", ".xls")
_KINDS: tuple[tuple[bytes, tuple[str, ...], str], ...] = (
    (b"pk\x03\x04", _WORKBOOKS, "a zip archive or an Excel file: name it .xlsx if it is one, or unpack it"),
    (b"\xd0\xcf\x11\xe0", _WORKBOOKS, "an old Office file: name it .xls if it is one of Excel"),
    (b"\x1f\x8b", (".gz",), "packed: let its name end in .gz"),
    (b"\x28\xb5\x2f\xfd", (".zst",), "packed: let its name end in .zst"),
    (b"par1", (".parquet",), "Parquet: let its name end in .parquet"),
    (b"sqlite format 3\0", (), "an SQLite database: save a table of it as CSV"),
    (b"%pdf-", (), "a PDF: save its text"),
    (b"version https://git-lfs", (), "a pointer of Git LFS: fetch the file itself with git lfs pull"),
    (b"<!doctype html", (), "a web page: download the file itself"),
    (b"<html", (), "a web page: download the file itself"),
)
"""First bytes of a file, in small letters, the endings that it may have, and what it is."""

_FORMATS: dict[str, Callable[[Path, Format], Table]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), open_text_table),
    ".txt": _open_prose,
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), _open_json),
    ".parquet": partial(IsolatedTable, "parquet"),
    **dict.fromkeys(_WORKBOOKS, partial(IsolatedTable, "excel")),
}
JSON = "JSON"
_NAMES = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), "CSV"),
    ".txt": "text",
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), JSON),
    ".parquet": "Parquet",
    **dict.fromkeys(_WORKBOOKS, "Excel"),
}
ENDINGS: tuple[str, ...] = (*_FORMATS, *PACKED)
"""The endings of the names of files that can be read."""
