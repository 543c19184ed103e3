"""A deletion that is asked about once more, for it is one for everybody."""

from __future__ import annotations

import streamlit as st


def confirm_deletion(what: str, *, asking: str, keys: tuple[str, str]) -> bool:
    """Ask whether to delete something; whether the reader said so just now.

    Args:
        what: as the question has it, "it" or "this run".
        asking: the key in the session's state that stands for the question, and goes with an answer.
        keys: of the button that deletes, and of the one that does not.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"Delete {what} for everybody who uses this server?", width="content")
        is_wanted = st.button("Delete", key=keys[0], type="primary", icon=":material/delete:")
        st.button("Keep", key=keys[1], on_click=st.session_state.pop, args=(asking, None))
    if is_wanted:
        st.session_state.pop(asking, None)
    return is_wanted
