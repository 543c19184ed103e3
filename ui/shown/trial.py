"""Explanations that were put to the test, on the page Trust and where they were saved."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import streamlit as st

from attribution.ablation.measures import Metric, find_clearly_best
from attribution.ablation.trial import Trial
from attribution.render import (
    MEASURES,
    SIDES,
    WAYS,
    draw_curves,
    find_scales,
    format_signed,
    render_legend,
    render_text,
    say_agreement,
    say_best,
    say_evidence,
    say_half,
    say_removal,
    strongest,
    tabulate_sides,
    tabulate_trial,
    tint,
)

from ..wording import escape, name_label
from .charts import show_chart
from .checks import show_gates
from .downloads import offer_table
from .explanation import STYLED_CELLS, show_unread

_FOUND = {
    "strong": (st.success, ":material/check_circle:"),
    "weak": (st.info, ":material/info:"),
    "no": (st.warning, ":material/help:"),
}


def show_trial(trial: Trial, seconds: Sequence[float] = (), offer: Callable[[Trial, int], None] | None = None) -> None:
    """The verdict, the measures and the coloured texts.

    `seconds` is how long each explanation took, where it is known; `offer` is called with the index of one that is
    clearly better than the first, if there is one, and draws what can be done with it.
    """
    show_unread(trial.explanations[0])
    if trial.question == "faithfulness":
        _show_verdict(trial)
        show_gates(trial.explanations[0])
    else:
        _show_best(trial, offer)
        _show_table(trial, seconds)
    for name, explanation, scale in zip(trial.names, trial.explanations, find_scales(trial), strict=True):
        st.markdown(f"### {escape(name)}")
        st.html(render_legend(explanation, scale) + render_text(explanation, scale=scale))
    if trial.question == "baselines":
        _show_sides(trial)


def show_curves(trial: Trial) -> None:
    """Draw the probability as words are removed, side by side where several explanations were tested."""
    if trial.question == "faithfulness":  # its own is among its measures
        return
    st.markdown("### The probability as words are removed")
    columns = st.columns(min(2, len(trial.names)))
    for number, (name, measured) in enumerate(zip(trial.names, trial.measured, strict=True)):
        with columns[number % len(columns)]:
            st.markdown(f"**{escape(name)}**")
            show_chart(draw_curves(measured), key=f"curves_chart_{number}", alt="Probability against words removed")


def say_measuring(trial: Trial) -> str:
    """Say how words were removed, and what random orders their order was compared with."""
    return f"Words are {WAYS[trial.how]}. {trial.orders} random orders of them, drawn with the seed {trial.seed}."


def _show_verdict(trial: Trial) -> None:
    (found,) = trial.measured
    show, icon = _FOUND[found.comprehensiveness.evidence]
    head, rest = say_evidence(found.comprehensiveness)
    show(f"**{head}**{rest}", icon=icon)
    st.markdown(f"## {say_removal(found, trial.explanations[0].label, name=_paint_label)}")
    st.markdown(say_half(found))
    chart, numbers = st.columns([3, 2], gap="large")
    with chart:
        st.markdown("### The probability as words are removed")
        show_chart(draw_curves(found), key="curves_chart", alt="Probability against words removed")
    with numbers:
        st.markdown(f"### Beside {trial.orders} random orders of the words")
        for name, (title, meaning) in MEASURES.items():
            metric: Metric = getattr(found, name)
            st.metric(
                title,
                format_signed(metric.value, 3),
                f"better than {100 * metric.percentile:.0f} % of random orders",
                delta_color="off",
                delta_arrow="off",
                help=meaning,
                border=True,
            )


def _show_best(trial: Trial, offer: Callable[[Trial, int], None] | None) -> None:
    if len(trial.names) == 1:
        return
    said = say_best(trial.names, trial.measured, name=lambda name: f"**{escape(name)}**")
    best = find_clearly_best(trial.measured)
    if best is None:
        st.markdown(said)
        return
    st.success(said, icon=":material/recommend:")
    if offer is not None:
        offer(trial, best)


def _show_table(trial: Trial, seconds: Sequence[float]) -> None:
    table = tabulate_trial(trial)
    st.dataframe(
        table.assign(seconds=seconds) if seconds else table,
        key="comparison",
        hide_index=True,
        column_config={
            "comprehensiveness": st.column_config.NumberColumn(format="%.3f", help=MEASURES["comprehensiveness"][1]),
            "better than random": st.column_config.NumberColumn(
                format="%.0f %%", help="Share of the random orders of the words with a lower comprehensiveness."
            ),
            "sufficiency": st.column_config.NumberColumn(format="%.3f", help=MEASURES["sufficiency"][1]),
            "log-odds": st.column_config.NumberColumn(format="%.2f", help=MEASURES["log_odds"][1]),
            "rank correlation": st.column_config.NumberColumn(
                format="%.2f",
                help="Spearman's, of the words' attributions with those of the first row; of their absolute values "
                "where one of the two methods has no sign.",
            ),
            "baseline itself": st.column_config.TextColumn(
                help="The prediction for the baseline; on an ideal one the model is undecided."
            ),
            "evaluations": st.column_config.NumberColumn(
                help="Gradients, or forward passes for methods without gradients."
            ),
            "seconds": st.column_config.NumberColumn(format="%.1f", help="On this machine, when it was computed."),
        },
    )


def _show_sides(trial: Trial) -> None:
    table = tabulate_sides(trial)
    names: list[Hashable] = [*trial.names]
    st.markdown(say_agreement(trial.explanations))
    count = int(table["depends"].sum())
    st.markdown(f"### {count} of {len(table)} words change sides with the baseline")
    st.caption(SIDES)
    scale = strongest(trial.explanations, "word") or 1.0
    styled = table.style.map(lambda value: tint(value, scale), subset=names).format("{:+.3f}", subset=names)
    st.dataframe(
        styled if table.size < STYLED_CELLS else table,
        key="sensitivity",
        hide_index=True,
        height=420,
        column_config={
            "depends": st.column_config.CheckboxColumn(
                "sign depends", width="small", help="For the label from one baseline, and against it from another."
            ),
            **dict.fromkeys(
                trial.names, st.column_config.Column(help="What the word adds to the score from this baseline.")
            ),
        },
    )
    offer_table(table, name="baselines", key="sensitivity")


def _paint_label(label: str) -> str:
    return f":primary[{name_label(label)}]"
