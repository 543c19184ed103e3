"""Explanations that were put to the test, written as plain data and read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from ..ablation.measures import Faithfulness, How, Metric
from ..ablation.trial import Trial
from ..errors import AttributionError
from ..methods import BASELINES, METHODS
from ..segmentation import replace_halves
from .explanations import read_explanation, write_explanation

METRICS = {"comprehensiveness": True, "sufficiency": False, "log_odds": False}
"""Each measure of an order of words, with whether a faithful order has a high value."""

PROBABILITIES = ("probability", "without_strongest", "without_random")
CURVES = ("explanation", "random", "reverse")

_NAMES = {*BASELINES, *(kind.title for kind in METHODS.values())}


def write_trial(trial: Trial, created: datetime) -> dict[str, Any]:
    """Every explanation with its measures, and how they were measured.

    Raises:
        AttributionError: one of the explanations cannot be written.
    """
    first = trial.explanations[0]
    return {
        "format": "whylight-trust",
        "version": 1,
        "created": created.isoformat(timespec="seconds"),
        "model": first.model.to_dict(),
        "texts": list(first.texts),
        "text_sha256": first.text_sha256,
        "label": first.label,
        "question": trial.question,
        "how": trial.how,
        "orders": trial.orders,
        "seed": trial.seed,
        "tested": [
            {"name": name, "explanation": write_explanation(one, created), "measures": write_measures(measured)}
            for name, one, measured in zip(trial.names, trial.explanations, trial.measured, strict=True)
        ],
    }


def read_trial(report: Mapping[str, Any]) -> Trial:
    """The trial that a report was written of, to the last digit; no model is needed.

    Raises:
        AttributionError: a method that is not known here, or parts that do not fit each other.
    """
    tested = report["tested"]
    if any(one["explanation"][part] != report[part] for one in tested for part in ("model", "texts", "label")):
        raise AttributionError(
            "The report's parts do not fit each other: an explanation is of another text, label or model."
        )
    try:
        trial = Trial(
            question=report["question"],
            names=tuple(one["name"] for one in tested),
            explanations=tuple(read_explanation(one["explanation"]) for one in tested),
            measured=tuple(_read_measures(one["measures"], report["how"], int(report["orders"])) for one in tested),
            seed=int(report["seed"]),
        )
    except ValueError as error:
        raise AttributionError(f"The report's parts do not fit each other: {error}") from error
    if trial.question == "faithfulness" and len(tested) > 1:
        raise AttributionError("The report's parts do not fit each other: it tests one explanation, but holds more.")
    _check_names(trial)
    return trial


def _check_names(trial: Trial) -> None:
    """Refuse an explanation with the name of another method or baseline, or with one that cannot be encoded."""
    for name, one in zip(trial.names, trial.explanations, strict=True):
        own = getattr(one.method, "baseline", "") if trial.question == "baselines" else one.method.title
        if name != own and (name in _NAMES or replace_halves(name) != name):
            raise AttributionError(
                f"The report's parts do not fit each other: an explanation of {own} goes by the name of another."
            )


def write_measures(measured: Faithfulness) -> dict[str, Any]:
    """The measures of an explanation, with those of every random order."""
    metrics: dict[str, Metric] = {name: getattr(measured, name) for name in METRICS}
    return {
        **{name: {"value": one.value, "random": one.random.tolist()} for name, one in metrics.items()},
        "shares": measured.shares.tolist(),
        "curves": {name: measured.curves[name].tolist() for name in CURVES},
        "words": measured.words,
        **{name: getattr(measured, name) for name in PROBABILITIES},
    }


def _read_measures(said: Mapping[str, Any], how: How, orders: int) -> Faithfulness:
    shares = np.array(said["shares"], float)
    curves = {name: np.array(said["curves"][name], float) for name in CURVES}
    if any(len(one) != len(shares) for one in curves.values()):
        raise ValueError("a curve does not have one point for every share of the words.")
    if any(len(said[name]["random"]) != orders for name in METRICS):
        raise ValueError("not every random order has its measures.")
    metrics = {
        name: Metric(float(said[name]["value"]), np.array(said[name]["random"], float), higher)
        for name, higher in METRICS.items()
    }
    return Faithfulness(
        how=how,
        comprehensiveness=metrics["comprehensiveness"],
        sufficiency=metrics["sufficiency"],
        log_odds=metrics["log_odds"],
        shares=shares,
        curves=curves,
        words=int(said["words"]),
        probability=float(said["probability"]),
        without_strongest=float(said["without_strongest"]),
        without_random=float(said["without_random"]),
    )
