"""The parts of reports, written as plain data and read back: predictions, methods, tokens and texts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

import numpy as np

from ..classifiers import Text
from ..errors import AttributionError
from ..explanation import MethodTraits, Prediction
from ..methods import METHODS, Method
from ..texts.tokens import Span, Token


def name_method(method: MethodTraits) -> str:
    """The name under which a method stands in `METHODS`."""
    return next(name for name, kind in METHODS.items() if type(method) is kind)


def write_method(method: MethodTraits) -> dict[str, Any]:
    """A method with all its settings."""
    return {"name": name_method(method), "settings": asdict(cast(Any, method))}


def read_method(said: Mapping[str, Any]) -> Method:
    """The method that `write_method` wrote.

    Raises:
        AttributionError: it is not known here, or its settings are not.
    """
    try:
        return METHODS[said["name"]](**said["settings"])
    except (KeyError, TypeError, ValueError) as error:
        raise AttributionError(f"The report's method is not known here: {' '.join(str(error).split())}") from error


def read_texts(texts: Sequence[str]) -> Text:
    """The text, or the pair of texts, as it was given."""
    return texts[0] if len(texts) == 1 else (texts[0], texts[1])


def write_prediction(prediction: Prediction) -> dict[str, Any]:
    """A prediction as plain data."""
    return {
        "labels": list(prediction.labels),
        "probabilities": prediction.probabilities.tolist(),
        "logits": prediction.logits.tolist(),
        "thresholds": None if prediction.thresholds is None else prediction.thresholds.tolist(),
        "value": prediction.value,
    }


def read_prediction(said: Mapping[str, Any]) -> Prediction:
    """The prediction that `write_prediction` wrote.

    Raises:
        AttributionError: not every label has its own numbers.
    """
    logits, probabilities = np.array(said["logits"], float), np.array(said["probabilities"], float)
    thresholds = None if said["thresholds"] is None else np.array(said["thresholds"], float)
    if any(one is not None and len(one) != len(said["labels"]) for one in (logits, probabilities, thresholds)):
        raise AttributionError("The report's parts do not fit each other: not every label has its own numbers.")
    return Prediction(tuple(said["labels"]), logits, probabilities, thresholds, said["value"])


def read_token(said: Mapping[str, Any]) -> Token:
    """A token, without its attribution."""
    word = None if said["word"] is None else int(said["word"])
    start, end = int(said["start"]), int(said["end"])
    return Token(said["text"], start, end, said["special"], word, said.get("unknown", False))


def write_token(token: Token) -> dict[str, Any]:
    """A token, without its attribution; `unknown` is written only if it is true, because earlier reports lack it."""
    said = asdict(token)
    return said if token.unknown else {name: value for name, value in said.items() if name != "unknown"}


def read_span(said: Mapping[str, Any]) -> Span:
    """A span of the text."""
    return Span(int(said["start"]), int(said["end"]))  # 3.0 is an integer to JSON Schema


def finite(value: float) -> float | None:
    """The number; None where it is not finite, because JSON has no NaN."""
    return value if math.isfinite(value) else None


def number(value: float | None) -> float:
    """The number; NaN where there was none."""
    return math.nan if value is None else float(value)
