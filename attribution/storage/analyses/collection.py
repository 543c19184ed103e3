"""The collection of saved analyses."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from ...ablation.what_if import Change
from ...environment import read_limit
from ...errors import AnalysisChangedError, AttributionError, StoreFullError
from ...report import Reported, list_explained, name_kind, to_report
from ...wording import format_size, shorten
from .database import Database, default_url
from .entries import Analysis, Entry, Found, Words, fold, one_line, storable
from .tables import ANALYSES, TAGS

_LARGEST_REPORT = 20_000_000
_ROOM_FOR_WORDS = 2**15  # name, note and tags, which may still change: as many bytes as they can have
_BEGINNING = 200
_LONGEST_SEARCH = 500  # what is longer is cut: SQLite refuses patterns of 50,000 bytes
_LISTED = [ANALYSES.c[name] for name in Entry.__slots__ if name != "tags"]


class Analyses:
    """Saved analyses, shared by all sessions and processes that open one database."""

    def __init__(self, url: str | None = None, *, limit: int | None = None) -> None:
        """Open the database.

        Args:
            url: by default `WHYLIGHT_DATABASE`, or else a file of SQLite beside the models of the store.
            limit: bytes that all analyses together may take; by default `WHYLIGHT_STORE_LIMIT`, in GB, or else 20 GB.

        Raises:
            AttributionError: the database is of an unknown kind, does not answer, or has tables of a newer release.
        """
        self._limit = read_limit("WHYLIGHT_STORE_LIMIT") if limit is None else limit
        self._database = Database(url or default_url())

    def save(
        self, reported: Reported, *, name: str, note: str = "", tags: Iterable[str] = (), model_name: str = ""
    ) -> Entry:
        """Save an explanation, or a result made of several, including its text.

        Raises:
            StoreFullError: there is no room for another one.
            AttributionError: no name, or a name, a note, tags or a report that are too long.
        """
        words = Words.of(name, note, tags)
        now = datetime.now(UTC)
        content = json.dumps(to_report(reported, created=now), allow_nan=False, separators=(",", ":"))
        if len(content) > _LARGEST_REPORT:
            raise AttributionError(
                f"Expected an analysis of at most {_LARGEST_REPORT // 10**6} MB, got {len(content) / 1e6:.1f} MB. "
                "Explain a shorter text to save it."
            )
        explanation = list_explained(reported)[0]
        entry = Entry(
            id=str(uuid.uuid4()),
            kind=name_kind(reported),
            name=words.name,
            note=words.note,
            tags=words.tags,
            created=now.isoformat(timespec="microseconds"),
            model_sha256=explanation.model.sha256,
            model_name=shorten(_readable(model_name), _BEGINNING),
            label=_readable(explanation.label),
            beginning=shorten(one_line(explanation.text), _BEGINNING),
            version=1,
        )
        searched = fold("\n".join([entry.label, *map(storable, _list_texts(reported))]))
        size = len(content) + len(searched.encode("utf-8", "replace")) + _ROOM_FOR_WORDS
        with self._database.writing() as connection:
            self._check_room(connection, size)
            connection.execute(
                insert(ANALYSES).values(
                    **{column.name: getattr(entry, column.name) for column in _LISTED},
                    searched_words=_fold_words(words),
                    searched_text=searched,
                    report=content,
                    size=size,
                )
            )
            _write_tags(connection, entry.id, words.tags)
        return entry

    def get(self, identifier: str) -> Analysis | None:
        """One analysis; None if there is none with that id, or if it was deleted."""
        if not _is_uuid(identifier):
            return None
        with self._database.reading() as connection:
            row = connection.execute(select(ANALYSES).where(ANALYSES.c.id == identifier)).one_or_none()
            tags = _read_tags(connection, [identifier])
        return None if row is None else Analysis(_to_entry(row, tags), row.report)

    def find(self, search: str = "", *, tag: str | None = None, start: int = 0, limit: int = 20) -> Found:
        """Search names, notes, tags, labels and texts.

        Args:
            search: words, or parts of words, that must all occur, ignoring case.
            tag: a tag that the analyses must have.
            start: how many of those found to skip, the newest first.
            limit: how many to return.
        """
        where = [_contains(term) for term in fold(storable(search[:_LONGEST_SEARCH])).split()]
        if tag is not None:
            tagged = select(TAGS.c.analysis_id).where(TAGS.c.folded == fold(storable(tag)))
            where.append(ANALYSES.c.id.in_(tagged))
        newest = (ANALYSES.c.created.desc(), ANALYSES.c.id)
        with self._database.reading() as connection:
            total = connection.execute(select(func.count()).select_from(ANALYSES).where(*where)).scalar_one()
            page = select(*_LISTED).where(*where).order_by(*newest).offset(start).limit(limit)
            rows = connection.execute(page).all()
            tags = _read_tags(connection, [row.id for row in rows])
        return Found(tuple(_to_entry(row, tags) for row in rows), total)

    def tags(self, *, limit: int = 100) -> tuple[str, ...]:
        """The tags that were given, those given most often first."""
        shown, count = func.min(TAGS.c.tag), func.count()
        query = select(shown).group_by(TAGS.c.folded).order_by(count.desc(), TAGS.c.folded).limit(limit)
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def edit(self, identifier: str, *, version: int, name: str, note: str, tags: Iterable[str]) -> Entry:
        """Change what is written on an analysis.

        Args:
            identifier: which one.
            version: of the entry that was read before; where somebody else changed it since, nothing is written.
            name: its new name.
            note: its new note.
            tags: all of its new tags.

        Raises:
            AnalysisChangedError: somebody else changed it first.
            AttributionError: there is no such analysis, the name is missing, or something is too long.
        """
        words = Words.of(name, note, tags)
        is_this = ANALYSES.c.id == identifier
        changed = update(ANALYSES).where(is_this, ANALYSES.c.version == version)
        with self._database.writing() as connection:
            done = connection.execute(
                changed.values(name=words.name, note=words.note, searched_words=_fold_words(words), version=version + 1)
            )
            row = connection.execute(select(*_LISTED).where(is_this)).one_or_none()
            if row is None:
                raise AttributionError("This analysis was deleted by somebody else, so it cannot be changed any more.")
            if done.rowcount != 1:
                raise AnalysisChangedError(row.name)
            connection.execute(delete(TAGS).where(TAGS.c.analysis_id == identifier))
            _write_tags(connection, identifier, words.tags)
        return _to_entry(row, {identifier: words.tags})

    def delete(self, identifier: str) -> None:
        """Remove an analysis; nothing happens if there is none with that id."""
        with self._database.writing() as connection:
            connection.execute(delete(ANALYSES).where(ANALYSES.c.id == identifier))

    def _check_room(self, connection: Connection, size: int) -> None:
        used = int(connection.execute(select(func.coalesce(func.sum(ANALYSES.c.size), 0))).scalar_one())
        if used + size > self._limit:
            raise StoreFullError(
                f"There is no room for another analysis: those that are saved take {format_size(used)} of "
                f"{format_size(self._limit)}, and this one has {format_size(size)}. Delete some that nobody needs, or "
                "ask whoever runs this server to raise WHYLIGHT_STORE_LIMIT."
            )

    def close(self) -> None:
        """Close the connections to the database; the next call opens new ones."""
        self._database.close()


def _contains(term: str) -> ColumnElement[bool]:
    return or_(
        ANALYSES.c.searched_words.contains(term, autoescape=True),
        ANALYSES.c.searched_text.contains(term, autoescape=True),
    )


def _fold_words(words: Words) -> str:
    return fold("\n".join([words.name, words.note, *words.tags]))


def _write_tags(connection: Connection, identifier: str, tags: Sequence[str]) -> None:
    rows = [
        {"analysis_id": identifier, "place": place, "tag": tag, "folded": fold(tag)} for place, tag in enumerate(tags)
    ]
    if rows:
        connection.execute(insert(TAGS), rows)


def _read_tags(connection: Connection, identifiers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    query = select(TAGS.c.analysis_id, TAGS.c.tag).where(TAGS.c.analysis_id.in_(identifiers)).order_by(TAGS.c.place)
    tags: dict[str, tuple[str, ...]] = {}
    for identifier, tag in connection.execute(query):
        tags[identifier] = (*tags.get(identifier, ()), tag)
    return tags


def _to_entry(row: Row[Any], tags: Mapping[str, tuple[str, ...]]) -> Entry:
    said = row._mapping
    return Entry(**{column.name: said[column.name] for column in _LISTED}, tags=tags.get(row.id, ()))


def _list_texts(reported: Reported) -> Iterable[str]:
    """The texts that were explained, and the changed copy if there is one, each once."""
    copy = [reported.copy] if isinstance(reported, Change) else []
    return dict.fromkeys([*(one.text for one in list_explained(reported)), *copy])


def _readable(text: str) -> str:
    """A name from a file on one line, with characters replaced that a database cannot store."""
    return one_line(text.encode("utf-8", "replace").decode("utf-8"))


def _is_uuid(identifier: str) -> bool:
    try:
        return str(uuid.UUID(identifier)) == identifier
    except ValueError:
        return False
