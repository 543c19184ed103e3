"""Objects out of a JSON file: one a line, in an array that is read as a stream, or the columns of a table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TextIO

from ...errors import AttributionError, shorten
from .encoding import open_text

_LONGEST = 16_000_000
"""Characters of one object; a longer one is no document that is read here."""

_CHUNK = 2**20
_LARGEST = 500_000_000
"""Characters of a file that is one object: it is held in memory whole, some ten bytes a character."""

_REFUSED = ("reject", "ignore", "skip")

Kind = Literal["JSON Lines", "a JSON array", "JSON"]


@dataclass(frozen=True, slots=True)
class Value:
    """One document of a JSON file: name -> value, or why it cannot be read."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How the objects of a file lie in it."""

    kind: Kind


def find_shape(path: Path, encoding: str) -> Shape:
    """Whether a file is an array, an object a line, or one object that holds all."""
    with open_text(path, encoding) as file:
        first = next((line for line in _read_lines(file) if line.strip()), "")
        if first.lstrip().startswith("["):
            return Shape("a JSON array")
        second = next((line for line in _read_lines(file) if line.strip()), "")
    try:
        alone = json.loads(first)
    except (ValueError, RecursionError):
        # An object that goes on over lines: where the first line is broken, the second one begins another.
        return Shape("JSON" if first.lstrip().startswith("{") and not _is_object(second) else "JSON Lines")
    return Shape("JSON" if not second and isinstance(alone, dict) and _find_rows(alone) else "JSON Lines")


def read_values(path: Path, encoding: str, shape: Shape) -> Iterator[Value]:
    """The objects of a file, one after the other.

    Raises:
        AttributionError: a file that is one object, and too large or not JSON.
    """
    with open_text(path, encoding) as file:
        if shape.kind == "JSON Lines":
            values: Iterator[Any] = map(_parse, filter(str.strip, _read_lines(file)))
        elif shape.kind == "a JSON array":
            values = _read_array(file)
        else:
            values = iter(_read_whole(file, path.name))
        for value in values:
            if isinstance(value, Value):
                yield value
            elif isinstance(value, dict):
                yield Value(to_fields(value))
            else:
                yield Value(error="The line is no JSON object in braces.")


def _read_lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(_LONGEST):
        yield line


def _is_object(line: str) -> bool:
    return line.lstrip().startswith("{") and isinstance(_parse(line), dict)


def _parse(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return Value(error=f"The line is not JSON: {shorten(str(error))}.")


def _read_array(file: TextIO) -> Iterator[Any]:
    """The elements of an array, with as much of the file in memory as the longest of them."""
    decoder, buffer, place = json.JSONDecoder(), file.read(_CHUNK).lstrip(), 1
    while True:
        while place < len(buffer) and buffer[place] in " \t\r\n,":
            place += 1
        if buffer[place : place + 1] == "]":
            return
        try:
            value, end = decoder.raw_decode(buffer, place)
            if end == len(buffer):  # a number may go on
                raise ValueError("it goes on")
        except (ValueError, RecursionError):
            more = file.read(max(_CHUNK, len(buffer) - place)) if len(buffer) - place <= _LONGEST else ""
            if not more:
                yield Value(error="The file is not JSON from here on, or breaks off, and nothing more of it is read.")
                return
            buffer, place = buffer[place:] + more, 0
            continue
        yield value
        place = end


def _read_whole(file: TextIO, name: str) -> list[dict[str, Any]]:
    content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise AttributionError(f"{name} is one JSON object and too large to be read whole. Save it as JSON Lines.")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        try:
            return _read_objects(content)
        except (ValueError, RecursionError):
            raise AttributionError(f"{name} is not JSON: {shorten(str(error))}.") from error
    rows = _find_rows(value) if isinstance(value, dict) else None
    return rows or [value]


def _read_objects(content: str) -> list[dict[str, Any]]:
    """Objects one after the other, each over several lines."""
    decoder, place, found = json.JSONDecoder(), 0, []
    while content[place:].strip():
        place += len(content[place:]) - len(content[place:].lstrip(" \t\r\n,"))
        value, place = decoder.raw_decode(content, place)
        found.append(value)
    return found


def _find_rows(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of an object that holds all, in any of the ways that pandas and annotation tools write; None if none."""
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        names = [str(name) for name in value["columns"]]
        return [dict(zip(names, row, strict=False)) for row in value["data"] if isinstance(row, list)]
    lists = {name: one for name, one in value.items() if isinstance(one, list) and one and isinstance(one[0], dict)}
    if len(lists) > 1:
        raise AttributionError(
            f"The file holds several lists of objects: {', '.join(shorten(name, 40) for name in lists)}. Save one of "
            "them in a file of its own."
        )
    if lists and len(lists) == sum(isinstance(one, (list, dict)) and bool(one) for one in value.values()) - (
        "schema" in value
    ):
        return next(iter(lists.values()))
    inner = list(value.values())
    if inner and all(isinstance(one, dict) for one in inner):
        if all(name.isdigit() for name in value):
            return inner
        keys = dict.fromkeys(key for one in inner for key in one)
        if all(key.isdigit() for key in keys):
            return [{name: one.get(key) for name, one in value.items()} for key in keys]
    if len(inner) > 1 and all(isinstance(one, list) and len(one) == len(inner[0]) for one in inner) and inner[0]:
        return [dict(zip(value, row, strict=True)) for row in zip(*inner, strict=True)]
    return None


def to_fields(value: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """An object with what is nested in it beside the rest: {"data": {"text": …}} has a field `data.text`.

    What spaCy writes as {"cats": {"sport": 1, "tech": 0}} becomes the list of those that hold, and what Label Studio
    writes in `annotations` the choices in it. A label that an annotator turned down in Prodigy is none.
    """
    found: dict[str, Any] = {}
    for name, one in value.items():
        if isinstance(one, dict) and one and all(_is_flag(flag) for flag in one.values()):
            found[before + name] = [key for key, flag in one.items() if flag]
        elif isinstance(one, dict) and one and len(before) < _DEEPEST:
            found |= to_fields(one, f"{before}{name}.")
        elif name == "annotations" and isinstance(one, list) and any(isinstance(part, dict) for part in one):
            found[before + name] = one
            found.setdefault("choices", _find_choices(one))
        else:
            found[before + name] = one
    if not before and found.get("answer") in _REFUSED:
        found |= {name: None for name in ("label", "accept") if name in found}
    return found


_DEEPEST = 100


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
