"""A text and its changed copy, written as plain data and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ..ablation.deciding_words import Finding, Removal
from ..ablation.what_if import Change
from ..ablation.without import delete_from
from ..errors import AttributionError
from ..explanation import Explanation
from ..texts.tokens import Span
from .explanations import read_explanation, write_explanation
from .parts import read_prediction, read_span, write_prediction


def write_change(change: Change, created: datetime) -> dict[str, Any]:
    """Both explanations, and what was done to the copy.

    Raises:
        AttributionError: one of them cannot be written.
    """
    before = change.before
    return {
        "format": "whylight-what-if",
        "version": 1,
        "created": created.isoformat(timespec="seconds"),
        "model": before.model.to_dict(),
        "texts": list(before.texts),
        "text_sha256": before.text_sha256,
        "label": before.label,
        "copy": change.copy,
        "dropped": [asdict(span) for span in change.dropped],
        "masked": [asdict(span) for span in change.masked],
        "before": write_explanation(before, created),
        "after": write_explanation(change.after, created),
        "found": None if change.found is None else _write_finding(change.found),
    }


def read_change(report: Mapping[str, Any]) -> Change:
    """The change that a report was written of, to the last digit; no model is needed.

    Raises:
        AttributionError: a method that is not known here, or parts that do not fit each other.
    """
    before, after = read_explanation(report["before"]), read_explanation(report["after"])
    found = report["found"]
    said = tuple(report[part] for part in ("model", "texts", "label"))
    if said != tuple(report["before"][part] for part in ("model", "texts", "label")):
        raise AttributionError("The report's parts do not fit each other: its explanation is of another text or label.")
    try:
        return Change(
            before=before,
            after=after,
            copy=report["copy"],
            dropped=_read_spans(report["dropped"]),
            masked=_read_spans(report["masked"]),
            found=None if found is None else _read_finding(found, before),
        )
    except ValueError as error:
        raise AttributionError(f"The report's parts do not fit each other: {error}") from error


def _write_finding(found: Finding) -> dict[str, Any]:
    removal = found.removal
    return {
        "search": found.search,
        "words": list(removal.words),
        "text": removal.text,
        "prediction": write_prediction(removal.prediction),
    }


def _read_finding(said: Mapping[str, Any], before: Explanation) -> Finding:
    words, prediction = tuple(int(word) for word in said["words"]), read_prediction(said["prediction"])
    if max(words) >= len(before.spans) or said["text"] != delete_from(before, words):
        raise ValueError("what was found is not the text without these words.")
    if prediction.labels != before.prediction.labels:
        raise ValueError("what was found has other labels.")
    probabilities = (one.probability_of(before.label) for one in (prediction, before.prediction))
    return Finding(said["search"], Removal(words, said["text"], prediction, *probabilities))


def _read_spans(said: Sequence[Mapping[str, Any]]) -> tuple[Span, ...]:
    return tuple(read_span(one) for one in said)
