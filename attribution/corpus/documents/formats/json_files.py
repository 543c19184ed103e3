"""JSON files: one object per line, objects one after the other or in an array, or the columns of a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal, TextIO

from ....errors import AttributionError
from ....wording import shorten
from ..format import Format
from ..header import TEXTS, find_named, is_known, name_columns
from ..rows import MOST_COLUMNS, Row, to_cell
from .encoding import find_encoding_of, open_text, read_lines
from .json_values import TOO_DEEP, parse, read_stream
from .limits import UNPACKED
from .unpacking import PACKED

_LONGEST = 16_000_000
"""Characters of one object; a longer one is not read."""

_LARGEST = 500_000_000
"""Characters of a file that is one object: it is held in memory as a whole, at some ten bytes per character."""

_LOOKED_AT, _LOOKED_THROUGH = 1000, 64_000_000
"""So many objects are searched for names of columns; in files of at most so many bytes, all objects are."""

_OF_A_FILE = {"description", "title", "id", "key", "topic", "category", "section"}
"""Names that may describe one document, or a whole file of documents."""

_DEEPEST = 100
_REFUSED = ("reject", "ignore", "skip")

Kind = Literal["JSON Lines", "a JSON array", "JSON"]


class JsonTable:
    """JSON objects as rows; nested fields have names with dots."""

    def __init__(self, path: Path, chosen: Format) -> None:
        self._path = path
        self._encoding = chosen.encoding or find_encoding_of(path)
        self.format = Format(self._encoding)
        self._kind, self._objects = _find_kind(path, self._encoding)
        keys: dict[str, None] = {}
        small = path.stat().st_size * (UNPACKED if path.suffix.lower() in PACKED else 1) <= _LOOKED_THROUGH
        self.kind = self._kind if small else f"{self._kind}, with the columns of its first {_LOOKED_AT:,} objects"
        values = (value for _, value in self._read_values())
        for value in values if small else islice(values, _LOOKED_AT):
            if isinstance(value, dict) and not (value.keys() <= keys.keys() and _is_flat(value)):
                keys.update(dict.fromkeys(to_fields(value)))
            if len(keys) > MOST_COLUMNS:
                raise AttributionError(
                    f"The objects of {path.name} have more than {MOST_COLUMNS:,} different keys, too many for columns."
                )
        if not keys:
            raise AttributionError(
                f"{path.name} holds no JSON that can be read here: expected an object in braces on every line, or an "
                "array of such objects."
            )
        self.names = name_columns(list(keys))
        self._names = dict(zip(keys, self.names, strict=True))

    def rows(self) -> Iterator[Row]:
        """All rows; empty lines are skipped."""
        for row in self._read():
            known = {self._names[key]: cell for key, cell in row.cells.items() if key in self._names}
            yield replace(row, cells=known)

    def _read(self) -> Iterator[Row]:
        for line, value in self._read_values():
            if isinstance(value, Row):
                yield replace(value, line=line)
            elif isinstance(value, dict):
                yield _to_row(value, line)
            else:
                yield Row(error="The line is not a JSON object in braces.", line=line)

    def _read_values(self) -> Iterator[tuple[int, Any]]:
        """The values of the file, each after its line, or 0; for one that cannot be read, a `Row` with the reason.

        Raises:
            AttributionError: the file is one object that is not JSON or too large.
        """
        if self._objects is not None:
            yield from ((0, value) for value in self._objects)
            return
        with open_text(self._path, self._encoding) as file:
            if self._kind == "JSON Lines":
                yield from ((number, parse(line)) for number, line in enumerate(read_lines(file), 1) if line.strip())
            elif self._kind == "a JSON array":
                yield from ((0, value) for value in read_stream(file, _LONGEST, is_array=True))
            else:
                yield from ((0, value) for value in self._read_objects(file))

    def _read_objects(self, file: TextIO) -> Iterator[Any]:
        """The objects of a file whose objects span lines, or those in its only one, which is then read but once."""
        values = read_stream(file, _LARGEST, is_array=False)
        first, *second = islice(values, 2)
        if isinstance(first, Row):
            raise AttributionError(
                f"{self._path.name} is not JSON, or is one object that is too large to be read: save it as JSON Lines."
            )
        self._objects = None if second or not isinstance(first, dict) else find_rows(first)
        yield from chain([first], second, values) if self._objects is None else self._objects


def _to_row(value: dict[str, Any], line: int) -> Row:
    try:
        return Row({name: _to_cell(one) for name, one in to_fields(value).items()}, line=line)
    except RecursionError:  # what is read just so can be too deep to be written
        return Row(error=TOO_DEEP, line=line)


def _to_cell(value: Any) -> str | None:
    """A value as a cell; NaN, as pandas writes what is missing, becomes None."""
    return None if isinstance(value, float) and math.isnan(value) else to_cell(value)


def _find_kind(path: Path, encoding: str) -> tuple[Kind, list[dict[str, Any]] | None]:
    """Whether a file is an array, one object per line, or one or more objects that span lines.

    Where it is one object in one line, the rows in it as well.
    """
    with open_text(path, encoding) as file:
        lines = (line for line in read_lines(file) if line.strip())
        first, second = next(lines, ""), next(lines, "")
    if first.lstrip().startswith("["):
        return "a JSON array", None
    alone = parse(first)
    if isinstance(alone, Row):  # an object that spans lines, unless the second line begins another object
        is_begun = first.lstrip().startswith("{") and not isinstance(parse(second), dict)
        return "JSON" if is_begun else "JSON Lines", None
    if not second and ".json" in path.name.lower() and isinstance(alone, dict):
        rows = find_rows(alone)
        return "JSON Lines" if rows is None else "JSON", rows
    return "JSON Lines", None


def find_rows(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rows in a file that is one object, as pandas and annotation tools write them; None if there are none.

    Raises:
        AttributionError: it holds several lists of objects.
    """
    told = [name for name, one in value.items() if isinstance(one, str) and is_known(name)]
    tables = [one for one in value.values() if isinstance(one, list) and one and _holds_text(one[0])]
    if told and not (len(tables) == 1 and set(told) <= _OF_A_FILE):
        return None  # a document
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        names = [str(name) for name in value["columns"]]
        return [dict(zip(names, row, strict=False)) for row in value["data"] if isinstance(row, list)]
    lists = {name: one for name, one in value.items() if isinstance(one, list) and one and isinstance(one[0], dict)}
    if len(lists) > 1:
        raise AttributionError(
            f"The file holds several lists of objects: {', '.join(shorten(name, 40) for name in lists)}. Save one of "
            "them in a file of its own."
        )
    if lists:
        return next(iter(lists.values()))
    inner = list(value.values())
    if inner and all(isinstance(one, dict) for one in inner):
        return _turn(value) if _is_by_column(value) else inner
    columns = len(inner) > 1 and all(isinstance(one, list) and len(one) == len(inner[0]) for one in inner)
    if columns and inner[0] and any(map(is_known, value)):
        return [dict(zip(value, row, strict=True)) for row in zip(*inner, strict=True)]
    return None


def _holds_text(value: Any) -> bool:
    return isinstance(value, dict) and find_named(list(value), TEXTS) is not None


def _is_by_column(value: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether an object of objects is keyed by column and then by row, as pandas writes it by default."""
    keys = [key for one in value.values() for key in one]
    if any(map(is_known, value)) or not any(map(is_known, keys)):
        return any(map(is_known, value)) or all(key.isdigit() for key in keys)
    return False


def _turn(value: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for name, one in value.items():
        for key, cell in one.items():
            rows.setdefault(key, {})[name] = cell
    return list(rows.values())


def to_fields(value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object, with nested objects flattened: {"data": {"text": …}} has a field `data.text`.

    spaCy's {"cats": {"sport": 1, "tech": 0}} becomes the list of labels that apply, and the choices in Label Studio's
    `annotations` become a field. A label that an annotator rejected in Prodigy is left out.
    """
    found: dict[str, Any] = {}
    _collect_fields(value, "", found)
    if found.get("answer") in _REFUSED:
        found |= {name: None for name in ("label", "accept") if name in found}
    return found


def _collect_fields(value: Mapping[str, Any], before: str, found: dict[str, Any]) -> None:
    for name, one in value.items():
        if isinstance(one, dict) and one and all(_is_flag(flag) for flag in one.values()):
            found[before + name] = [key for key, flag in one.items() if flag]
        elif isinstance(one, dict) and set(one) == {"choices"}:  # Label Studio's, where several may be chosen
            found[before + name] = one["choices"]
        elif isinstance(one, dict) and one and len(before) < _DEEPEST:
            _collect_fields(one, f"{before}{name}.", found)
        elif name == "annotations" and isinstance(one, list) and any(isinstance(part, dict) for part in one):
            found[before + name] = one
            found.setdefault("choices", _find_choices(one))
        else:
            found[before + name] = one


def _is_flat(value: Mapping[str, Any]) -> bool:
    """Whether the fields of an object are its keys."""
    return "annotations" not in value and not any(isinstance(one, dict) for one in value.values())


def _is_flag(value: Any) -> bool:
    return isinstance(value, (bool, int, float)) and value in (0, 1)


def _find_choices(annotations: list[Any]) -> list[str] | None:
    """What annotators chose; None where they chose differently, or nothing."""
    chosen: list[list[str]] = []
    for annotation in annotations:
        results = annotation.get("result") if isinstance(annotation, dict) else None
        if not isinstance(results, list) or annotation.get("was_cancelled"):
            continue
        values = [one.get("value") for one in results if isinstance(one, dict)]
        chosen.append(
            sorted(str(choice) for one in values if isinstance(one, dict) for choice in one.get("choices") or [])
        )
    return chosen[0] if chosen and all(one == chosen[0] for one in chosen) else None
