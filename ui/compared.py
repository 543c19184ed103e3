"""What the Compare page shows: labels, texts and models side by side, and the contrast of two labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from attribution import Explanation, Model, Prediction, contrast
from attribution.classifiers import Text
from attribution.library import Library
from attribution.methods import Method
from attribution.render import (
    draw_words,
    format_share,
    format_value,
    render_legend,
    render_text,
    strongest,
    tabulate_side_by_side,
    tint,
)

from .charts import show_chart
from .explained import STYLED_CELLS, show_trust
from .labels import isolate, name_label, shorten, tell_apart
from .markdown import escape
from .models import open_model
from .results import explain_together, predict
from .settings import View

_MOST = 4


def _show_labels(model: Model, text: Text, prediction: Prediction, method: Method, view: View) -> None:
    if len(prediction.labels) < 2:
        st.info("This model has one label only. Compare texts or models.", icon=":material/info:")
        return
    labels = _choose_labels(model, prediction)
    if len(labels) < 2:
        st.info("Choose at least two labels.", icon=":material/arrow_upward:")
        return
    explanations = explain_together(model, text, labels, method)
    show_columns([name_score(one.prediction, one.label) for one in explanations], explanations, view)
    _show_contrast(explanations, view)
    names = tell_apart({label: f"for {shorten(label, 40)}" for label in labels}, model.labels)
    show_table({names[one.label]: one for one in explanations}, "speak for one label and against another")


def _choose_labels(model: Model, prediction: Prediction) -> list[str]:
    ranked = [label for label, _ in prediction.ranked()]
    shown = {label: f"{_plain(label)} {format_share(prediction.probability_of(label))}" for label in ranked}
    shown = tell_apart(shown, model.labels)
    # Another model has other labels, and what was chosen of the last one would be no choice.
    if any(label not in ranked for label in st.session_state.get("labels", [])):
        del st.session_state["labels"]
    return st.multiselect(
        "Labels",
        ranked,
        ranked[:2],
        key="labels",
        max_selections=_MOST,
        format_func=shown.__getitem__,
        help=f"Two to {_MOST} of them, with their probabilities.",
    )


def show_columns(titles: Sequence[str], explanations: Sequence[Explanation], view: View) -> None:
    """The coloured texts in columns, on one scale."""
    scale = strongest(explanations, view.unit)
    columns = enumerate(zip(st.columns(len(titles)), titles, explanations, strict=True))
    for number, (place, title, explanation) in columns:
        with place:
            st.markdown(f"### {title}")
            show_trust(explanation, key=f"badges_{number}")
            st.html(render_legend(explanation, scale) + render_text(explanation, unit=view.unit, scale=scale))


def _show_contrast(explanations: Sequence[Explanation], view: View) -> None:
    st.markdown("## Why one rather than the other?")
    by_label = {one.label: one for one in explanations}
    names = list(by_label)
    shown = tell_apart({name: _plain(name) for name in names}, explanations[0].prediction.labels)
    if not explanations[0].method.linear:
        st.info(
            f"{explanations[0].method.title} tells each label's words alone; two of its explanations have no "
            "difference. Integrated gradients have one.",
            icon=":material/info:",
        )
        return
    for key, other in (("contrast_for", 0), ("contrast_against", 1)):
        if st.session_state.get(key) not in names:
            st.session_state[key] = names[other]
    with st.container(horizontal=True, vertical_alignment="bottom", key="contrast_pair"):
        first = st.selectbox("Why", names, key="contrast_for", format_func=shown.__getitem__)
        second = st.selectbox("rather than", names, key="contrast_against", format_func=shown.__getitem__)
        st.button("Swap", key="contrast_swap", icon=":material/swap_horiz:", on_click=_swap)
    if first == second:
        st.info("Choose two different labels.", icon=":material/arrow_upward:")
        return
    found = contrast(by_label[first], by_label[second])
    show_trust(found)
    scale = strongest([found], view.unit)
    st.html(render_legend(found, scale) + render_text(found, unit=view.unit, scale=scale))
    st.markdown(f"### Words for {name_label(first)} rather than {name_label(second)}, and the other way round")
    show_chart(
        draw_words(found, top_k=view.top_k, unit=view.unit),
        key="contrast_chart",
        alt=f"Strongest words for {first} rather than {second}",
    )


def _swap() -> None:
    state = st.session_state
    state["contrast_for"], state["contrast_against"] = state["contrast_against"], state["contrast_for"]


def _plain(label: str) -> str:
    return isolate(shorten(label, 60))


def show_table(explanations: Mapping[str, Explanation], said: str) -> None:
    """Every word with its number in each column, those that change sides most first."""
    table = tabulate_side_by_side(explanations)
    count = int(table["depends"].sum())
    st.markdown(f"### {count} of {len(table)} words {said}")
    values = table[list(explanations)]
    spread = values.max(axis=1) - values.min(axis=1)
    table = table.iloc[np.lexsort((-spread.to_numpy(), ~table["depends"].to_numpy()))]
    scale = strongest(list(explanations.values())) or 1.0
    styled = table.style.map(lambda value: tint(value, scale), subset=list(explanations))
    styled = styled.format("{:+.3f}", subset=list(explanations))
    st.dataframe(
        styled if table.size < STYLED_CELLS else table,
        key="side_by_side",
        hide_index=True,
        height=380,
        column_config={
            "depends": st.column_config.CheckboxColumn(
                "flips", width="small", help="Coloured for in one column, and against in another."
            ),
            **dict.fromkeys(explanations, st.column_config.Column(help="What the word adds to the score, in logits.")),
        },
    )


def _show_texts(model: Model, text: Text, prediction: Prediction, method: Method, view: View) -> None:
    if not isinstance(text, str):
        st.info("This model reads two texts at once; compare its labels.", icon=":material/info:")
        return
    other = st.text_area(
        "The other text",
        key="compare_text",
        height=150,
        persist_state="session",
        placeholder="Paste the text to compare with.",
    )
    if not other.strip():
        st.info("Paste another text to see it beside the one on the Explain page.", icon=":material/arrow_upward:")
        return
    second = predict(model, other)
    if second is None:
        return
    label = _choose_label([label for label, _ in prediction.ranked()], model.labels)
    explanations = [explain_together(model, one, [label], method)[0] for one in (text, other)]
    names = ("The text on the Explain page", "The other text")
    show_columns(
        [f"{name}: {name_score(one.prediction, label)}" for name, one in zip(names, explanations, strict=True)],
        explanations,
        view,
    )


def _show_models(model: Model, text: Text, prediction: Prediction, method: Method, view: View) -> None:
    library = Library()
    others = [sha256 for sha256 in library.models if sha256 != model.identity.sha256]
    if not others:
        st.info("There is no other model on this server. Upload one in the sidebar.", icon=":material/upload:")
        return
    if st.session_state.get("other_model") not in others:
        st.session_state["other_model"] = others[0]
    chosen = st.selectbox(
        "The other model", others, key="other_model", format_func=lambda key: _plain(library.models[key].name)
    )
    other = open_model(chosen)
    if other.takes_pair != model.takes_pair:
        st.info("One of the models reads one text, the other two.", icon=":material/info:")
        return
    second = predict(other, text)
    if second is None:
        return
    shared = [label for label, _ in prediction.ranked() if label in other.labels]
    _show_dictionaries(prediction, second)
    if not shared:
        st.info("The models have no label in common, so no label can be explained in both.", icon=":material/info:")
        return
    label = _choose_label(shared, model.labels)
    explanations = [explain_together(one, text, [label], method)[0] for one in (model, other)]
    names = [
        _plain(library.models[key].name) if key in library.models else "this model"
        for key in (model.identity.sha256, chosen)
    ]
    show_columns(
        [f"{escape(name)}: {name_score(one.prediction, label)}" for name, one in zip(names, explanations, strict=True)],
        explanations,
        view,
    )


def _choose_label(labels: Sequence[str], known: Sequence[str]) -> str:
    if st.session_state.get("compare_label") not in labels:
        st.session_state["compare_label"] = labels[0]
    shown = tell_apart({label: _plain(label) for label in labels}, known)
    return st.selectbox("Label", labels, key="compare_label", format_func=shown.__getitem__)


def _show_dictionaries(first: Prediction, second: Prediction) -> None:
    """Both label dictionaries, matched by name; a label that one model lacks has no probability there."""
    names = list(dict.fromkeys([*first.labels, *second.labels]))
    chances = [dict(zip(one.labels, one.probabilities, strict=True)) for one in (first, second)]
    table = pd.DataFrame(
        {
            "label": names,
            "this model": pd.Series([chances[0].get(name) for name in names], dtype=float),
            "the other": pd.Series([chances[1].get(name) for name in names], dtype=float),
        }
    )
    lacking = int(table.isna().any(axis=1).sum())
    st.markdown(f"### {len(table) - lacking} labels in common, {lacking} in one of the models only")
    st.dataframe(
        table,
        key="dictionaries",
        hide_index=True,
        height=min(38 + 35 * len(table), 300),
        column_config={
            name: st.column_config.NumberColumn(format="percent", help=f"The label's probability by {whose}.")
            for name, whose in (("this model", "this model"), ("the other", "the other model"))
        },
    )


def name_score(prediction: Prediction, label: str) -> str:
    """A label with its probability, or the value, as a column's title says it."""
    if prediction.value is not None:
        return format_value(prediction.value)
    chance = format_share(prediction.probability_of(label))
    if prediction.thresholds is None:
        return f"{name_label(label)} {chance}"
    limit = format_share(float(prediction.thresholds[prediction.labels.index(label)]))
    return f"{name_label(label)} {chance} (assigned above {limit})"


VIEWS: Mapping[str, Callable[[Model, Text, Prediction, Method, View], None]] = {
    "Labels": _show_labels,
    "Two texts": _show_texts,
    "Two models": _show_models,
}
