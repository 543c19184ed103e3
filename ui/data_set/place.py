"""Where a reader is on the page Data set: in the address, to be shared, and kept while other pages are open."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ..choices.models import choose_next
from ..choices.texts import submit

_NAMES = ("run", "view", "word", "gold", "predicted", "kind", "order", "find", "at")
_KEPT, _CAME_FROM = "_data_set_place", "_from_data_set"
_SEEN = "_seen_labels"


def enter() -> None:
    """Come back to where the reader was, unless the address names another place."""
    if not any(map(read, _NAMES)):  # what was taken out of the address is empty
        st.query_params.update(st.session_state.get(_KEPT, {}))
    _keep()


def read(name: str, default: str = "") -> str:
    """One part of the place."""
    return str(st.query_params.get(name, "")) or default


def read_number(name: str) -> int:
    """One part of the place that is a number; 0 where it is none."""
    value = read(name)
    return int(value) if value.isdecimal() and len(value) < 10 else 0


def go(**changes: Any) -> None:
    """Change parts of the place; what is empty goes."""
    # All at once is one step of the browser's history.
    st.query_params.update({name: [] if value in ("", None) else str(value) for name, value in changes.items()})
    _keep()


def open_run(name: str) -> None:
    """Go to a run's first view, or, with an empty name, to where runs are begun and listed."""
    go(**{**dict.fromkeys(_NAMES), "run": name})


def _keep() -> None:
    st.session_state[_KEPT] = {name: read(name) for name in _NAMES if read(name)}


def open_in_explain(sha256: str, text: str, label: str, *, multi_label: bool | None = None) -> None:
    """Go to the page Explain with a text, a model and a label; `multi_label` as in `choose_next`."""
    state = st.session_state
    state[_CAME_FROM] = text
    submit(text)
    choose_next(sha256, multi_label=multi_label)
    state["label"] = label
    state.pop(_SEEN, None)
    st.switch_page("app.py")


def show_way_back(text: object) -> None:
    """A link back to the data set, while the text is the one that was opened from there."""
    if text is not None and st.session_state.get(_CAME_FROM) == text:
        st.page_link("pages/data_set.py", label="Back to the data set", icon=":material/arrow_back:")
