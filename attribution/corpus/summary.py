"""What came of a run, in a few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import shorten
from .run import Run

_REASONS = 3
_NAMED = 5


def summarize(run: Run) -> str:
    """Documents, failures with their commonest reasons, accuracy where there are gold labels, cost; a line each."""
    known = right = 0
    evaluations: Counter[int] = Counter()
    failed: dict[str, list[str]] = {}
    for documents in _read(run, ["id", "gold", "predicted", "evaluations", "error"]):
        for name, gold, predicted, count, error in zip(*(one.to_pylist() for one in documents.columns), strict=True):
            if error is not None:
                failed.setdefault(error, []).append(name)
                continue
            evaluations[count] += 1
            known += gold is not None
            right += gold is not None and gold == predicted
    total = "" if run.documents is None else f" of {run.documents:,}"
    lines = [f"{run.done:,}{total} documents{' (stopped)' if run.cancelled else ''}, {run.failed:,} failed"]
    lines += _say_failed(failed)
    if known:
        lines.append(f"{100 * right / known:.1f} % predicted as their gold label says ({right:,} of {known:,})")
    if evaluations:
        lines.append(f"{_median(evaluations):g} evaluations a document (median)")
    if run.seconds:
        lines.append(f"{run.done / run.seconds:.2f} documents a second")
    return "\n".join(lines)


def _say_failed(failed: dict[str, list[str]]) -> list[str]:
    """The commonest reasons, each with some of the documents that it is said of."""
    lines = []
    for reason, names in sorted(failed.items(), key=lambda item: -len(item[1]))[:_REASONS]:
        named = ", ".join(shorten(" ".join(name.split()), 40) for name in names[:_NAMED])
        more = ", …" if len(names) > _NAMED else ""
        lines.append(f"  {len(names):,} × {shorten(' '.join(reason.split()))} ({named}{more})")
    return lines


def _read(run: Run, columns: list[str]) -> Iterator[pa.Table]:
    for path in sorted((run.folder / "documents").glob("part-*.parquet")):
        yield pq.read_table(path, columns=columns)


def _median(counts: Counter[int]) -> float:
    values = sorted(counts)
    return float(np.median(np.repeat(values, [counts[value] for value in values])))
