"""The results of documents as two Arrow tables: one row per document, and one row per word of each explanation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ...explanation import Explanation, hash_texts
from ..documents import Document

ADDED = ("score", "baseline_score", "scores", "baseline_scores", "line", "precision", "file", "columns")
"""Columns of documents that runs from before December 2026 lack.

`scores` and `baseline_scores` are those of the labels in `explained`, in logits; `score` and `baseline_score` are of
the predicted label or, if that was not explained, of the first label in `explained`. `line` is the line of the file in
which the document begins, from 1. `precision` is what the network's gradients were computed in. `file` is the name of
the document's file, where there are several, and `columns` what the file's other columns say, name -> cell.
"""

DOCUMENTS = pa.schema(
    [
        pa.field("number", pa.int64(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        ("gold", pa.list_(pa.string())),
        ("predicted", pa.string()),
        ("probability", pa.float64()),
        ("probabilities", pa.list_(pa.float64())),
        ("assigned", pa.list_(pa.string())),
        pa.field("explained", pa.list_(pa.string()), nullable=False),
        ("gap", pa.float64()),
        ("relative_gap", pa.float64()),
        pa.field("evaluations", pa.int32(), nullable=False),
        ("converged", pa.bool_()),
        ("truncated_at", pa.int32()),
        ("error", pa.string()),
        ("score", pa.float64()),
        ("baseline_score", pa.float64()),
        ("scores", pa.list_(pa.float64())),
        ("baseline_scores", pa.list_(pa.float64())),
        ("line", pa.int64()),
        ("precision", pa.string()),
        ("file", pa.string()),
        ("columns", pa.map_(pa.string(), pa.string())),
    ]
)
WORDS = pa.schema(
    [
        pa.field("document", pa.int64(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("position", pa.int32(), nullable=False),
        pa.field("word", pa.string(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("attribution", pa.float64(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """Documents that are done, as `DOCUMENTS` and `WORDS` describe them."""

    documents: pa.Table
    words: pa.Table

    def __len__(self) -> int:
        return int(self.documents.num_rows)

    @property
    def failed(self) -> int:
        """How many could not be explained."""
        return len(self) - int(self.documents["error"].null_count)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One document with its explanations, or with the reason why there are none."""

    document: Document
    explanations: tuple[Explanation, ...] = ()
    error: str | None = None


def to_results(outcomes: Sequence[Outcome]) -> Results:
    """The tables of some documents."""
    words: dict[str, list[Any]] = {name: [] for name in WORDS.names}
    for outcome in outcomes:
        for explanation in outcome.explanations:
            _add_words(words, outcome.document.number, explanation)
    return Results(pa.Table.from_pylist([_to_row(outcome) for outcome in outcomes], DOCUMENTS), pa.table(words, WORDS))


def join(results: Sequence[Results]) -> Results:
    """Concatenate several results."""
    return Results(
        pa.concat_tables([DOCUMENTS.empty_table(), *(one.documents for one in results)]),
        pa.concat_tables([WORDS.empty_table(), *(one.words for one in results)]),
    )


def _add_words(columns: dict[str, list[Any]], number: int, explanation: Explanation) -> None:
    for position, word in enumerate(explanation.words()):
        row = (number, explanation.label, position, word.text, word.start, word.end, word.attribution)
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)


def _to_row(outcome: Outcome) -> dict[str, Any]:
    document, explanations = outcome.document, outcome.explanations
    row = {
        "number": document.number,
        "id": document.id,
        "sha256": hash_texts([document.text]),
        "text": document.text,
        "gold": None if document.gold is None else list(document.gold),
        "explained": [explanation.label for explanation in explanations],
        "evaluations": max((explanation.evaluations for explanation in explanations), default=0),
        "error": outcome.error,
        "line": document.line or None,
        "file": document.file or None,
        "columns": document.columns or None,
    }
    if not explanations:
        return row
    prediction = explanations[0].prediction
    shown = next((one for one in explanations if one.label == prediction.label), explanations[0])
    return row | {
        "predicted": prediction.label,
        "probability": prediction.probability,
        "probabilities": prediction.probabilities.tolist(),
        "assigned": list(prediction.assigned),
        "gap": _largest(explanation.gap for explanation in explanations),
        "relative_gap": _largest(explanation.relative_gap for explanation in explanations),
        "converged": all(explanation.converged for explanation in explanations),
        "truncated_at": explanations[0].truncated_at,
        "precision": shown.precision,
        "score": shown.score,
        "baseline_score": shown.baseline_score,
        "scores": [explanation.score for explanation in explanations],
        "baseline_scores": [explanation.baseline_score for explanation in explanations],
    }


def _largest(values: Iterable[float]) -> float | None:
    """The largest absolute value among the finite ones; None if there is none."""
    return max((abs(value) for value in values if math.isfinite(value)), default=None)


def pack(results: Results) -> bytes:
    """Serialize results, to send them from a worker."""
    sink = pa.BufferOutputStream()
    for table in (results.documents, results.words):
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue())


def unpack(packed: bytes) -> Results:
    """The results that `pack` serialized."""
    source = pa.BufferReader(packed)
    return Results(*(pa.ipc.open_stream(source).read_all() for _ in range(2)))
