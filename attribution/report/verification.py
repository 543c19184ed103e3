"""Whether a report agrees with what is computed now."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np

from ..ablation.faithfulness import compare_faithfulness
from ..ablation.what_if import explain_variant
from ..errors import AttributionError
from ..explaining.explain import explain, find_words
from ..explanation import Explanation, relative_gap
from ..methods import IntegratedGradients, Method
from ..methods.path.adaptive import allow_gap
from ..model import Model
from .changes import read_change, write_change
from .document import Kind, get_kind, list_explanations, to_report
from .explanations import read_explanation, was_reduced
from .parts import finite, read_method, read_texts, write_prediction
from .trials import read_trial, write_measures

_TOLERANCE = 1e-4
_PROBABILITY_TOLERANCE = 1e-5
"""By how much attributions and probabilities may differ between machines."""

_TOKEN_ERROR = 3.0
"""Times the tolerance: the error of all tokens together that integrated gradients promise, of their size."""
_FINER = 0.25

_NOT_COMPARED = {
    "created": "it is the time at which the report was made",
    "evaluations": "a machine that rounds differently may need more or fewer of them",
    "learned_from": "the texts that were explained before are not in the report",
    "precision": "it is computed again in float32, and the report's promise holds across both",
    "method": "its settings are used for computing again",
    "encoder": "other releases of Whylight may name it differently",
    "versions": "they are those that the report was made with",
    "relative_gap": "compared separately: it is large where the scores hardly differ",
}
"""Fields that are not compared, with the reason."""

_TOLD_LATER = {"baseline_prediction", "skipped", "unknown", "multi_label_by_reader"}
"""Fields that earlier reports do not have."""

_PROBABILITIES = {"labels": True, "probabilities": True, "thresholds": True, "measures": True, "log_odds": False}
"""Fields whose numbers are probabilities (true), and those within them whose numbers are not (false)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a report is from what is computed now, in the report's own units; relative to a value above 1.

    Attributes:
        attribution: the largest difference of a word's or a token's attribution, a score, the gap, a label's logit or
            log-odds; infinite if anything else differs: words, tokens, how much of the text was read, how the model
            is described.
        probability: the largest difference of a label's probability or threshold, on the text or on the baseline, or
            of a measure of faithfulness; infinite if the labels differ.
    """

    attribution: float
    probability: float

    @property
    def agrees(self) -> bool:
        """Whether both are small enough to be due to different machines."""
        return self.attribution <= _TOLERANCE and self.probability <= _PROBABILITY_TOLERANCE


def verify(report: Mapping[str, Any], model: Model) -> Difference:
    """Compute a report again, and compare all of it but the time, the versions and the evaluations.

    Words that were found to decide are taken away again, but the search for them is not repeated.

    Args:
        report: from `read_report`.
        model: the model of the report; if its file does not say whether labels exclude each other, the report decides.

    Raises:
        AttributionError: another model, a preview, parts that do not fit each other, or a text or method that cannot be
            explained.
        MultiLabelError: the model's file and the report disagree on whether labels exclude each other.
    """
    if report["model"]["sha256"] != model.identity.sha256:
        raise AttributionError(
            f"The report is of the model {report['model']['sha256'][:12]}…, and this is {model.identity.sha256[:12]}…"
        )
    if any(one["cancelled"] for one in list_explanations(report)):
        raise AttributionError("The report is a preview that was stopped before its end, so nothing can be compared.")
    model = model.with_multi_label(report["model"].get("multi_label_by_reader"))
    if model.open_labels:
        model = model.with_labels(next(list_explanations(report))["prediction"]["labels"])
    differences = list(_VERIFIERS[get_kind(report)](report, model))
    return Difference(max(one.attribution for one in differences), max(one.probability for one in differences))


def _verify_explanation(report: Mapping[str, Any], model: Model) -> Iterator[Difference]:
    text, method = read_texts(report["texts"]), _place_points_anew(report)
    again = _allow_error(report, explain(model, text, report["label"], method))
    yield from _compare_explanations(report, to_report(again))


def _verify_change(report: Mapping[str, Any], model: Model) -> Iterator[Difference]:
    """The words that were changed, both explanations, and the prediction without the words that were found."""
    change = read_change(report)
    label = change.before.label
    before, after = _place_points_anew(report["before"]), _place_points_anew(report["after"])
    again_before = _allow_error(report["before"], explain(model, change.before.text, label, before))
    again_after = _allow_error(report["after"], explain_variant(model, change.variant, label, after))
    spans = {*find_words(model, change.copy, label)}
    yield _place(0.0 if spans.issuperset((*change.dropped, *change.masked)) else math.inf, is_probability=False)
    again = write_change(replace(change, before=again_before, after=again_after), datetime.now(UTC))
    for part in ("before", "after"):
        yield from _compare_explanations(report[part], again[part])
    if change.found is not None:
        yield _compare(report["found"]["prediction"], write_prediction(model.predict(change.found.removal.text)))


def _verify_trial(report: Mapping[str, Any], model: Model) -> Iterator[Difference]:
    """Every explanation, and the measures of the report's own orders of words.

    Two words of nearly the same size may change places when they are computed again, so faithfulness is measured on
    the report's order; the attributions themselves are compared separately.
    """
    trial = read_trial(report)
    found = [one for tested in report["tested"] for one in _verify_explanation(tested["explanation"], model)]
    yield from found
    if any(math.isinf(one.attribution) for one in found):  # the words may differ, and then they cannot be taken away
        yield Difference(math.inf, math.inf)
        return
    options = {"how": trial.how, "orders": trial.orders, "seed": trial.seed}
    text = read_texts(report["texts"])
    again = compare_faithfulness(model, text, trial.explanations, **cast(Any, options))
    for tested, now in zip(report["tested"], again, strict=True):
        yield _compare(tested["measures"], write_measures(now), is_probability=True)


_VERIFIERS: Mapping[Kind, Callable[[Mapping[str, Any], Model], Iterator[Difference]]] = {
    "explanation": _verify_explanation,
    "what_if": _verify_change,
    "trust": _verify_trial,
}


def _place_points_anew(report: Mapping[str, Any]) -> Method:
    """The method of an explanation in float32, and without what earlier texts taught, which others do not have.

    Where there was either, its tolerance is finer, so that nearly all of a difference is the report's error.
    """
    method = read_method(report["method"])
    if not isinstance(method, IntegratedGradients):
        return method
    finer = _FINER if _has_error(report) else 1.0
    return replace(method, points="adaptive", precision="float32", tolerance=method.tolerance * finer)


def _has_error(report: Mapping[str, Any]) -> bool:
    """Whether an explanation may differ by its promised error from one in float32 with points of the text's own."""
    learned = report.get("learned_from") and report["method"]["settings"].get("points") != "adaptive"
    return bool(learned) or was_reduced(report)


def _allow_error(report: Mapping[str, Any], again: Explanation) -> Explanation:
    """What was computed again, by the report's method, and with its attributions if they are as near as promised.

    Then both are within their promises: the gap within the tolerance, and all tokens' errors together within three
    times the tolerance of their size.
    """
    method = read_method(report["method"])
    again = replace(again, method=method)
    if not _has_error(report) or not isinstance(method, IntegratedGradients):
        return again
    reported = read_explanation(report)
    if reported.tokens != again.tokens:
        return again
    error = float(np.abs(reported.attributions - again.attributions).sum())
    size = float(np.abs(again.attributions).sum())
    is_complete = abs(reported.gap) <= allow_gap(again.score - again.baseline_score, method.tolerance)
    if error > _TOKEN_ERROR * method.tolerance * size or (reported.converged and not is_complete):
        return again
    return replace(again, attributions=reported.attributions, converged=reported.converged)


def _compare_explanations(report: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Difference]:
    """How far the report of an explanation is from the same computed now; relative to a value above 1."""
    found, scale = _compare(report, again), max(1.0, abs(again["prediction"]["value"] or 0.0))
    yield Difference(found.attribution / scale, found.probability / scale)
    yield Difference(_check_relative_gap(report), 0.0)


def _check_relative_gap(report: Mapping[str, Any]) -> float:
    """How far a report's relative gap, turned back into a gap, is from the gap that it gives."""
    said, gap, score, baseline_score = (report[name] for name in ("relative_gap", "gap", "score", "baseline_score"))
    if None in (gap, score, baseline_score):
        return _differ(said, None)
    difference = score - baseline_score
    if said and difference:
        return _differ(said * abs(difference), gap)
    return _differ(said, finite(relative_gap(gap, difference)))


def _compare(said: Any, now: Any, *, is_probability: bool = False) -> Difference:
    """How far a part of a report is from the same part written now; what is not a float must be equal."""
    if isinstance(now, dict):
        parts = list(_compare_parts(said, now, is_probability))
    elif isinstance(now, list):
        parts = [_compare(*pair, is_probability=is_probability) for pair in zip(said or (), now, strict=False)]
        parts.append(_place(0.0 if said is not None and len(said) == len(now) else math.inf, is_probability))
    elif isinstance(now, float):
        return _place(_differ(said, now), is_probability)
    else:
        return _place(0.0 if said == now else math.inf, is_probability)
    return Difference(
        max((one.attribution for one in parts), default=0.0), max((one.probability for one in parts), default=0.0)
    )


def _compare_parts(said: Any, now: Mapping[str, Any], is_probability: bool) -> Iterator[Difference]:
    if not isinstance(said, dict):
        yield _place(math.inf, is_probability)
        return
    for name in (said.keys() | now.keys()) - _NOT_COMPARED.keys():
        if name in said or name not in _TOLD_LATER:
            own = _PROBABILITIES.get(name, is_probability)
            yield _compare(said.get(name), now.get(name, False if name == "unknown" else None), is_probability=own)


def _place(difference: float, is_probability: bool) -> Difference:
    return Difference(0.0, difference) if is_probability else Difference(difference, 0.0)


def _differ(said: float | None, now: float | None) -> float:
    """How far two numbers differ; infinite if only one of them is None."""
    if said is None or now is None:
        return 0.0 if said is now else math.inf
    difference = abs(said - now)
    return difference if math.isfinite(difference) else math.inf
