"""An explanation as a document of plain data, for other programs and for a check later on."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import jsonschema
import numpy as np

from .classifiers import Text
from .errors import AttributionError
from .explaining import explain
from .explanation import Explanation, ModelIdentity, Prediction, hash_texts
from .methods import METHODS, Method
from .model import Model
from .passages import BETWEEN
from .tokens import Span, Token

SCHEMA = Path(__file__).with_name("explanation.schema.json")
"""The published JSON Schema of a report; its version is in its `$id`, and in every report."""

VERSION = 1
_LARGEST_REPORT = 50_000_000
_TOLERANCE = 1e-4
_PROBABILITY_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a report is from what is computed now, in the report's own units; of a value above 1, over the value.

    Attributes:
        attribution: the largest difference of a word's or a token's attribution, a score, the gap or a label's logit;
            infinite where words or tokens are others, or other parts of the text were read, or only one has converged.
        probability: the largest difference of a label's probability or threshold, on the text or on the baseline;
            infinite where the labels are others.
    """

    attribution: float
    probability: float

    @property
    def agrees(self) -> bool:
        """Whether both are within what machines differ by."""
        return self.attribution <= _TOLERANCE and self.probability <= _PROBABILITY_TOLERANCE


def to_report(explanation: Explanation, *, created: datetime | None = None) -> dict[str, Any]:
    """Everything that an explanation says, and what is needed to compute it again.

    Args:
        explanation: from `explain`.
        created: when it was made; now by default.

    Returns:
        What `SCHEMA` describes. Numbers that are not finite are null.

    Raises:
        AttributionError: it is a contrast.
    """
    if explanation.rather_than is not None:
        raise AttributionError("A contrast has no report of its own. Write those of the two labels that it sets apart.")
    return {
        "format": "whylight-explanation",
        "version": VERSION,
        "created": (created or datetime.now(UTC)).isoformat(timespec="seconds"),
        "model": explanation.model.to_dict(),
        "texts": list(explanation.texts),
        "text_sha256": explanation.text_sha256,
        "label": explanation.label,
        "method": {"name": name_method(explanation.method), "settings": asdict(cast(Any, explanation.method))},
        "prediction": _to_plain(explanation.prediction),
        "baseline_prediction": _to_plain(explanation.baseline_prediction) if explanation.baseline_prediction else None,
        "score": _finite(explanation.score),
        "baseline_score": _finite(explanation.baseline_score),
        "gap": _finite(explanation.gap),
        "relative_gap": _finite(explanation.relative_gap),
        "evaluations": explanation.evaluations,
        "converged": explanation.converged,
        "cancelled": explanation.cancelled,
        "truncated_at": explanation.truncated_at,
        "skipped": asdict(explanation.skipped) if explanation.skipped else None,
        "words": [
            {"text": word.text, "start": word.start, "end": word.end, "attribution": word.attribution}
            for word in explanation.words()
        ],
        "tokens": [
            {**_to_plain_token(token), "attribution": float(value)}
            for token, value in zip(explanation.tokens, explanation.attributions, strict=True)
        ],
    }


def to_json(explanation: Explanation, *, created: datetime | None = None) -> str:
    """`to_report` as JSON, half characters escaped."""
    return json.dumps(to_report(explanation, created=created), indent=1, allow_nan=False)


def read_report(path: str | Path) -> dict[str, Any]:
    """A report that was written before.

    Raises:
        AttributionError: no such file, no JSON, or not what the schema describes.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_REPORT:
            raise AttributionError(f"{path.name} is larger than any report.")
        return parse_report(path.read_bytes(), path.name)
    except OSError as error:
        raise AttributionError(f"{path} cannot be read: {error.strerror}.") from error


def parse_report(content: str | bytes, name: str) -> dict[str, Any]:
    """A report from its JSON.

    Args:
        content: the JSON.
        name: what an error calls it.

    Raises:
        AttributionError: no JSON, or not what the schema describes.
    """
    try:
        report = json.loads(content)
        jsonschema.validate(report, _schema())
    except jsonschema.ValidationError as error:
        raise AttributionError(
            f"{name} is no report of Whylight: at {error.json_path}, {error.message[:200]}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise AttributionError(f"{name} is no report of Whylight: it is not JSON.") from error
    if not isinstance(report, dict) or report["text_sha256"] != hash_texts(report["texts"]):
        raise AttributionError(f"{name} was changed: its text is not the one that its hash tells of.")
    return report


def from_report(report: Mapping[str, Any]) -> Explanation:
    """The explanation that a report was written of, to the last digit; no model is needed.

    Args:
        report: from `read_report`, `parse_report` or `to_report`.

    Raises:
        AttributionError: a method that is not known here, or parts that do not fit each other.
    """
    texts, words, tokens, model = report["texts"], report["words"], report["tokens"], report["model"]
    prediction = _read_prediction(report["prediction"])
    baseline, skipped = report.get("baseline_prediction"), report.get("skipped")
    if report["label"] not in prediction.labels or any((token["word"] or 0) >= max(len(words), 1) for token in tokens):
        raise AttributionError("The report's parts do not fit each other: its label, or a token's word, is not in it.")
    return Explanation(
        text=BETWEEN.join(texts),
        source=_read_texts(texts),
        label=report["label"],
        tokens=tuple(_read_token(token) for token in tokens),
        spans=tuple(_read_span(word) for word in words),
        attributions=np.array([token["attribution"] for token in tokens], float),
        score=_number(report["score"]),
        baseline_score=_number(report["baseline_score"]),
        evaluations=int(report["evaluations"]),
        converged=report["converged"],
        cancelled=report["cancelled"],
        truncated_at=None if report["truncated_at"] is None else int(report["truncated_at"]),
        skipped=_read_span(skipped) if skipped else None,
        prediction=prediction,
        baseline_prediction=_read_prediction(baseline) if baseline else None,
        method=_read_method(report["method"]),
        model=ModelIdentity(**{**model, "versions": tuple(model["versions"].items())}),
    )


def verify(report: Mapping[str, Any], model: Model) -> Difference:
    """Compute a report's explanation again, and compare what it says of labels, words, tokens and scores.

    Args:
        report: from `read_report`.
        model: the model that it tells of; of labels whose file says nothing, what the report's reader said holds.

    Raises:
        AttributionError: another model, a preview, or a text or method that cannot be explained.
        MultiLabelError: the model's file says otherwise than the report whether labels exclude each other.
    """
    if report["model"]["sha256"] != model.identity.sha256:
        raise AttributionError(
            f"The report is of the model {report['model']['sha256'][:12]}…, and this is {model.identity.sha256[:12]}…"
        )
    if report["cancelled"]:
        raise AttributionError("The report is a preview that was stopped before its end, so nothing can be compared.")
    model = model.with_multi_label(report["model"].get("multi_label_by_reader"))
    if model.open_labels:
        model = model.with_labels(report["prediction"]["labels"])
    text, method = _read_texts(report["texts"]), _read_method(report["method"])
    again = to_report(explain(model, text, report["label"], method))
    scale = max(1.0, abs(again["prediction"]["value"] or 0.0))
    return Difference(
        _largest(report, again, _outline, _numbers) / scale,
        max(_compare_predictions(report, again)) / scale,
    )


def _compare_predictions(report: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[float]:
    """How far what is said of the text differs, and of the baseline, which reports of before do not tell of."""
    for name in ("prediction", "baseline_prediction"):
        if name == "prediction" or report.get(name) is not None:
            yield _largest(report[name], again[name] or _NO_PREDICTION, _outline_prediction, _list_probabilities)


_NO_PREDICTION: Mapping[str, Any] = {"labels": None, "logits": [], "probabilities": [], "thresholds": None}


def _outline_prediction(prediction: Mapping[str, Any]) -> list[Any]:
    thresholds = prediction["thresholds"]
    counts = [
        len(prediction["logits"]),
        len(prediction["probabilities"]),
        None if thresholds is None else len(thresholds),
    ]
    return [prediction["labels"], *counts]


def _list_probabilities(prediction: Mapping[str, Any]) -> list[float]:
    return [*prediction["probabilities"], *(prediction["thresholds"] or ())]


def name_method(method: Method) -> str:
    """The name under which a method stands in `METHODS`."""
    return next(name for name, kind in METHODS.items() if type(method) is kind)


def _read_method(said: Mapping[str, Any]) -> Method:
    try:
        return METHODS[said["name"]](**said["settings"])
    except (KeyError, TypeError, ValueError) as error:
        raise AttributionError(f"The report's method is not known here: {' '.join(str(error).split())}") from error


def _read_texts(texts: Sequence[str]) -> Text:
    return texts[0] if len(texts) == 1 else (texts[0], texts[1])


def _to_plain(prediction: Prediction) -> dict[str, Any]:
    return {
        "labels": list(prediction.labels),
        "probabilities": prediction.probabilities.tolist(),
        "logits": prediction.logits.tolist(),
        "thresholds": None if prediction.thresholds is None else prediction.thresholds.tolist(),
        "value": prediction.value,
    }


def _to_plain_token(token: Token) -> dict[str, Any]:
    """That a token is unknown stands there where it is: reports of before do not tell of it."""
    said = asdict(token)
    return said if token.unknown else {name: value for name, value in said.items() if name != "unknown"}


def _read_prediction(said: Mapping[str, Any]) -> Prediction:
    logits, probabilities = np.array(said["logits"], float), np.array(said["probabilities"], float)
    thresholds = None if said["thresholds"] is None else np.array(said["thresholds"], float)
    if any(one is not None and len(one) != len(said["labels"]) for one in (logits, probabilities, thresholds)):
        raise AttributionError("The report's parts do not fit each other: not every label has its own numbers.")
    return Prediction(tuple(said["labels"]), logits, probabilities, thresholds, said["value"])


def _read_token(said: Mapping[str, Any]) -> Token:
    word = None if said["word"] is None else int(said["word"])
    return Token(said["text"], int(said["start"]), int(said["end"]), said["special"], word, said.get("unknown", False))


def _read_span(said: Mapping[str, Any]) -> Span:
    return Span(int(said["start"]), int(said["end"]))  # 3.0 is an integer to JSON Schema


def _outline(report: Mapping[str, Any]) -> list[Any]:
    """What there are numbers of, and what was read."""
    words, tokens = (
        [{name: value for name, value in one.items() if name not in _NOT_IN_OUTLINE} for one in report[many]]
        for many in ("words", "tokens")
    )
    logits = len(report["prediction"]["logits"])
    return [words, tokens, report["truncated_at"], report.get("skipped"), report["converged"], logits]


_NOT_IN_OUTLINE = {"attribution", "unknown"}


def _numbers(report: Mapping[str, Any]) -> list[float | None]:
    attributions = [one["attribution"] for many in ("words", "tokens") for one in report[many]]
    scores = [report["score"], report["baseline_score"], report["gap"]]
    return [*attributions, *scores, *report["prediction"]["logits"], report["prediction"]["value"]]


def _largest(
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    outline: Callable[[Mapping[str, Any]], Any],
    numbers: Callable[[Mapping[str, Any]], Sequence[float | None]],
) -> float:
    """The largest difference of the numbers; infinite where they are not numbers of the same."""
    if outline(before) != outline(now):
        return math.inf
    pairs = zip(numbers(before), numbers(now), strict=True)
    return max((_differ(one, other) for one, other in pairs), default=0.0)


def _differ(one: float | None, other: float | None) -> float:
    """Numbers that are not finite are None, and alike."""
    if one is None or other is None:
        return 0.0 if one is other else math.inf
    return abs(one - other)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


@cache
def _schema() -> Any:
    return json.loads(SCHEMA.read_text("utf-8"))
