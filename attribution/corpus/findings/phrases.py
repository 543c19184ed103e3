"""What a reader types to be found in a run: a word of its explanations, or else text as it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb
import pyarrow as pa

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Presence:
    """Where something stands in a run.

    Attributes:
        documents: how many it stands in.
        occurrences: how often it stands in them.
        explained: how many documents were explained at all.
        as_text: whether it was found as text that is written so, and is no word of its own.
    """

    documents: int
    occurrences: int
    explained: int
    as_text: bool


def seek(tables: duckdb.DuckDBPyConnection, typed: str) -> bool:
    """Let the view `words` have what was typed as one word; whether it had to be found as text.

    Where no word is written so, it is looked for in the texts, upper and lower case as one and any spaces as alike.
    What begins and ends where words do is an occurrence: its attribution is the sum of those of its words, which the
    view has no more, as it has no documents without an occurrence.
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
    """In how many documents something stands, and how often; `words` is as after `seek`."""
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
"""Those that hold a word and cut none: words of a document do not overlap."""

_MERGED = """create or replace temp table merged as
    select document, label, min("position") as "position", $typed as word, min("start") as "start", max("end") as "end",
        sum(attribution) as attribution
    from words join places using (document) where "start" >= first and "end" <= last
    group by document, label, first, last"""

_REST = """create or replace temp table rest as
    select words.* from words semi join places using (document)
    anti join places on words.document = places.document and words."start" >= first and words."end" <= last"""

_Places = list[tuple[int, int, int]]
"""Documents with the characters from and to which something stands in each."""


def _find_places(tables: duckdb.DuckDBPyConnection, typed: str) -> _Places:
    """Wherever it is written so, also within words, in documents with a word that it may begin with."""
    pieces = typed.split()
    written = re.compile("(?=(" + r"\s+".join(map(re.escape, pieces)) + "))", re.IGNORECASE)
    found = tables.execute(_POSSIBLE, {"pieces": pieces, "beginnings": _list_beginnings(" ".join(pieces))})
    places = _Places()
    while rows := found.fetchmany(_AT_ONCE):
        places += [(number, *match.span(1)) for number, text in rows for match in written.finditer(text)]
    return places


def _list_beginnings(typed: str) -> list[str]:
    """What its first word would be a beginning of: all of it, or what is left without some of the marks before it."""
    marks = next((place for place, letter in enumerate(typed) if letter.isalnum()), len(typed) - 1)
    return [typed[place:].lower() for place in range(marks + 1)]


def _keep_apart(places: _Places) -> _Places:
    """Those that do not overlap, from the beginning of each document on."""
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
