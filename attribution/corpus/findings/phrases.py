"""Search in a run: for a word of its explanations, or else for a piece of text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb
import pyarrow as pa

_AT_ONCE = 10_000  # texts in memory at a time


@dataclass(frozen=True, slots=True)
class Presence:
    """How often something occurs in a run.

    Attributes:
        documents: how many it occurs in.
        occurrences: how often it occurs in them.
        explained: how many documents were explained at all.
        as_text: whether it was found in the texts, because it is not a word of the explanations.
    """

    documents: int
    occurrences: int
    explained: int
    as_text: bool


def seek(tables: duckdb.DuckDBPyConnection, typed: str) -> bool:
    """Make what was typed one word of the view `words`; returns whether it had to be found in the texts.

    If it is not a word, the texts are searched for it, ignoring case and kinds of whitespace. A match that begins and
    ends where words do is an occurrence: it replaces these words in the view, with the sum of their attributions, and
    documents without an occurrence are no longer in the view.
    """
    is_word = "select 1 from words where lower(word) = lower($typed) limit 1"
    if not typed.split() or tables.execute(is_word, {"typed": typed}).fetchone():
        return False
    _store_places(tables, "candidates", _find_places(tables, typed))
    _store_places(tables, "places", _keep_apart(tables.execute(_OF_WORDS).fetchall()))
    tables.execute(_MERGED, {"typed": typed})
    tables.execute(_REST)
    tables.execute("create or replace view words as select * from merged union all by name select * from rest")
    return True


def measure_presence(tables: duckdb.DuckDBPyConnection, typed: str) -> Presence:
    """In how many documents something occurs, and how often; changes the view `words` as `seek` does."""
    as_text = seek(tables, typed)
    row = tables.execute(
        """select count(distinct document), count(distinct (document, "start")),
            (select count(*) from documents where error is null)
        from words where lower(word) = lower($typed)""",
        {"typed": typed},
    ).fetchall()[0]
    documents, occurrences, explained = map(int, row)
    return Presence(documents, occurrences, explained, as_text)


_POSSIBLE = """select number, text from documents
    where list_bool_and([contains(lower(text), lower(piece)) for piece in $pieces]) and number in (
        select document from words where list_bool_or([starts_with(one, lower(word)) for one in $beginnings]))
    order by number"""

_OF_WORDS = """select candidates.document, first, last from candidates
    asof join words as beginning on candidates.document = beginning.document and first < beginning."end"
    asof join words as ending on candidates.document = ending.document and last > ending."start"
    where beginning."start" >= first and beginning."end" <= last and ending."end" <= last
    order by candidates.document, first"""
"""Candidates that contain a word and cut none; the words of a document do not overlap."""

_MERGED = """create or replace temp table merged as
    select document, label, min("position") as "position", $typed as word, min("start") as "start", max("end") as "end",
        sum(attribution) as attribution
    from words join places using (document) where "start" >= first and "end" <= last
    group by document, label, first, last"""

_REST = """create or replace temp table rest as
    select words.* from words semi join places using (document)
    anti join places on words.document = places.document and words."start" >= first and words."end" <= last"""

_Places = list[tuple[int, int, int]]
"""Matches as (document, start, end), in characters."""


def _find_places(tables: duckdb.DuckDBPyConnection, typed: str) -> _Places:
    """All matches, also within words, in documents that have a word with which the typed text may begin."""
    pieces = typed.split()
    written = re.compile("(?=(" + r"\s+".join(map(re.escape, pieces)) + "))", re.IGNORECASE)
    found = tables.execute(_POSSIBLE, {"pieces": pieces, "beginnings": _list_beginnings(" ".join(pieces))})
    places = _Places()
    while rows := found.fetchmany(_AT_ONCE):
        places += [(number, *match.span(1)) for number, text in rows for match in written.finditer(text)]
    return places


def _list_beginnings(typed: str) -> list[str]:
    """Strings, one of which must start with the first word of a match: what was typed, without some leading marks."""
    marks = next((place for place, letter in enumerate(typed) if letter.isalnum()), len(typed) - 1)
    return [typed[place:].lower() for place in range(marks + 1)]


def _keep_apart(places: _Places) -> _Places:
    """The matches without overlaps: of two that overlap, the earlier one is kept."""
    kept = _Places()
    for place in places:
        if not kept or kept[-1][0] != place[0] or kept[-1][2] <= place[1]:
            kept.append(place)
    return kept


def _store_places(tables: duckdb.DuckDBPyConnection, name: str, places: _Places) -> None:
    columns = zip(*places, strict=True) if places else ((), (), ())
    kinds = {"document": pa.int64(), "first": pa.int64(), "last": pa.int64()}
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds.values(), strict=True)]
    tables.register(name, pa.table(arrays, names=list(kinds)))
