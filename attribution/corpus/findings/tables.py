"""A run's Parquet files as DuckDB tables: data is read only when it is queried."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ..documents.gold import part_golds
from ..running.results import ADDED, DOCUMENTS, WORDS

_NAMED = """create view named as select number, case when line is not null and id = 'row ' || (number + 1)
    then id || ' (line ' || line || ')' else id end as name from documents"""
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,  # nothing is downloaded
    "autoload_known_extensions": False,
    "memory_limit": "2GB",  # what needs more goes to the disk
    "preserve_insertion_order": False,
}


def list_parts(folder: str | Path) -> list[str]:
    """The names of a run's complete parts: once its documents file exists, a part is complete, words included."""
    return sorted(path.name for path in (Path(folder) / "documents").glob("part-*.parquet"))


def stamp(folder: str | Path) -> str:
    """A hash of which parts a run has, so it changes whenever results are added."""
    parts = [*list_parts(folder), str(Path(folder).resolve())]
    return hashlib.sha256(os.linesep.join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def open_tables(
    folder: str | Path, labels: Sequence[str], *, multi_label: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new connection, for one thread only, with the views `documents`, `words`, `named` and `judged`.

    `named` has each document's number and `name`: its id, and the line of the file if the id is only the row.
    `judged` is `documents` with
    - `golds`: its gold labels, each once; null where it has none, or could not be explained,
    - `unknown`: the gold labels that the model does not have,
    - `hit`: whether the model predicted one of the gold labels or, for a multi-label model, exactly all of them; null
      where `golds` is null,
    - `gold_label`: for a single-label model, the gold label that the document counts for: the predicted one if it is
      among them, else the first that the model has, else the first; empty where the file says that no label applies,
    - `loss`: cross-entropy in nats; with several gold labels for a single-label model, of the sum of their
      probabilities. Null where the model has none of them.

    Args:
        folder: of the run.
        labels: the model's, in decoder order.
        multi_label: whether the model assigns several labels.
    """
    settings = {**_SETTINGS, "temp_directory": str(Path(tempfile.gettempdir()) / f"whylight-duckdb-{os.getuid()}")}
    connection = duckdb.connect(":memory:", config=settings)
    try:
        connection.execute("create table label_names (name varchar, place integer)")
        if labels:
            connection.executemany("insert into label_names values (?, ?)", [[n, i] for i, n in enumerate(labels, 1)])
        parts = list_parts(folder)
        for table, kind, schema in (("written", "documents", DOCUMENTS), ("words", "words", WORDS)):
            files = [str(Path(folder) / kind / name) for name in parts]
            if files:
                connection.read_parquet(files, union_by_name=True).create_view(table)
            else:
                connection.from_arrow(schema.empty_table()).create(table)
        first = Path(folder) / "documents" / parts[0] if parts else None
        golds = _read_golds(connection, first, frozenset(labels), multi_label) if first else "gold"
        lacking = "".join(f", {column}" for column in _list_lacking(connection))
        connection.execute(f"create view documents as select * replace ({golds} as gold){lacking} from written")
        connection.execute(_NAMED)
        connection.execute(_judge(multi_label))
        yield connection
    finally:
        connection.close()


def _list_lacking(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Null columns in place of those that no part of a run has, as in runs from before December 2026."""
    there, today = set(connection.table("written").columns), connection.from_arrow(DOCUMENTS.empty_table())
    return [
        f"null::{kind} as {name}"
        for name, kind in zip(today.columns, today.types, strict=True)
        if name in ADDED and name not in there
    ]


def _read_golds(connection: duckdb.DuckDBPyConnection, part: Path, labels: Collection[str], multi_label: bool) -> str:
    """SQL for the gold labels as a list; runs from before December 2026 have one text, with | or ; between labels."""
    if pa.types.is_list(pq.read_schema(part).field("gold").type):
        return "gold"
    if not multi_label:
        return "case when gold is not null then [gold] end"

    def part_text(gold: str) -> list[str]:
        return [gold] if gold in labels else list(dict.fromkeys(part_golds(gold)))

    connection.create_function("part_golds", part_text, ["varchar"], "varchar[]")
    return "part_golds(gold)"


def _judge(multi_label: bool) -> str:
    if multi_label:
        hit = "list_sort(assigned) = golds"
        gold_label = "null::varchar"
        loss = """list_avg([-ln(greatest(case when list_contains(golds, names[i]) then probabilities[i]
            else 1 - probabilities[i] end, 1e-12)) for i in range(1, len(names) + 1)])"""
    else:
        hit = "list_contains(golds, predicted)"
        gold_label = """case when list_contains(golds, predicted) then predicted
            else coalesce(list_filter(golds, lambda one: list_contains(names, one))[1], golds[1], '') end"""
        loss = """case when len(golds) > len(unknown) then -ln(greatest(list_sum(
            [probabilities[list_position(names, one)] for one in golds if list_contains(names, one)]), 1e-12)) end"""
    return f"""create view judged as
        with named as (select list(name order by place) as names from label_names),
        listed as (select documents.*, names, case when error is null then list_sort(list_distinct(gold)) end as golds
            from documents, named),
        known as (select *, list_filter(golds, lambda one: not list_contains(names, one)) as unknown from listed)
        select * exclude (names), case when golds is not null then {hit} end as hit,
            case when golds is not null then {gold_label} end as gold_label,
            case when golds is not null then {loss} end as loss from known"""
