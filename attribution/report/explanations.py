"""An explanation, written as plain data and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from ..errors import AttributionError
from ..explanation import Explanation, ModelIdentity
from ..segmentation import replace_halves
from ..texts.passages import BETWEEN
from ..texts.tokens import Span
from .parts import (
    finite,
    number,
    read_method,
    read_prediction,
    read_span,
    read_texts,
    read_token,
    write_method,
    write_prediction,
    write_token,
)


def write_explanation(explanation: Explanation, created: datetime) -> dict[str, Any]:
    """Everything that an explanation says, and what is needed to compute it again.

    Raises:
        AttributionError: it is a contrast.
    """
    if explanation.rather_than is not None:
        raise AttributionError("A contrast has no report of its own. Write the reports of its two labels instead.")
    return {
        "format": "whylight-explanation",
        "version": 1,
        "created": created.isoformat(timespec="seconds"),
        "model": explanation.model.to_dict(),
        "texts": list(explanation.texts),
        "text_sha256": explanation.text_sha256,
        "label": explanation.label,
        "method": write_method(explanation.method),
        "prediction": write_prediction(explanation.prediction),
        "baseline_prediction": (
            write_prediction(explanation.baseline_prediction) if explanation.baseline_prediction else None
        ),
        "score": finite(explanation.score),
        "baseline_score": finite(explanation.baseline_score),
        "gap": finite(explanation.gap),
        "relative_gap": finite(explanation.relative_gap),
        "evaluations": explanation.evaluations,
        "learned_from": explanation.learned_from,
        "precision": explanation.precision,
        "converged": explanation.converged,
        "cancelled": explanation.cancelled,
        "truncated_at": explanation.truncated_at,
        "skipped": asdict(explanation.skipped) if explanation.skipped else None,
        "words": [
            {"text": word.text, "start": word.start, "end": word.end, "attribution": word.attribution}
            for word in explanation.words()
        ],
        "tokens": [
            {**write_token(token), "attribution": float(value)}
            for token, value in zip(explanation.tokens, explanation.attributions, strict=True)
        ],
    }


def was_reduced(report: Mapping[str, Any]) -> bool:
    """Whether an explanation was computed in bfloat16; earlier reports say it by their method."""
    asked = report["method"]["settings"].get("precision", "float32")
    return asked == "bfloat16" or (asked == "auto" and report.get("precision") == "bfloat16")


def read_explanation(report: Mapping[str, Any]) -> Explanation:
    """The explanation that a report was written of, to the last digit; no model is needed.

    Raises:
        AttributionError: a method that is not known here, or parts that do not fit each other.
    """
    texts, words, tokens, model = report["texts"], report["words"], report["tokens"], report["model"]
    prediction = read_prediction(report["prediction"])
    baseline, text = report.get("baseline_prediction"), BETWEEN.join(texts)
    skipped = [read_span(report["skipped"])] if report.get("skipped") else []
    cut = [] if report["truncated_at"] is None else [Span(int(report["truncated_at"]), len(text))]
    if any(not 0 <= one.start <= one.end < len(text) for one in skipped) or any(one.start > one.end for one in cut):
        raise AttributionError("The report's parts do not fit each other: what was not read lies outside of the text.")
    if report["label"] not in prediction.labels or any((token["word"] or 0) >= max(len(words), 1) for token in tokens):
        raise AttributionError("The report's parts do not fit each other: its label, or a token's word, is not in it.")
    if baseline and baseline["labels"] != report["prediction"]["labels"]:
        raise AttributionError("The report's parts do not fit each other: the labels of the text and of the baseline.")
    named = json.dumps([model, report["method"]], ensure_ascii=False)
    if replace_halves(named) != named:
        raise AttributionError("The report names its model or method with half a character (a lone surrogate).")
    return Explanation(
        text=text,
        source=read_texts(texts),
        label=report["label"],
        tokens=tuple(read_token(token) for token in tokens),
        spans=tuple(read_span(word) for word in words),
        attributions=np.array([token["attribution"] for token in tokens], float),
        score=number(report["score"]),
        baseline_score=number(report["baseline_score"]),
        evaluations=int(report["evaluations"]),
        learned_from=int(report.get("learned_from", 0)),
        precision="bfloat16" if was_reduced(report) else "float32",
        converged=report["converged"],
        cancelled=report["cancelled"],
        unread=(*skipped, *cut),
        prediction=prediction,
        baseline_prediction=read_prediction(baseline) if baseline else None,
        method=read_method(report["method"]),
        model=ModelIdentity(**{**model, "versions": tuple(model["versions"].items())}),
    )
