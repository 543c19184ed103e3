"""Where a reader is on the page Data set: in the address, to be shared, and kept while other pages are open."""

from __future__ import annotations

from typing import Any

import streamlit as st

_NAMES = ("run", "view", "word", "gold", "predicted", "kind", "order", "find", "at")
_KEPT = "_data_set_place"


def enter() -> None:
    """Come back to where the reader was, unless the address names another place."""
    if not any(map(read, _NAMES)):  # a name removed from the address reads as empty
        st.query_params.update(st.session_state.get(_KEPT, {}))
    _keep()


def read(name: str, default: str = "") -> str:
    """One part of the place, or the default where the address does not have it."""
    return str(st.query_params.get(name, "")) or default


def read_number(name: str) -> int:
    """One part of the place as a number; 0 where it is not a number."""
    value = read(name)
    return int(value) if value.isdecimal() and len(value) < 10 else 0


def go(**changes: Any) -> None:
    """Change parts of the place; empty ones are removed from the address."""
    # One update of all parts makes one step in the browser's history.
    st.query_params.update({name: [] if value in ("", None) else str(value) for name, value in changes.items()})
    _keep()


def open_run(name: str) -> None:
    """Go to a run's first view, or, with an empty name, to where runs are begun and listed."""
    go(**{**dict.fromkeys(_NAMES), "run": name})


def _keep() -> None:
    st.session_state[_KEPT] = {name: read(name) for name in _NAMES if read(name)}
