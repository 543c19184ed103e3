"""What the Compare page shows: labels, texts and models side by side, and the contrast of two labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from attribution import AttributionError, Explanation, Model, Prediction, contrast
from attribution.classifiers import Text
from attribution.methods import Method
from attribution.render import draw_words, render_legend, render_text, strongest
from attribution.storage.library import Library

from ..choices.opened_models import open_beside, tell_multi_label
from ..choices.settings import View
from ..computed import explain_together, predict
from ..shown.charts import show_chart
from ..shown.columns import Column, name_score, say_filed, show_columns, show_rest
from ..shown.explanation import show_trust
from ..wording import escape, isolate, name_label, shorten, tell_apart
from .choices import choose_contrast, choose_labels, choose_one_label, choose_other, settle_contrast, show_chosen


def _show_labels(model: Model, text: Text, prediction: Prediction, method: Method, view: View) -> None:
    if len(prediction.labels) < 2:
        st.info("This model has one label only. Compare texts or models.", icon=":material/info:")
        return
    labels = choose_labels(model, text, prediction)
    if len(labels) < 2:
        show_chosen(labels=labels)
        st.info("Choose at least two labels.", icon=":material/arrow_upward:")
        return
    show_chosen(labels=labels, contrast=settle_contrast(model, text, labels))
    explanations = explain_together(model, text, labels, method)
    names = tell_apart({label: f"for {shorten(label, 40)}" for label in labels}, model.labels)
    columns = [Column(names[one.label], name_score(one.prediction, one.label), one) for one in explanations]
    show_columns(columns, view)
    found = _show_contrast(explanations, view)
    title = f"Labels side by side: {', '.join(labels)}"
    show_rest(title, columns, "speak for one label and against another", view, found)


def _show_contrast(explanations: Sequence[Explanation], view: View) -> Explanation | None:
    """Explain why one label rather than another; None where the labels cannot be contrasted."""
    st.markdown("## Why one rather than the other?")
    method = explanations[0].method
    if not method.linear:
        st.info(
            f"{method.title} explains each label on its own; two of its explanations cannot be "
            "subtracted. Those of integrated gradients can.",
            icon=":material/info:",
        )
        return None
    by_label = {one.label: one for one in explanations}
    first, second = choose_contrast(list(by_label), explanations[0].prediction.labels)
    if first == second:
        st.info("Choose two different labels.", icon=":material/arrow_upward:")
        return None
    try:
        found = contrast(by_label[first], by_label[second])
    except AttributionError as error:
        st.info(escape(str(error)), icon=":material/info:")
        return None
    show_trust(found)
    scale = strongest([found], view.unit)
    st.html(render_legend(found, scale) + render_text(found, unit=view.unit, scale=scale))
    st.markdown(f"### Words for {name_label(first)} rather than {name_label(second)}, and the other way round")
    show_chart(
        draw_words(found, top_k=view.top_k, unit=view.unit),
        key="contrast_chart",
        alt=f"Strongest words for {first} rather than {second}",
    )
    return found


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
    label = choose_one_label(model, text, prediction, list(prediction.ordered()))
    show_chosen(label=label)
    if not other.strip():
        st.info(
            "Paste another text to see it beside the one on the Explain page. Links do not contain the text.",
            icon=":material/arrow_upward:",
        )
        return
    if predict(model, other) is None:
        return
    names = {"first text": "The text on the Explain page", "other text": "The other text"}
    explanations = [explain_together(model, one, [label], method)[0] for one in (text, other)]
    columns = [
        Column(name, title, one, say_filed(one.prediction, label))
        for (name, title), one in zip(names.items(), explanations, strict=True)
    ]
    _show_two("Two texts side by side", columns, view)


def _show_models(model: Model, text: Text, prediction: Prediction, method: Method, view: View) -> None:
    library = Library()
    if not library.models.keys() - {model.identity.sha256}:
        st.info("There is no other model on this server. Upload one in the sidebar.", icon=":material/upload:")
        return
    chosen = choose_other(model, library.models)
    other = open_beside(chosen)
    beside = {"other_model": chosen, "other_multi_label": tell_multi_label(other)}
    if other.takes_pair != model.takes_pair:
        show_chosen(**beside)
        st.info("One of the models reads one text, the other two.", icon=":material/info:")
        return
    second = predict(other, text)
    if second is None:
        return
    shared = [label for label in prediction.ordered() if label in second.labels]
    if shared:
        label = choose_one_label(model, text, prediction, shared)
        show_chosen(label=label, **beside)
        explanations = [explain_together(one, text, [label], method)[0] for one in (model, other)]
        _show_two("Two models side by side", _name_models(library, explanations), view)
    else:
        show_chosen(**beside)
        st.info("The models have no label in common, so no label can be explained in both.", icon=":material/info:")
    _show_dictionaries(prediction, second)


def _name_models(library: Library, explanations: Sequence[Explanation]) -> list[Column]:
    hashes = [one.model.sha256 for one in explanations]
    names = [shorten(library.models[key].name, 60) if key in library.models else "this model" for key in hashes]
    if names[0] == names[1]:
        names = [f"{name} {key[:8]}" for name, key in zip(names, hashes, strict=True)]
    return [
        Column(f"by {name}", escape(isolate(name)), one, say_filed(one.prediction, one.label))
        for name, one in zip(names, explanations, strict=True)
    ]


def _show_two(title: str, columns: Sequence[Column], view: View) -> None:
    show_columns(columns, view)
    label = columns[0].explanation.label
    is_value = columns[0].explanation.explains_value
    said = (
        "raise the value in one and lower it in the other"
        if is_value
        else (f"speak for {name_label(label)} in one and against it in the other")
    )
    show_rest(title if is_value else f"{title}: {label}", columns, said, view)


def _show_dictionaries(first: Prediction, second: Prediction) -> None:
    """Both label dictionaries, matched by name; a label that one model lacks has no probability there."""
    if first.is_value or second.is_value:
        return
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
            name: st.column_config.NumberColumn(format="percent", help=f"The probability that {whose} gives the label.")
            for name, whose in (("this model", "this model"), ("the other", "the other model"))
        },
    )


VIEWS: Mapping[str, Callable[[Model, Text, Prediction, Method, View], None]] = {
    "Labels": _show_labels,
    "Two texts": _show_texts,
    "Two models": _show_models,
}
