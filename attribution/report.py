"""An explanation as a document of plain data, for other programs and for a check later on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import jsonschema
import numpy as np

from .classifiers import Text
from .errors import AttributionError
from .explain import explain
from .explanation import Explanation, hash_texts
from .methods import METHODS, Method
from .model import Model

SCHEMA = Path(__file__).with_name("explanation.schema.json")
"""The published JSON Schema of a report; its version is in its `$id`, and in every report."""

VERSION = 1
_LARGEST_REPORT = 50_000_000
_TOLERANCE = 1e-4
_PROBABILITY_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a report is from what is computed now, in the report's own units.

    Attributes:
        attribution: the largest difference of a word's attribution, in logits.
        probability: the largest difference of a label's probability.
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
    """
    prediction = explanation.prediction
    return {
        "format": "whylight-explanation",
        "version": VERSION,
        "created": (created or datetime.now(UTC)).isoformat(timespec="seconds"),
        "model": explanation.model.to_dict(),
        "texts": list(explanation.texts),
        "text_sha256": explanation.text_sha256,
        "label": explanation.label,
        "method": {"name": name_method(explanation.method), "settings": asdict(cast(Any, explanation.method))},
        "prediction": {
            "labels": list(prediction.labels),
            "probabilities": prediction.probabilities.tolist(),
            "logits": prediction.logits.tolist(),
            "thresholds": None if prediction.thresholds is None else prediction.thresholds.tolist(),
            "value": prediction.value,
        },
        "score": _finite(explanation.score),
        "baseline_score": _finite(explanation.baseline_score),
        "gap": _finite(explanation.gap),
        "relative_gap": _finite(explanation.relative_gap),
        "evaluations": explanation.evaluations,
        "converged": explanation.converged,
        "cancelled": explanation.cancelled,
        "truncated_at": explanation.truncated_at,
        "words": [
            {"text": word.text, "start": word.start, "end": word.end, "attribution": word.attribution}
            for word in explanation.words()
        ],
        "tokens": [
            {**asdict(token), "attribution": float(value)}
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
        report = json.loads(path.read_text("utf-8"))
        jsonschema.validate(report, _schema())
    except OSError as error:
        raise AttributionError(f"{path} cannot be read: {error.strerror}.") from error
    except jsonschema.ValidationError as error:
        raise AttributionError(
            f"{path.name} is no report of Whylight: at {error.json_path}, {error.message[:200]}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise AttributionError(f"{path.name} is no report of Whylight: it is not JSON.") from error
    if not isinstance(report, dict) or report["text_sha256"] != hash_texts(report["texts"]):
        raise AttributionError(f"{path.name} was changed: its text is not the one that its hash tells of.")
    return report


def verify(report: Mapping[str, Any], model: Model) -> Difference:
    """Compute a report's explanation again, and compare.

    Args:
        report: from `read_report`.
        model: the model that it tells of.

    Raises:
        AttributionError: another model, a preview, or a text or method that cannot be explained.
    """
    if report["model"]["sha256"] != model.identity.sha256:
        raise AttributionError(
            f"The report is of the model {report['model']['sha256'][:12]}…, and this is {model.identity.sha256[:12]}…"
        )
    if report["cancelled"]:
        raise AttributionError("The report is a preview that was stopped before its end, so nothing can be compared.")
    text: Text = report["texts"][0] if len(report["texts"]) == 1 else (report["texts"][0], report["texts"][1])
    again = explain(model, text, report["label"], _read_method(report["method"]))
    before = np.array([word["attribution"] for word in report["words"]])
    now = np.array([word.attribution for word in again.words()])
    chances = np.array(report["prediction"]["probabilities"])
    return Difference(_largest(before, now), _largest(chances, again.prediction.probabilities))


def name_method(method: Method) -> str:
    """The name under which a method stands in `METHODS`."""
    return next(name for name, kind in METHODS.items() if type(method) is kind)


def _read_method(said: Mapping[str, Any]) -> Method:
    try:
        return METHODS[said["name"]](**said["settings"])
    except (KeyError, TypeError, ValueError) as error:
        raise AttributionError(f"The report's method is not known here: {' '.join(str(error).split())}") from error


def _largest(before: np.ndarray[Any, Any], now: np.ndarray[Any, Any]) -> float:
    if before.shape != now.shape:
        return math.inf
    return float(np.abs(before - now).max(initial=0.0))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


@cache
def _schema() -> Any:
    return json.loads(SCHEMA.read_text("utf-8"))
