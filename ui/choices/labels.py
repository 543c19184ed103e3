"""The choice of the label to explain."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from attribution import Model, Prediction
from attribution.classifiers import Text
from attribution.render import format_share

from ..address import asked, asked_all, is_step_in_history, show
from ..page import reported, show_error
from ..wording import isolate, name_label, shorten, tell_apart

_FEW = 12
_MOST_NEW = 20
_SEEN, _NEXT, _WRITTEN = "_seen_labels", "_next_label", "_written_label"


def add_labels(model: Model) -> Model:
    """The model with the labels that the reader wrote added to its own, where any text can be a label."""
    if not model.open_labels:
        return model
    _write_wanted(model)
    written = st.text_input(
        "Try other labels",
        key="new_labels",
        persist_state="session",
        placeholder="for example: weather, personal finance",
        help="This model reads a label with the text, so any word or phrase can be one. Separate them by commas.",
    )
    names = _split(written)
    if len(names) > _MOST_NEW:
        show_error(f"Expected at most {_MOST_NEW} labels to try, got {len(names)}. The first {_MOST_NEW} are taken.")
    with reported():
        return model.with_labels([*model.labels, *names[:_MOST_NEW]]) if names else model
    return model


def choose_label(model: Model, text: Text, prediction: Prediction) -> str:
    """The label to explain, with assigned labels listed first; a new text or model starts with the first one."""
    if prediction.is_value:
        st.session_state.pop(_NEXT, None)
        show(label=prediction.label)
        return prediction.label
    shares = dict(prediction.ranked())
    ranked = {label: shares[label] for label in prediction.ordered()}
    few = len(ranked) <= _FEW
    shown = tell_apart({name: f"{_show(name, few)} {format_share(ranked[name])}" for name in ranked}, model.labels)
    _settle(model, text, prediction)
    if few:
        label = st.pills(
            "Explain the label",
            list(ranked),
            key="label",
            required=True,
            format_func=shown.__getitem__,
        )
    else:
        label = st.selectbox(
            f"Explain the label (type to search {len(ranked)})",
            list(ranked),
            key="label",
            format_func=shown.__getitem__,
        )
    label = str(label or prediction.predicted[0])
    st.session_state[_SEEN] = (model.identity, text, label)
    show(label=label)
    return label


def choose_next_label(label: str) -> None:
    """Let the next run, on any page, begin with this label."""
    st.session_state[_NEXT] = label


def _write_wanted(model: Model) -> None:
    """Add labels that a link or page asks for, and that the model does not have, to those that the reader tries."""
    names, written = _split(st.session_state.get("new_labels", "")), st.session_state.setdefault(_WRITTEN, set())
    wanted = {name for name in (_wanted(), *asked_all("labels")) if name} - {*model.labels, *names, *written}
    if wanted:
        st.session_state["new_labels"] = ", ".join([*names, *sorted(wanted)])
        written.update(wanted)


def _split(written: str) -> list[str]:
    return [name.strip() for name in written.split(",") if name.strip()]


def _wanted() -> str | None:
    """The label that another page or a link asks for."""
    return st.session_state.get(_NEXT) or asked("label")


def _show(name: str, markdown: bool) -> str:
    """Pills read Markdown, a select box does not."""
    return name_label(name) if markdown else isolate(shorten(name, 60))


def say_missing(labels: Sequence[str], instead: str) -> None:
    """Say once which labels a link asks for that the model does not have, and what is shown instead."""
    if labels and not is_step_in_history():
        names = " and ".join(repr(shorten(label, 60)) for label in labels[:3])
        one = len(labels) == 1
        show_error(f"The link asks for the label{'' if one else 's'} {names}, which this model lacks. {instead}")


def _settle(model: Model, text: Text, prediction: Prediction) -> None:
    """Set the label before its widget is drawn: what the reader just chose, or what the model predicts."""
    seen_model, seen_text, seen_label = st.session_state.get(_SEEN, (None, None, None))
    linked = _wanted()
    st.session_state.pop(_NEXT, None)
    if linked in model.labels:
        st.session_state["label"] = linked
        return
    if linked is not None:
        say_missing([linked], "Below is the one that it predicts.")
    wanted = st.session_state.get("label")
    is_new = (seen_model, seen_text) != (model.identity, text)
    if wanted not in model.labels or (is_new and wanted == seen_label):
        wanted = seen_label if not is_new and seen_label in model.labels else prediction.predicted[0]
    # Always set: on another page the same key is another widget, which starts empty.
    st.session_state["label"] = wanted
