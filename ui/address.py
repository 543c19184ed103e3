"""What the address holds besides the settings that are bound to it: model, labels, contrast; never the text."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_SEEN, _WANTED = "_seen_in_address", "_wanted_in_address"


def asked(key: str) -> str | None:
    """What a link asks for, or a step back or forward in the browser's history, until something else is shown.

    An address that this session wrote itself asks for nothing: the browser may send it after a newer choice.
    """
    return next(reversed(asked_all(key)), None)


def asked_all(key: str) -> tuple[str, ...]:
    """The same where a link can ask for several values, in the link's order."""
    values = tuple(st.query_params.get_all(key))
    return () if values in _seen(key) and not is_step_in_history() else values


def begin() -> None:
    """Forget address changes of an earlier run that ended before it wrote them."""
    st.session_state[_WANTED] = {}


def show(**shown: str | Sequence[str]) -> None:
    """Say in the address what is shown, so that a copied link opens it again, as soon as `write` is called."""
    for key, value in shown.items():
        values = (value,) if isinstance(value, str) else tuple(value)
        _seen(key).update({values, tuple(st.query_params.get_all(key))})
        _wanted()[key] = values


def write() -> None:
    """Write the address, all that is new in one step of the browser's history."""
    changed = {
        key: values[0] if len(values) == 1 else list(values)
        for key, values in _wanted().items()
        if tuple(st.query_params.get_all(key)) != values
    }
    if changed:
        st.query_params.update(changed)


def _wanted() -> dict[str, tuple[str, ...]]:
    wanted: dict[str, tuple[str, ...]] = st.session_state.setdefault(_WANTED, {})
    return wanted


def is_step_in_history() -> bool:
    """Whether the reader went back or forward in the browser."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _seen(key: str) -> set[tuple[str, ...]]:
    seen: dict[str, set[tuple[str, ...]]] = st.session_state.setdefault(_SEEN, {})
    return seen.setdefault(key, set())
