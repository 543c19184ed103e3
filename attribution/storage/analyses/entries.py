"""A saved analysis, and the name, note and tags that a person gives it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...errors import AttributionError
from ...report import Kind, parse_report
from ...texts.tokens import check_encodable

LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG, MOST_TAGS = 120, 4000, 40, 10


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list shows of an analysis.

    Attributes:
        id: a random UUID: whoever knows it may open the analysis.
        kind: what was saved.
        created: an ISO 8601 time in UTC.
        model_name: the name that the model had in the store.
        label: the label that was explained.
        beginning: the first words of the text, on one line.
        version: counts the changes of name, note and tags.
    """

    id: str
    kind: Kind
    name: str
    note: str
    tags: tuple[str, ...]
    created: str
    model_sha256: str
    model_name: str
    label: str
    beginning: str
    version: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """A saved analysis; `content` is its report, in JSON."""

    entry: Entry
    content: str

    def report(self) -> dict[str, Any]:
        """The report, from which `attribution.report.from_report` restores what was saved; it never changes.

        Raises:
            AttributionError: what is stored is not a report.
        """
        return parse_report(self.content, f"What is saved as “{self.entry.name}”")


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the analyses that were searched for, the newest first; `total` counts those of all pages."""

    entries: tuple[Entry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Words:
    """The name, note and tags that a person gives an analysis, cleaned up.

    Raises:
        AttributionError: the name is missing, something is too long, or there are too many tags.
    """

    name: str
    note: str
    tags: tuple[str, ...]

    @classmethod
    def of(cls, name: str, note: str, tags: Iterable[str]) -> Words:
        """Strip blanks at the ends, put name and tags on one line each, and drop tags that were given twice."""
        once: dict[str, str] = {}
        for tag in filter(None, map(one_line, tags)):
            once.setdefault(fold(tag), tag)
        return cls(one_line(name), storable(note.strip()), tuple(once.values()))

    def __post_init__(self) -> None:
        if not self.name:
            raise AttributionError("The analysis has no name yet. Write one, so that it can be found again.")
        _check_length("name", self.name, LONGEST_NAME)
        _check_length("note", self.note, LONGEST_NOTE)
        for tag in self.tags:
            _check_length("tag", tag, LONGEST_TAG)
        if len(self.tags) > MOST_TAGS:
            raise AttributionError(f"Expected at most {MOST_TAGS} tags, got {len(self.tags)}. Leave some out.")


def one_line(text: str) -> str:
    """A text without line breaks, and with one blank where there were several."""
    return storable(" ".join(text.split()))


def fold(text: str) -> str:
    """A text as it is compared: upper and lower case, and Unicode forms of one letter, are the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def storable(text: str) -> str:
    """A text that both databases take: PostgreSQL keeps no NUL."""
    return text.replace("\x00", "\ufffd")


def _check_length(what: str, text: str, most: int) -> None:
    check_encodable(text, what)
    if len(text) > most:
        raise AttributionError(f"Expected a {what} of at most {most:,} characters, got {len(text):,}. Shorten it.")
