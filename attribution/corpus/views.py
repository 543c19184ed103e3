"""A run's Parquet files as DuckDB tables: nothing is read before it is asked for."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

_DOCUMENTS = """number bigint, id varchar, sha256 varchar, "text" varchar, gold varchar, predicted varchar,
probability double, probabilities double[], assigned varchar[], explained varchar[], gap double, relative_gap double,
evaluations integer, converged boolean, truncated_at integer, error varchar"""
_WORDS = """document bigint, label varchar, "position" integer, word varchar, "start" integer, "end" integer,
attribution double"""
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,  # nothing is downloaded
    "autoload_known_extensions": False,
    "memory_limit": "2GB",  # what needs more goes to the disk
    "preserve_insertion_order": False,
}


def list_parts(folder: str | Path) -> list[str]:
    """The names of a run's complete parts: a part of documents that exists is complete, and so are its words."""
    return sorted(path.name for path in (Path(folder) / "documents").glob("part-*.parquet"))


def stamp(folder: str | Path) -> str:
    """What tells a run's results apart from the same run's earlier ones: it changes as parts come."""
    parts = [*list_parts(folder), str(Path(folder).resolve())]
    return hashlib.sha256(os.linesep.join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def open_tables(
    folder: str | Path, labels: Sequence[str], *, multi_label: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the views `documents`, `words` and `judged`; one of its own for each caller and thread.

    `judged` is `documents` with `golds` (all gold labels, those of a multi-label model parted by | or ;), `hit`
    (whether the model filed it as the gold label says; null without one) and `loss` (cross-entropy in nats).

    Args:
        folder: of the run.
        labels: the model's, in decoder order.
        multi_label: whether the gold column holds several labels, parted by | or ;.
    """
    settings = {**_SETTINGS, "temp_directory": str(Path(tempfile.gettempdir()) / f"whylight-duckdb-{os.getuid()}")}
    connection = duckdb.connect(":memory:", config=settings)
    try:
        parts = list_parts(folder)
        for table, columns in (("documents", _DOCUMENTS), ("words", _WORDS)):
            files = [str(Path(folder) / table / name) for name in parts]
            if files:
                connection.read_parquet(files).create_view(table)
            else:
                connection.execute(f"create table {table} ({columns})")
        connection.execute("create table label_names (name varchar, place integer)")
        if labels:
            connection.executemany("insert into label_names values (?, ?)", [[n, i] for i, n in enumerate(labels, 1)])
        connection.execute(_judge(multi_label))
        yield connection
    finally:
        connection.close()


def _judge(multi_label: bool) -> str:
    if multi_label:
        golds = r"""case when list_contains(names, gold) then [gold] else list_sort(list_distinct(list_filter(
            string_split_regex(trim(gold), '\s*[|;]\s*'), lambda part: part != ''))) end"""
        hit = "list_sort(assigned) = golds"
        loss = """list_avg([-ln(greatest(case when list_contains(golds, names[i]) then probabilities[i]
            else 1 - probabilities[i] end, 1e-12)) for i in range(1, len(names) + 1)])"""
    else:
        golds = "[gold]"
        hit = "predicted = gold"
        loss = "-ln(greatest(probabilities[list_position(names, gold)], 1e-12))"
    known = "gold is not null and error is null"
    return f"""create view judged as
        with named as (select list(name order by place) as names from label_names),
        parted as (select documents.*, names, case when {known} then {golds} end as golds from documents, named)
        select * exclude (names), case when {known} then {hit} end as hit,
            case when {known} then {loss} end as loss from parted"""
