"""What the address says beside the settings that are bound to it: the model, and the label. The text is never in it."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_SEEN = "_seen_in_address"


def asked(key: str) -> str | None:
    """What a link asks for, or a step back or forth in the browser's history, until something else is shown.

    An address that this session wrote itself asks for nothing: the browser may send it after the reader chose anew.
    """
    value = st.query_params.get(key)
    if value is None or (value in _seen(key) and not is_step_in_history()):
        return None
    return value


def show(key: str, value: str) -> None:
    """Say in the address what is shown, so that a copied link opens it again."""
    current = st.query_params.get(key)
    _seen(key).update({value, current or value})
    if current != value:
        st.query_params[key] = value


def is_step_in_history() -> bool:
    """Whether the reader went back or forth in the browser."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _seen(key: str) -> set[str]:
    seen: dict[str, set[str]] = st.session_state.setdefault(_SEEN, {})
    return seen.setdefault(key, set())
