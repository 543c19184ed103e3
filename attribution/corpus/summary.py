"""What came of a run, in a few lines."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from ..errors import shorten
from .run import Run
from .views import open_tables

_REASONS = 3
_NAMED = 5


def summarize(run: Run) -> str:
    """Documents, failures with their commonest reasons, accuracy where there are gold labels, cost; a line each."""
    total = "" if run.documents is None else f" of {run.documents:,}"
    lines = [f"{run.done:,}{total} documents{' (stopped)' if run.cancelled else ''}, {run.failed:,} failed"]
    with open_tables(run.folder, run.labels, multi_label=run.multi_label) as tables:
        lines += _say_failed(tables)
        right, known, evaluations = tables.execute(
            "select count(*) filter (hit), count(hit), median(evaluations) from judged where error is null"
        ).fetchall()[0]
    if known:
        gold = "gold labels say, all of them and no other" if run.multi_label else "gold label says"
        lines.append(f"{100 * right / known:.1f} % predicted as their {gold} ({right:,} of {known:,})")
    if evaluations is not None:
        lines.append(f"{evaluations:g} evaluations a document (median)")
    if run.seconds:
        lines.append(f"{run.done / run.seconds:.2f} documents a second")
    return "\n".join(lines)


def _say_failed(tables: duckdb.DuckDBPyConnection) -> list[str]:
    """The commonest reasons, each with the first of the documents that it is said of."""
    rows = tables.execute(
        f"""select error, count(*) as failed, arg_min(id, number, {_NAMED}) from documents where error is not null
        group by error order by failed desc, min(number) limit {_REASONS}"""
    ).fetchall()
    return [f"  {count:,} × {_say(reason, 120)} ({_name(names, count)})" for reason, count, names in rows]


def _name(names: Sequence[str], count: int) -> str:
    return ", ".join(_say(name, 40) for name in names) + (", …" if count > len(names) else "")


def _say(text: str, most: int) -> str:
    return shorten(" ".join(text.split()), most)
