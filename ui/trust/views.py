"""What the Trust page shows: faithfulness, methods side by side, baselines side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, cast

import streamlit as st

from attribution import Explanation, Model, explain
from attribution.ablation.faithfulness import compare_faithfulness
from attribution.ablation.measures import HOWS, Faithfulness, How
from attribution.ablation.trial import Question, Trial
from attribution.classifiers import Text
from attribution.methods import METHODS, Method
from attribution.render import WAYS, format_count, format_share, say_evidence
from attribution.report import name_method

from ..choices.baselines import find_kept, offer_keeping, show_reason
from ..choices.settings import offered_baselines
from ..computed import Timed, keep, key_of
from ..shown.downloads import offer_trial
from ..shown.saving import offer_saving
from ..shown.trial import show_trial
from ..wording import shorten

_FIRST_METHODS = ("integrated_gradients", "occlusion", "input_x_gradient")


def _show_faithfulness(model: Model, text: Text, label: str, method: Method) -> None:
    how = _choose_how()
    explanation, _ = _explain(model, text, label, method)
    trial = Trial("faithfulness", (method.title,), (explanation,), _measure(model, text, [explanation], how))
    show_trial(trial)
    _offer(trial)


def _show_methods(model: Model, text: Text, label: str, method: Method) -> None:
    offered = [name for name, kind in METHODS.items() if model.differentiable or not kind.differentiates]
    chosen = st.multiselect(
        "Methods",
        offered,
        [name for name in _FIRST_METHODS if name in offered],
        key="trust_methods",
        format_func=lambda name: METHODS[name].title,
        help="KernelSHAP and LIME ask the model hundreds of times.",
    )
    if not chosen:
        st.info("Choose at least one method.", icon=":material/arrow_upward:")
        return
    methods = {
        METHODS[name].title: method if isinstance(method, METHODS[name]) else _make(model, name) for name in chosen
    }
    _compare("methods", model, text, label, methods)


def _show_baselines(model: Model, text: Text, label: str, method: Method) -> None:
    if "baseline" not in {field.name for field in fields(cast(Any, method))}:
        st.info(f"{method.title} has no baseline.", icon=":material/info:")
        return
    offered = [
        name
        for name in offered_baselines(model, type(method))
        if name != "text" or getattr(method, "baseline_text", "").strip()
    ]
    show_reason(model, method)
    offered.sort(key=lambda name: name != cast(Any, method).baseline)  # the others are compared with the one in use
    baselines = {name: replace(cast(Any, method), baseline=name) for name in offered}

    def offer(trial: Trial, best: int) -> None:
        if trial.names[best] != "text":
            offer_keeping(model, name_method(method), trial, best)

    _compare("baselines", model, text, label, baselines, offer)


VIEWS: Mapping[str, Callable[[Model, Text, str, Method], None]] = {
    "Faithfulness": _show_faithfulness,
    "Methods": _show_methods,
    "Baselines": _show_baselines,
}


def _compare(
    question: Question,
    model: Model,
    text: Text,
    label: str,
    methods: Mapping[str, Method],
    offer: Callable[[Trial, int], None] | None = None,
) -> None:
    """Several explanations of one label, put to one test; `offer` draws what can be done where one is clearly best."""
    how = _choose_how()
    found = [_explain(model, text, label, method) for method in methods.values()]
    explanations = tuple(explanation for explanation, _ in found)
    trial = Trial(question, tuple(methods), explanations, _measure(model, text, explanations, how))
    show_trial(trial, [seconds for _, seconds in found], offer)
    _offer(trial)


def _offer(trial: Trial) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="downloads"):
        offer_trial(trial)
        offer_saving(trial, _name(trial))


def _name(trial: Trial) -> str:
    """The name proposed for saving it: the label, and what was found or compared."""
    label = shorten(trial.explanations[0].label, 24)
    if trial.question == "faithfulness":
        evidence, _ = say_evidence(trial.measured[0].comprehensiveness)
        return f"{label}: {evidence.lower()} for {trial.names[0]}"
    return f"{label}: {len(trial.names)} {trial.question} compared"


def restore_trial(trial: Trial) -> None:
    """Let the next run of the page ask the same question in the same way."""
    st.session_state["trust_view"] = trial.question.capitalize()
    st.session_state["trust_how"] = trial.how
    if trial.question == "methods":
        st.session_state["trust_methods"] = [name_method(one.method) for one in trial.explanations]


def _make(model: Model, name: str) -> Method:
    kind: Any = METHODS[name]
    takes_baseline = "baseline" in {field.name for field in fields(kind)}
    if not takes_baseline:
        return cast(Method, kind())
    offered = offered_baselines(model, kind)
    kept = find_kept(model, name)
    default = kept.baseline if kept else kind().baseline
    return cast(Method, kind(baseline=default if default in offered else offered[0]))


def _choose_how() -> How:
    how: How | None = st.segmented_control(
        "Words are", HOWS, key="trust_how", default="delete", required=True, format_func=WAYS.__getitem__
    )
    return how or "delete"


def _explain(model: Model, text: Text, label: str, method: Method) -> Timed:
    """An explanation and the seconds it took when it was computed."""

    def compute() -> Timed:
        place, start = st.empty(), time.perf_counter()

        def show(found: tuple[Explanation, ...]) -> None:
            place.caption(f"{method.title}: {format_count(found[0].evaluations, 'evaluation')} …")

        explanation = explain(model, text, label, method, on_preview=show)
        place.empty()
        return explanation, time.perf_counter() - start

    return keep(key_of(model, text, label, method), compute)


def _measure(model: Model, text: Text, explanations: Sequence[Explanation], how: How) -> tuple[Faithfulness, ...]:
    def compute() -> tuple[Faithfulness, ...]:
        place = st.empty()

        def show(done: float) -> None:
            place.progress(done, f"Asking the model without some words: {format_share(done)}")

        found = compare_faithfulness(model, text, explanations, how=how, on_progress=show)
        place.empty()
        return found

    methods = tuple(explanation.method for explanation in explanations)
    return keep(("measure", model.identity, text, explanations[0].label, methods, how), compute)
