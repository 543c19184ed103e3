"""What the Trust page shows: faithfulness, methods side by side, baselines side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, cast

import pandas as pd
import streamlit as st

from attribution import Explanation, Model, explain
from attribution.classifiers import Text
from attribution.faithfulness import (
    HOWS,
    Faithfulness,
    How,
    Metric,
    compare_faithfulness,
    correlate_ranks,
    find_clearly_best,
)
from attribution.methods import METHODS, Method
from attribution.render import (
    draw_curves,
    format_share,
    render_legend,
    render_text,
    strongest,
    tabulate_side_by_side,
    tint,
)
from attribution.report import name_method

from .baselines import find_kept, offer_keeping, show_reason
from .charts import show_chart
from .explained import STYLED_CELLS
from .gates import show_gates
from .labels import shorten
from .results import Timed, keep, key_of
from .settings import offered_baselines
from .verdicts import say_agreement, say_removal, show_evidence

_FIRST_METHODS = ("integrated_gradients", "occlusion", "input_x_gradient")
_METRICS = {
    "comprehensiveness": (
        "Comprehensiveness",
        "How much probability goes with the strongest words: the mean over the strongest 1, 5, 10, 20 and 50 %. "
        "High is good. ERASER, DeYoung and others 2020.",
    ),
    "sufficiency": (
        "Sufficiency",
        "How much probability is missing when only the strongest words stay: the same mean. Low is good, and it can be "
        "negative. ERASER, DeYoung and others 2020.",
    ),
    "log_odds": (
        "Log-odds at 20 %",
        "The logarithm of the probability without the strongest 20 % of the words over the probability with them. "
        "Low is good. Shrikumar and others 2017.",
    ),
}
_HOWS = {"delete": "deleted from the text", "mask": "replaced by the mask, or padding"}


def _show_faithfulness(model: Model, text: Text, label: str, method: Method) -> None:
    how = _choose_how()
    explanation, _ = _explain(model, text, label, method)
    (found,) = _measure(model, text, [explanation], how)
    show_evidence(found.comprehensiveness)
    st.markdown(f"## {say_removal(found, label)}")
    chart, numbers = st.columns([3, 2], gap="large")
    with chart:
        st.markdown("### The probability as words go")
        show_chart(draw_curves(found), key="curves_chart", alt="Probability against words removed")
    with numbers:
        st.markdown("### Beside 20 random orders of the words")
        for name, (title, meaning) in _METRICS.items():
            metric: Metric = getattr(found, name)
            st.metric(
                title,
                f"{metric.value:+.3f}".replace("-", "−"),
                f"better than {100 * metric.percentile:.0f} % of random orders",
                delta_color="off",
                delta_arrow="off",
                help=meaning,
                border=True,
            )
    show_gates(explanation)


def _show_methods(model: Model, text: Text, label: str, method: Method) -> None:
    offered = [name for name, kind in METHODS.items() if model.encoder.differentiable or not kind.differentiates]
    chosen = st.multiselect(
        "Methods",
        offered,
        [name for name in _FIRST_METHODS if name in offered],
        key="trust_methods",
        format_func=lambda name: METHODS[name].title,
        help="KernelSHAP and LIME ask the model many hundred times.",
    )
    if not chosen:
        st.info("Choose at least one method.", icon=":material/arrow_upward:")
        return
    methods = {
        METHODS[name].title: method if isinstance(method, METHODS[name]) else _make(model, name) for name in chosen
    }
    _compare(model, text, label, methods, one_scale=False)


def _show_baselines(model: Model, text: Text, label: str, method: Method) -> None:
    if "baseline" not in {field.name for field in fields(cast(Any, method))}:
        st.info(f"{method.title} has no baseline.", icon=":material/info:")
        return
    offered = [name for name in offered_baselines(model, type(method)) if name != "text" or _has_text(method)]
    show_reason(model, method)
    offered.sort(key=lambda name: name != cast(Any, method).baseline)  # the one in use is what others are held against
    baselines = {name: replace(cast(Any, method), baseline=name) for name in offered}

    def offer(measured: Sequence[Faithfulness], best: int, words: int) -> None:
        values = [one.comprehensiveness.value for one in measured]
        if offered[best] != "text":
            offer_keeping(model, name_method(method), offered, values, best, words)

    found = _compare(model, text, label, baselines, one_scale=True, offer=offer)
    table = tabulate_side_by_side({name: explanation for name, (explanation, _) in found.items()})
    st.markdown(say_agreement([explanation for explanation, _ in found.values()]))
    count = int(table["depends"].sum())
    st.markdown(f"### {count} of {len(table)} words change sides with the baseline")
    scale = strongest([explanation for explanation, _ in found.values()], "word") or 1.0
    table = table.sort_values("depends", ascending=False, kind="stable")
    styled = table.style.map(lambda value: tint(value, scale), subset=list(found)).format("{:+.3f}", subset=list(found))
    st.dataframe(
        styled if table.size < STYLED_CELLS else table,
        key="sensitivity",
        hide_index=True,
        height=420,
        column_config={
            "depends": st.column_config.CheckboxColumn(
                "sign depends", width="small", help="For the label from one baseline, and against it from another."
            ),
            **dict.fromkeys(found, st.column_config.Column(help="What the word adds to the score from this baseline.")),
        },
    )


def _has_text(method: Method) -> bool:
    return bool(getattr(method, "baseline_text", "").strip())


VIEWS: Mapping[str, Callable[[Model, Text, str, Method], None]] = {
    "Faithfulness": _show_faithfulness,
    "Methods": _show_methods,
    "Baselines": _show_baselines,
}


def _compare(
    model: Model,
    text: Text,
    label: str,
    methods: Mapping[str, Method],
    *,
    one_scale: bool,
    offer: Callable[[Sequence[Faithfulness], int, int], None] | None = None,
) -> dict[str, Timed]:
    """Several explanations of one label: a table of measures, then the coloured texts.

    `offer` draws what can be done where one is clearly more faithful than the first.
    """
    how = _choose_how()
    found = {name: _explain(model, text, label, method) for name, method in methods.items()}
    explanations = [explanation for explanation, _ in found.values()]
    measured = _measure(model, text, explanations, how)
    best = _recommend(list(found), measured)
    if best is not None and offer is not None:
        offer(measured, best, len(explanations[0].spans))
    st.dataframe(
        pd.DataFrame(
            {
                "": list(found),
                "comprehensiveness": [one.comprehensiveness.value for one in measured],
                "better than random": [100 * one.comprehensiveness.percentile for one in measured],
                "sufficiency": [one.sufficiency.value for one in measured],
                "log-odds": [one.log_odds.value for one in measured],
                "rank correlation": [correlate_ranks(explanations[0], explanation) for explanation in explanations],
                "baseline itself": [_say_baseline(explanation) for explanation in explanations],
                "evaluations": [explanation.evaluations for explanation in explanations],
                "seconds": [seconds for _, seconds in found.values()],
            }
        ),
        key="comparison",
        hide_index=True,
        column_config={
            "comprehensiveness": st.column_config.NumberColumn(format="%.3f", help=_METRICS["comprehensiveness"][1]),
            "better than random": st.column_config.NumberColumn(
                format="%.0f %%", help="Share of 20 random orders of the words with a lower comprehensiveness."
            ),
            "sufficiency": st.column_config.NumberColumn(format="%.3f", help=_METRICS["sufficiency"][1]),
            "log-odds": st.column_config.NumberColumn(format="%.2f", help=_METRICS["log_odds"][1]),
            "rank correlation": st.column_config.NumberColumn(
                format="%.2f",
                help="Spearman's, of the words' attributions with those of the first row; of their sizes where one "
                "of the two methods has no sign.",
            ),
            "baseline itself": st.column_config.TextColumn(
                help="What the model says of the baseline; an ideal one is undecided."
            ),
            "evaluations": st.column_config.NumberColumn(
                help="Gradients, or forward passes where a method takes none."
            ),
            "seconds": st.column_config.NumberColumn(format="%.1f", help="On this machine, when it was computed."),
        },
    )
    for name, explanation in zip(found, explanations, strict=True):
        st.markdown(f"### {name}")
        scale = strongest(explanations if one_scale else [explanation], "word")
        st.html(render_legend(explanation, scale) + render_text(explanation, scale=scale))
    return found


def _recommend(names: Sequence[str], measured: Sequence[Faithfulness]) -> int | None:
    """Say which one is clearly more faithful than the first, if one is; its index."""
    best = find_clearly_best(measured)
    if best is not None:
        values = [one.comprehensiveness.value for one in measured]
        st.success(
            f"On this text, **{names[best]}** is clearly more faithful than **{names[0]}**: its strongest words take "
            f"{values[best]:.2f} of the probability with them, those of the other {values[0]:.2f} (comprehensiveness).",
            icon=":material/recommend:",
        )
    elif len(names) > 1:
        st.caption(f":material/check: On this text, none of the others is clearly more faithful than {names[0]}.")
    return best


def _say_baseline(explanation: Explanation) -> str:
    prediction = explanation.baseline_prediction
    if prediction is None or prediction.value is not None:
        return ""
    label, probability = prediction.ranked()[0]
    return f"{shorten(label, 24)} {format_share(probability)}"


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
        "Words are", HOWS, key="trust_how", default="delete", required=True, format_func=_HOWS.__getitem__
    )
    return how or "delete"


def _explain(model: Model, text: Text, label: str, method: Method) -> Timed:
    """An explanation and the seconds it took when it was computed."""

    def compute() -> Timed:
        place, start = st.empty(), time.perf_counter()

        def show(found: tuple[Explanation, ...]) -> None:
            place.caption(f"{method.title}: {found[0].evaluations} evaluations …")

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
