"""One explanation on the page: the verdict, the coloured text, the bars, the table."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape as escape_html
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attribution import Explanation, Model, Prediction
from attribution.methods import Method
from attribution.render import (
    draw_labels,
    draw_words,
    format_count,
    format_logits,
    format_share,
    format_value,
    render_legend,
    render_text,
    say_completeness,
    say_doubts,
    say_evaluations,
    say_joined,
    say_sum,
    say_unknown,
    say_unread,
    strongest,
    tabulate_units,
    tint,
)

from ..choices.baselines import show_reason
from ..choices.settings import View
from ..wording import escape, name_label
from .charts import show_chart
from .downloads import offer_downloads

if TYPE_CHECKING:
    from attribution.storage.analyses import Entry

STYLED_CELLS = 200_000
"""pandas refuses to style more than 262,144 cells."""


def show_text(explanation: Explanation, view: View, place: DeltaGenerator) -> None:
    """Draw the coloured text in `place`, replacing an earlier one."""
    scale = strongest([explanation], view.unit)
    legend = render_legend(explanation, scale)
    place.html(render_cautions(explanation) + legend + render_text(explanation, unit=view.unit, scale=scale))


def render_cautions(explanation: Explanation) -> str:
    """What a reader of the coloured text must know first: where words do not decide, what the model did not read."""
    doubts = [*say_unread(explanation), *say_doubts(explanation)]
    return "".join(
        f'<div class="whylight-{kind}">{escape_html(sentence)}</div>'
        for kind, sentences in (("doubt", doubts), ("note", [*say_unknown(explanation), *say_joined(explanation)]))
        for sentence in sentences
    )


def show_unread(explanation: Explanation) -> None:
    """Say how much of the text was not read, on pages that draw it without `render_cautions`."""
    for sentence in say_unread(explanation):
        st.html(f'<div class="whylight-doubt">{escape_html(sentence)}</div>')


def show_details(
    explanation: Explanation,
    view: View,
    offer: Callable[[Explanation], None] | None = None,
    *,
    entry: Entry | None = None,
) -> None:
    """Draw what comes below the coloured text: the strongest words, every label, every word.

    `offer` draws more buttons beside the downloads; `entry` is the entry it was saved as, if it was.
    """
    _show_bars(explanation, view)
    _show_table(explanation, view)
    with st.container(horizontal=True, vertical_alignment="center", key="downloads"):
        offer_downloads(explanation, view, entry)
        if offer:
            offer(explanation)


def show_verdict(prediction: Prediction, label: str) -> None:
    """Say in one line what the model predicts for the text, and which label is explained."""
    if prediction.value is not None:
        value = f":primary[{format_value(prediction.value)}]"
        st.markdown(f"## The model gives this the value {value}. What raised and what lowered it:")
        return
    assigned = prediction.assigned
    files = (
        f"The model files this under {list_assigned(prediction)}."
        if assigned
        else "The model files this under no label."
    )
    if assigned == (label,):
        why = "What spoke for it and against:"
    else:
        why = f"What spoke for {_name(prediction, label)} and against:"
    st.markdown(f"## {files} {why}")


def show_notes(model: Model, method: Method) -> None:
    """Show the notes on this model, and why its baseline was chosen, where one is kept with it."""
    show_reason(model, method)
    for note in model.notes:
        st.caption(f":material/info: {escape(note)}")


def list_assigned(prediction: Prediction, most: int = 3) -> str:
    """The labels assigned, the most probable first: "a, b and 2 more"."""
    assigned = prediction.ordered()[: len(prediction.assigned)]
    names = [_name(prediction, name) for name in assigned[:most]]
    if len(assigned) > most:
        names.append(f"{len(assigned) - most} more")
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _name(prediction: Prediction, label: str) -> str:
    return f":primary[{name_label(label)}] ({format_share(prediction.probability_of(label))})"


def show_trust(explanation: Explanation, *, key: str = "badges") -> None:
    """Draw badges that say whether the numbers converged and whether the prediction is the library's own."""
    with st.container(horizontal=True, gap="small", key=key):
        if explanation.cancelled:
            st.badge("a preview: stopped before its end", icon=":material/front_hand:", color="orange")
        elif math.isnan(explanation.baseline_score):
            _show_method(explanation)
        else:
            _show_convergence(explanation)
        if explanation.model.read_as:
            st.badge(
                f"read as {explanation.model.read_as} did",
                icon=":material/history:",
                color="gray",
                help="Today's Flair reads a text differently from the release that saved this model, "
                "and may predict differently.",
            )
        else:
            st.badge(
                f"same prediction as {explanation.model.library}",
                icon=":material/check:",
                color="green",
                help=f"{explanation.model.library}'s own prediction and that of the network explained here agree to "
                "0.00001.",
            )
    if not explanation.cancelled and not math.isnan(explanation.baseline_score):
        said = say_sum(explanation)
        computed = "" if explanation.precision == "float32" else f" Computed in {explanation.precision}."
        st.caption(f"{said[0].upper()}{said[1:]}.{computed}")


def _show_method(explanation: Explanation) -> None:
    meaning = "The attributions of this method are not shares of the score, so there is no sum to check."
    counted = f"{explanation.method.title}, {format_count(explanation.evaluations, 'evaluation')}"
    if explanation.converged:
        st.badge(counted, icon=":material/info:", color="gray", help=meaning)
    else:
        meaning += " So few samples leave the numbers to chance."
        st.badge(f"not converged: {counted}", icon=":material/warning:", color="orange", help=meaning)


def _show_convergence(explanation: Explanation) -> None:
    name, unit = ("value", "") if explanation.explains_value else ("score", " logits")
    meaning = (
        f"The attributions add up to {format_logits(explanation.attributions.sum(), 3)}{unit}; the {name} went from "
        f"{format_logits(explanation.baseline_score, 3)} on the baseline, which stands for a text without words, to "
        f"{format_logits(explanation.score, 3)} on the text. "
        f"{say_evaluations(explanation)}."
        f"{_say_baseline(explanation)}"
    )
    found = say_completeness(explanation)
    if explanation.converged:
        st.badge(found, icon=":material/check:", color="green", help=meaning)
    else:
        st.badge(f"not converged: {found}", icon=":material/warning:", color="orange", help=meaning)


def _say_baseline(explanation: Explanation) -> str:
    """What the model predicts for the baseline itself."""
    prediction = explanation.baseline_prediction
    if prediction is None or prediction.is_value:
        return ""
    label, probability = prediction.ranked()[0]
    return (
        f" The model would file the baseline itself under {name_label(label)} ({format_share(probability)}); "
        "an ideal one is undecided."
    )


def _show_bars(explanation: Explanation, view: View) -> None:
    if explanation.explains_value:
        _show_words(explanation, view, "Words that raised the value most, and that lowered it")
        return
    name = name_label(explanation.label)
    title = f"Strongest words for and against {name}" if explanation.method.signed else f"Words that move {name} most"
    words, labels = st.columns([3, 2], gap="large")
    with words:
        _show_words(explanation, view, title)
    with labels:
        st.markdown("### Every label")
        figure = draw_labels(explanation.prediction, label=explanation.label)
        show_chart(figure, key="labels_chart", alt="Probability of every label")
        if len(explanation.prediction.labels) > 15:
            st.caption("The 15 most probable. The Label dictionary lists all.")


def _show_words(explanation: Explanation, view: View, title: str) -> None:
    st.markdown(f"### {title}")
    figure = draw_words(explanation, top_k=view.top_k, unit=view.unit)
    show_chart(figure, key="words_chart", alt=f"Strongest words, {explanation.label}")


def _show_table(explanation: Explanation, view: View) -> None:
    table = tabulate_units(explanation, unit=view.unit)
    scale = strongest([explanation], view.unit) or 1.0
    st.markdown(f"### Every {view.unit}")
    ranked = table.sort_values("rank")
    st.dataframe(
        ranked.style.map(lambda value: tint(value, scale), subset=["attribution"])
        if ranked.size < STYLED_CELLS
        else ranked,
        key="units",
        hide_index=True,
        height=300,
        column_order=[view.unit, "attribution", "rank", "context"] + (["subwords"] if view.unit == "word" else []),
        column_config={
            "attribution": st.column_config.NumberColumn(
                "attribution", format="%+.4f", help=_say_meaning(explanation, view), width="small"
            ),
            "rank": st.column_config.NumberColumn(width="small", help="1 is the strongest, for or against"),
            "context": st.column_config.TextColumn(width="large"),
        },
    )


def _say_meaning(explanation: Explanation, view: View) -> str:
    if not explanation.method.signed:
        return f"How much the {view.unit} matters, for or against."
    if explanation.explains_value:
        return f"What the {view.unit} added to the value, or took from it."
    return f"What the {view.unit} added to the label's score, or took from it, in logits."
