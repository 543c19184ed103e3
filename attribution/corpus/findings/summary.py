"""The results of a run in a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from ...wording import list_first, shorten
from ..documents import Columns
from ..running.record import Run
from .quality import count_unknown
from .tables import open_tables

_REASONS = 3
_NAMED = 5


def summarize(run: Run) -> str:
    """Documents, failures with their commonest reasons, accuracy where there are gold labels, cost; a line each."""
    total = "" if run.documents is None else f" of {run.documents:,}"
    lines = [f"{run.done:,}{total} documents{' (stopped)' if run.cancelled else ''}, {run.failed:,} failed"]
    lines += _say_source(run)
    with open_tables(run.folder, run.labels, multi_label=run.multi_label) as tables:
        lines += say_failed(tables)
        right, known, explained, evaluations, reduced = tables.execute(
            "select count(*) filter (hit), count(hit), count(*), median(evaluations), "
            "count(*) filter (precision = 'bfloat16') from judged where error is null"
        ).fetchall()[0]
        unknown = count_unknown(tables)
    if known:
        gold = "gold labels say, all of them and no other" if run.multi_label else "gold label says"
        lines.append(f"{100 * right / known:.1f} % predicted as their {gold} ({right:,} of {known:,})")
    if run.source["columns"]["label"] is not None and explained > known:
        lines.append(f"  {explained - known:,} have no gold label, and are not judged")
    if unknown:
        lines.append(f"  gold labels that the model does not have, so it cannot predict them: {name_counts(unknown)}")
        lines += [f"  {alike}" for alike in [say_alike(unknown, run.labels)] if alike]
    if evaluations is not None:
        said = f"; {reduced:,} of {explained:,} documents in bfloat16" if reduced else ""
        lines.append(f"{evaluations:g} evaluation{'' if evaluations == 1 else 's'} a document (median){said}")
    if run.seconds:
        lines.append(f"{run.done / run.seconds:.2f} documents a second")
    return "\n".join(lines)


def _say_source(run: Run) -> list[str]:
    """How the file was read, and which columns were used for what; runs from before December 2026 do not say."""
    source = run.source
    if "read_as" not in source:
        return []
    columns = Columns.from_dict(source["columns"])
    golds = f"gold labels from {join_names(columns.labels)}" if columns.labels else "no gold labels"
    name = f", names from {join_names([columns.id])}" if columns.id else ""
    lines = [
        f"read as {source['read_as']}: {source['rows']}",
        f"texts from {join_names([columns.text])}, {golds}{name}",
    ]
    return [f"  {line}" for line in (*lines, source["numbers"]) if line]


def join_names(names: Sequence[str]) -> str:
    """Some names of columns in a sentence."""
    return list_first([_say(name, 40) for name in names], _NAMED)


def say_failed(tables: duckdb.DuckDBPyConnection) -> list[str]:
    """The most frequent reasons for failure, each with the first documents that it applies to."""
    rows = tables.execute(
        f"""select error, count(*) as failed, arg_min(name, number, {_NAMED})
        from documents join named using (number) where error is not null
        group by error order by failed desc, min(number) limit {_REASONS}"""
    ).fetchall()
    return [f"  {count:,} × {_say(reason, 120)} ({_name(names, count)})" for reason, count, names in rows]


def say_alike(unknown: Iterable[str], labels: Iterable[str]) -> str:
    """Which gold labels differ from the model's only in upper and lower case, in a sentence; empty if none do."""
    own = {label.casefold(): label for label in labels}
    alike = [f"{_say(one, 40)} for {_say(own[one.casefold()], 40)}" for one in unknown if one.casefold() in own]
    if not alike:
        return ""
    return f"Only upper and lower case differ: {list_first(alike, _NAMED)}."


def name_counts(counts: Mapping[str, int]) -> str:
    """The commonest of some labels, with how many documents have each."""
    rows = sorted(counts.items(), key=lambda row: -row[1])
    return list_first([f"{_say(label, 40)} ({count:,})" for label, count in rows], _NAMED)


def _name(names: Sequence[str], count: int) -> str:
    return ", ".join(_say(name, 40) for name in names) + (", …" if count > len(names) else "")


def _say(text: str, most: int) -> str:
    return shorten(" ".join(text.split()), most)
