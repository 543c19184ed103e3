"""A run over a data set as one HTML file: which words move each label, and which are behind the errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

import pandas as pd

from ..charts.data_set import draw_calibration, draw_confusion, draw_label_words
from ..guide import point_to_limits, render_limits, tell_limits_of_sums
from ..numbers import format_count, format_logits
from .html import close_page, embed, open_page

_STYLE = """<style>
.wide th:not(.number), .wide td:not(.number) { min-width: 6.5rem; } .wide th { overflow-wrap: break-word; }
</style>"""
_MOST_LABELS = 20
_LABELS_IN_HALF = 8
"""Up to so many labels, the confusion matrix leaves room for the calibration beside it; else it is full width."""
_ROWS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What the report shows; `quality` and `blame` are None where there are no gold labels.

    Attributes:
        title: what was explained.
        facts: where it comes from, name -> value.
        explained: documents by the label explained.
        words: as `rank_words` has them.
        hidden: the words that were left out of them, as `rank_all_words` has them.
        hidden_blame: those that were left out of `blame`, as `find_all_blame` has them.
        quality: as `measure_quality` has it.
        blame: as `find_blame` has it.
        ranked: how the words were chosen, in a sentence.
    """

    title: str
    facts: Mapping[str, str]
    explained: Mapping[str, int]
    words: pd.DataFrame
    hidden: pd.DataFrame
    quality: Any
    blame: pd.DataFrame | None
    ranked: str
    hidden_blame: pd.DataFrame | None = None


def render_summary(summary: Summary, *, created: datetime | None = None) -> str:
    """The report as one HTML document that works offline, because Plotly's script (about 4.5 MB) is in it."""
    facts = {**summary.facts, "Made": (created or datetime.now(UTC)).isoformat(timespec="seconds")}
    parts = [*open_page(f"Whylight: {summary.title}"), _STYLE, f"<h1>{escape(summary.title)}</h1>", point_to_limits()]
    if summary.quality is not None and summary.quality.judged:
        parts += _render_quality(summary)
    tables = list(summary.words.groupby("label"))[:_MOST_LABELS]
    ranked = " ".join([summary.ranked, *_say_labels(len(tables), len(summary.explained))])
    parts += ["<h2>What each label listens to</h2>", f"<p>{escape(ranked)}</p>", '<div class="grid">']
    for number, (label, table) in enumerate(tables):
        count = summary.explained.get(str(label), 0)
        figure = embed(draw_label_words(table), f"words-{number}")
        said = f"<h3>{escape(str(label))}</h3><p>{count:,} documents explained</p>"
        parts.append(f'<section class="together">{said}{figure}</section>')
    parts += ["</div>", _tabulate(facts), _tabulate_words(summary.words)]
    parts += [_tabulate_hidden(summary.hidden)] if len(summary.hidden) else []
    return close_page([*parts, render_limits(tell_limits_of_sums())])


def _say_labels(shown: int, explained: int) -> list[str]:
    """How many labels are left out, in a sentence; empty where none is."""
    if shown == explained:
        return []
    return [
        f"Of the {explained:,} labels that documents were explained for, {shown:,} are shown; the page Data set has "
        "all."
    ]


def _render_quality(summary: Summary) -> list[str]:
    quality = summary.quality
    rows: Any = quality.labels.itertuples()
    parts = [
        f"<p><b>{100 * quality.accuracy:.1f} %</b> right: {quality.right:,} of the {quality.judged:,} documents with a "
        f"gold label. Mean loss {quality.loss:.3f} (minus the natural logarithm of the gold label's "
        f"probability: 0 is certain and right), of {quality.measured:,} documents.</p>",
        *_say_left_out(quality),
        "<h2>Where it errs</h2>",
        _rows(
            ["label", "precision", "recall", "F1", "gold", "filed"],
            [
                [row.label, *(_share(value) for value in (row.precision, row.recall, row.f1)), row.gold, row.predicted]
                for row in rows
            ],
        ),
    ]
    if not quality.confusion.empty:
        parts += _draw_quality(quality)
    if summary.blame is not None and not summary.blame.empty:
        parts += ["<h2>Words behind the errors</h2>", _tabulate_blame(summary.blame)]
        if summary.hidden_blame is not None and len(summary.hidden_blame):
            parts.append(_tabulate_hidden(summary.hidden_blame, "wrong_"))
    return parts


def _draw_quality(quality: Any) -> list[str]:
    """The confusion matrix and the calibration, side by side if there are few labels."""
    labels, parts = list(quality.labels["label"]), ['<div class="grid">']
    if len(labels) <= _MOST_LABELS:
        confusions = draw_confusion(quality.matrix(labels), labels)
        parts.append(embed(confusions, "confusion", broad=len(labels) > _LABELS_IN_HALF))
    parts += [embed(draw_calibration(quality.calibration), "calibration"), "</div>"]
    if len(labels) > _MOST_LABELS:
        parts.append(
            f"<p>There are too many labels ({len(labels):,}) for a confusion matrix here. The page Data set draws "
            f"that of the {_MOST_LABELS} with most errors.</p>"
        )
    return parts


def _say_left_out(quality: Any) -> list[str]:
    """Which documents were not judged, and which gold labels the model does not have."""
    parts = []
    if quality.unlabelled or quality.failed:
        parts.append(
            f"<p>Not judged: {format_count(quality.unlabelled, 'document')} without a gold label, and "
            f"{quality.failed:,} that could not be explained.</p>"
        )
    if quality.unknown:
        names = ", ".join(f"{escape(label)} ({count:,})" for label, count in list(quality.unknown.items())[:_ROWS])
        parts.append(f"<p>Gold labels that the model does not have, so that it cannot be right: {names}.</p>")
    return parts


def _tabulate_blame(blame: pd.DataFrame) -> str:
    rows: Any = blame.head(_ROWS).itertuples()
    return _rows(
        ["word", "wrong label", "misfiled documents", "sum there", "mean there", "right documents", "mean there"],
        [
            [
                row.word,
                row.label,
                f"{row.wrong_documents:,}",
                format_logits(row.wrong_sum),
                format_logits(row.wrong_mean),
                f"{row.right_documents:,}",
                format_logits(row.right_mean) if row.right_documents else "–",
            ]
            for row in rows
        ],
    )


def _tabulate_words(words: pd.DataFrame) -> str:
    rows: Any = words.itertuples()
    table = _rows(
        ["label", "word", "documents", "sum", "95 % interval", "mean", "among the strongest", "same sign"],
        [
            [
                row.label,
                row.word,
                f"{row.documents:,}",
                format_logits(row.sum),
                f"{format_logits(row.sum_low)} to {format_logits(row.sum_high)}",
                format_logits(row.mean, 3),
                _share(row.top),
                _share(row.consistency),
            ]
            for row in rows
        ],
    )
    return f"<details><summary>Every number</summary>{table}</details>"


def _tabulate_hidden(hidden: pd.DataFrame, before: str = "") -> str:
    """Words that were left out; `before` is a prefix of the names of the columns with numbers."""
    columns = [
        hidden[name] for name in ("label", "word", *(f"{before}{name}" for name in ("documents", "sum", "mean")))
    ]
    table = _rows(
        ["label", "word", "documents", "sum", "mean"],
        [
            [label, word, f"{documents:,}", format_logits(total), format_logits(mean, 3)]
            for label, word, documents, total, mean in zip(*columns, strict=True)
        ],
    )
    return f"<details><summary>{hidden['word'].nunique():,} words and marks left out</summary>{table}</details>"


def _share(value: float) -> str:
    return "–" if value != value else f"{100 * value:.0f} %"


def _rows(head: list[str], rows: list[list[object]]) -> str:
    """A table; columns other than names are aligned to the right."""
    texts = {"label", "word", "wrong label"}
    looks = ["" if name in texts else ' class="number"' for name in head]
    first = "".join(f"<th{look}>{escape(name)}</th>" for name, look in zip(head, looks, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{look}>{escape(str(cell))}</td>" for cell, look in zip(row, looks, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table></div>'


def _tabulate(facts: Mapping[str, str]) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items())
    return f'<section class="together"><h2>Where this comes from</h2><table class="facts">{rows}</table></section>'
