"""Reports as documents of plain data: written, validated against their published schema, and read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import jsonschema
from referencing import Registry, Resource

from ..ablation.trial import Trial
from ..ablation.what_if import Change
from ..errors import AttributionError
from ..explanation import Explanation, hash_texts
from .changes import read_change, write_change
from .explanations import read_explanation, write_explanation
from .trials import read_trial, write_trial

Kind = Literal["explanation", "what_if", "trust"]
"""What a report is about."""

Reported: TypeAlias = Explanation | Change | Trial
"""What a report can be written of."""

_FOLDER = Path(__file__).parent
_LARGEST_REPORT = 50_000_000  # bytes: more than any report has, and few enough to be read into memory
_MOST_PARTS = 1_250_000
"""Commas in a report that is read from a file: a hundred thousand words with their tokens have so many, and that many
words, numbers or lists are checked in seconds. Texts have few of them."""

_LONGEST_TEXT = 1_000_000
"""Characters, as in data sets: to compute the report of a longer text again takes minutes and gigabytes."""

_LARGEST = 1e100  # no model of 32-bit floats comes near it, and sums of its squares are still finite
_LONGEST_INT = 40  # digits: a seed may have 128 bits, and everything that is counted has fewer


@dataclass(frozen=True, slots=True)
class _Format:
    """One kind of report: what it calls itself, its schema, and how it is written and read."""

    name: str
    schema: Path
    kind: type[Any]
    write: Callable[[Any, datetime], dict[str, Any]]
    read: Callable[[Mapping[str, Any]], Reported]


_FORMATS: dict[Kind, _Format] = {
    "explanation": _Format(
        "whylight-explanation", _FOLDER / "explanation.schema.json", Explanation, write_explanation, read_explanation
    ),
    "what_if": _Format("whylight-what-if", _FOLDER / "what_if.schema.json", Change, write_change, read_change),
    "trust": _Format("whylight-trust", _FOLDER / "trust.schema.json", Trial, write_trial, read_trial),
}

SCHEMAS: Mapping[Kind, Path] = {kind: one.schema for kind, one in _FORMATS.items()}
"""The published JSON Schema of each kind; its version is in its `$id`, and in every report."""

SCHEMA = SCHEMAS["explanation"]


def name_kind(reported: Reported) -> Kind:
    """The kind of report that is written of it."""
    return next(kind for kind, one in _FORMATS.items() if isinstance(reported, one.kind))


def list_explained(reported: Reported) -> tuple[Explanation, ...]:
    """The explanations that it is made of; that of the original text comes first."""
    match reported:
        case Change():
            return reported.before, reported.after
        case Trial():
            return reported.explanations
    return (reported,)


def get_kind(report: Mapping[str, Any]) -> Kind:
    """The kind of a report, by its `format`."""
    return next(kind for kind, one in _FORMATS.items() if one.name == report["format"])


def to_report(reported: Reported, *, created: datetime | None = None) -> dict[str, Any]:
    """Everything that an explanation, a change or a trial says, and what is needed to compute it again.

    Args:
        reported: an explanation from `explain`, a `Change` or a `Trial`.
        created: when it was made; now by default.

    Returns:
        What its schema in `SCHEMAS` describes. Numbers that are not finite are null.

    Raises:
        AttributionError: it is a contrast.
    """
    return _FORMATS[name_kind(reported)].write(reported, created or datetime.now(UTC))


def to_json(reported: Reported, *, created: datetime | None = None) -> str:
    """`to_report` as JSON in ASCII: all other characters are escaped, lone surrogates too."""
    return json.dumps(to_report(reported, created=created), indent=1, allow_nan=False)


def from_report(report: Mapping[str, Any]) -> Reported:
    """Read back what a report was written of, to the last digit; no model is needed.

    Args:
        report: from `read_report`, `parse_report` or `to_report`.

    Raises:
        AttributionError: a method that is not known here, or parts that do not fit each other.
    """
    return _FORMATS[get_kind(report)].read(report)


def read_report(path: str | Path) -> dict[str, Any]:
    """Read a report from a file.

    Raises:
        AttributionError: there is no such file, it is not JSON, it is not what its schema describes, or it holds
            more than is read.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_REPORT + 1)  # a pipe and a device do not tell their size
    except OSError as error:
        raise AttributionError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > _LARGEST_REPORT:
        raise AttributionError(f"{path.name} is larger than any report.")
    if content.count(b",") > _MOST_PARTS:
        raise AttributionError(f"{path.name} has more than {_MOST_PARTS:,} commas, so many parts that it is not read.")
    report = parse_report(content, path.name)
    texts = [*(text for one in list_explanations(report) for text in one["texts"]), report.get("copy", "")]
    longest = max(map(len, texts))
    if longest > _LONGEST_TEXT:
        raise AttributionError(
            f"{path.name} is of a text of {longest:,} characters, and reports of at most {_LONGEST_TEXT:,} are read."
        )
    return report


def parse_report(content: str | bytes, name: str) -> dict[str, Any]:
    """A report from its JSON.

    Args:
        content: the JSON.
        name: what an error calls it.

    Raises:
        AttributionError: it is not JSON, not what its schema describes, or holds a number that no report can.
    """
    try:
        report = json.loads(content, parse_float=_read_float, parse_int=_read_int, parse_constant=_read_float)
        _validate(report)
    except jsonschema.ValidationError as error:
        raise AttributionError(
            f"{name} is not a Whylight report: at {error.json_path}, {error.message[:200]}."
        ) from error
    except _NumberError as error:
        raise AttributionError(f"{name} is not a Whylight report: it holds the number {error}.") from error
    except (ValueError, RecursionError) as error:
        raise AttributionError(f"{name} is not a Whylight report: it is not JSON.") from error
    if any(not _is_time(one["created"]) for one in (report, *list_explanations(report))):
        raise AttributionError(f"{name} is not a Whylight report: its time is not in ISO 8601.")
    if any(one["text_sha256"] != hash_texts(one["texts"]) for one in (report, *list_explanations(report))):
        raise AttributionError(f"{name} was changed: its text does not match its hash.")
    return cast(dict[str, Any], report)


def list_explanations(report: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The reports of the explanations within a report; a report of one explanation yields itself."""
    match get_kind(report):
        case "explanation":
            yield report
        case "what_if":
            yield from (report["before"], report["after"])
        case "trust":
            yield from (one["explanation"] for one in report["tested"])


class _NumberError(Exception):
    """A number that is not finite, or larger than any that a report can hold."""


def _read_float(written: str) -> float:
    """Read a number, but refuse what Python accepts and JSON does not mean: NaN, Infinity, and 1e999 as infinity."""
    if not abs(number := float(written)) <= _LARGEST:
        raise _NumberError(written[:40])
    return number


def _read_int(written: str) -> int:
    if len(written) > _LONGEST_INT:
        raise _NumberError(f"{written[:_LONGEST_INT]}…")
    return int(written)


def _is_time(written: str) -> bool:
    try:
        datetime.fromisoformat(written)
    except ValueError:
        return False
    return True


def _validate(report: Any) -> None:
    """Validate against the schema of the kind that it names; against that of an explanation if it names none."""
    said = report.get("format") if isinstance(report, dict) else None
    schema = next((one.schema for one in _FORMATS.values() if one.name == said), SCHEMA)
    jsonschema.Draft202012Validator(_load(schema), registry=_registry()).validate(report)


@cache
def _registry() -> Any:
    """The schemas by their `$id`, because they refer to each other; none is looked up elsewhere."""
    return Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in map(_load, SCHEMAS.values())]
    )


@cache
def _load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
