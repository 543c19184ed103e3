"""What one page hands to another: only this module sets the initial widget values of several pages at once."""

from __future__ import annotations

import streamlit as st

from attribution.ablation.trial import Trial
from attribution.ablation.what_if import Change
from attribution.report import Reported, list_explained

from .choices.labels import choose_next_label
from .choices.opened_models import choose_next
from .choices.settings import restore_method
from .choices.texts import submit
from .trust.views import restore_trial
from .what_if.copy import restore_copy

_CAME_FROM = "_from_data_set"


def restore(reported: Reported) -> None:
    """Let the page that an analysis was made on begin with its model, text, label and method."""
    first = list_explained(reported)[0]
    choose_next(first.model.sha256, multi_label=bool(first.model.multi_label_by_reader))
    submit(first.source or first.text)
    choose_next_label(first.label)
    restore_method(first.method)
    match reported:
        case Change():
            restore_copy(reported)
        case Trial():
            restore_trial(reported)


def open_in_explain(sha256: str, text: str, label: str, *, multi_label: bool | None = None) -> None:
    """Go to the page Explain with a text, a model and a label; `multi_label` as in `choose_next`."""
    st.session_state[_CAME_FROM] = text
    submit(text)
    choose_next(sha256, multi_label=multi_label)
    choose_next_label(label)
    st.switch_page("app.py")


def show_way_back(text: object) -> None:
    """A link back to the data set, while the text is the one that was opened from there."""
    if text is not None and st.session_state.get(_CAME_FROM) == text:
        st.page_link("pages/data_set.py", label="Back to the data set", icon=":material/arrow_back:")
