"""Whether a report agrees with what is computed now."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from ..errors import AttributionError
from ..explaining import explain
from ..faithfulness import compare_faithfulness
from ..model import Model
from ..what_if import explain_variant
from .changes import read_change, write_change
from .documents import Kind, get_kind, list_explanations, to_report
from .parts import read_method, read_texts, write_prediction
from .trials import CURVES, METRICS, PROBABILITIES, read_trial, write_measures

_TOLERANCE = 1e-4
_PROBABILITY_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a report is from what is computed now, in the report's own units; of a value above 1, over the value.

    Attributes:
        attribution: the largest difference of a word's or a token's attribution, a score, the gap, a label's logit or
            log-odds; infinite where words or tokens are others, or other parts of the text were read, or only one has
            converged.
        probability: the largest difference of a label's probability or threshold, on the text or on the baseline, or
            of a measure of faithfulness; infinite where the labels are others.
    """

    attribution: float
    probability: float

    @property
    def agrees(self) -> bool:
        """Whether both are within what machines differ by."""
        return self.attribution <= _TOLERANCE and self.probability <= _PROBABILITY_TOLERANCE


def verify(report: Mapping[str, Any], model: Model) -> Difference:
    """Compute what a report tells again, and compare what it says of labels, words, tokens and scores.

    Args:
        report: from `read_report`.
        model: the model that it tells of; of labels whose file says nothing, what the report's reader said holds.

    Raises:
        AttributionError: another model, a preview, parts that do not fit each other, or a text or method that cannot be
            explained.
        MultiLabelError: the model's file says otherwise than the report whether labels exclude each other.
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
    return _VERIFIERS[get_kind(report)](report, model)


def _verify_explanation(report: Mapping[str, Any], model: Model) -> Difference:
    text, method = read_texts(report["texts"]), read_method(report["method"])
    return _compare(report, to_report(explain(model, text, report["label"], method)))


def _verify_change(report: Mapping[str, Any], model: Model) -> Difference:
    """Both explanations, and what the model says of the words that were found."""
    change = read_change(report)
    label, method = change.before.label, change.before.method
    before = explain(model, change.before.text, label, method)
    after = explain_variant(model, change.variant, label, method)
    again = write_change(replace(change, before=before, after=after), datetime.now(UTC))
    differences = [_compare(report[part], again[part]) for part in ("before", "after")]
    if change.found is not None:
        said = write_prediction(model.predict(change.found.removal.text))
        differences.append(Difference(0.0, _compare_prediction(report["found"]["prediction"], said)))
    return _join(differences)


def _verify_trial(report: Mapping[str, Any], model: Model) -> Difference:
    """Every explanation, and the measures of the orders that the report itself tells of.

    Two words of next to the same size may change places where they are computed again, so what is measured is the
    report's own order, whose sizes are compared beside it.
    """
    trial = read_trial(report)
    tested = [one["explanation"] for one in report["tested"]]
    found = _join([_verify_explanation(one, model) for one in tested])
    if math.isinf(found.attribution):  # the words are others, and none of them can be taken away
        return Difference(math.inf, math.inf)
    text = read_texts(report["texts"])
    options = {"how": trial.how, "orders": trial.orders, "seed": trial.seed}
    again = compare_faithfulness(model, text, trial.explanations, **cast(Any, options))
    measures = [
        _compare_measures(one["measures"], write_measures(now))
        for one, now in zip(report["tested"], again, strict=True)
    ]
    return _join([found, *measures])


def _compare_measures(said: Mapping[str, Any], now: Mapping[str, Any]) -> Difference:
    """How far measures differ: log-odds as logits do, and all that is a probability, or a difference of some."""
    return Difference(
        _largest(said, now, _outline_measures, lambda one: _list_metric(one["log_odds"])),
        _largest(said, now, _outline_measures, _list_measures),
    )


def _outline_measures(measures: Mapping[str, Any]) -> list[Any]:
    return [measures["words"], len(measures["shares"])]


def _list_metric(metric: Mapping[str, Any]) -> list[float]:
    return [metric["value"], *metric["random"]]


def _list_measures(measures: Mapping[str, Any]) -> list[float]:
    metrics = [value for name in METRICS if name != "log_odds" for value in _list_metric(measures[name])]
    curves = [value for name in CURVES for value in measures["curves"][name]]
    return [*metrics, *curves, *measures["shares"], *(measures[name] for name in PROBABILITIES)]


def _join(differences: Sequence[Difference]) -> Difference:
    """The largest of each kind."""
    return Difference(*(max(values) for values in zip(*map(astuple, differences), strict=True)))


_VERIFIERS: Mapping[Kind, Callable[[Mapping[str, Any], Model], Difference]] = {
    "explanation": _verify_explanation,
    "what_if": _verify_change,
    "trust": _verify_trial,
}


def _compare(report: Mapping[str, Any], again: Mapping[str, Any]) -> Difference:
    """One explanation's report, and that of the same computed now."""
    scale = max(1.0, abs(again["prediction"]["value"] or 0.0))
    return Difference(
        _largest(report, again, _outline, _numbers) / scale,
        max(_compare_predictions(report, again)) / scale,
    )


def _compare_predictions(report: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[float]:
    """How far what is said of the text differs, and of the baseline, which reports of before do not tell of."""
    for name in ("prediction", "baseline_prediction"):
        if name == "prediction" or report.get(name) is not None:
            yield _compare_prediction(report[name], again[name] or _NO_PREDICTION)


def _compare_prediction(said: Mapping[str, Any], now: Mapping[str, Any]) -> float:
    return _largest(said, now, _outline_prediction, _list_probabilities)


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


def _outline(report: Mapping[str, Any]) -> list[Any]:
    """What there are numbers of, and what was read."""
    words, tokens = (
        [{name: value for name, value in one.items() if name not in _NOT_IN_OUTLINE} for one in report[many]]
        for many in ("words", "tokens")
    )
    logits = len(report["prediction"]["logits"])
    return [words, tokens, report["truncated_at"], report.get("skipped"), report["converged"], logits]


_NOT_IN_OUTLINE = {"attribution", "unknown"}  # reports of before do not tell what is unknown


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
