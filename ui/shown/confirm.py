"""The question before something is deleted for everybody who uses this server."""

from __future__ import annotations

import streamlit as st


def confirm_deletion(what: str, *, asking: str, keys: tuple[str, str]) -> bool:
    """Ask whether to delete something; true when the reader has just confirmed it.

    Args:
        what: what the question calls it, "it" or "this run".
        asking: the session-state key that keeps the question open; an answer removes it.
        keys: the widget keys of the buttons Delete and Keep.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"Delete {what} for everybody who uses this server?", width="content")
        is_wanted = st.button("Delete", key=keys[0], type="primary", icon=":material/delete:")
        st.button("Keep", key=keys[1], on_click=st.session_state.pop, args=(asking, None))
    if is_wanted:
        st.session_state.pop(asking, None)
    return is_wanted
