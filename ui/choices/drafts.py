"""The reader's texts, kept on the server beyond a session and found again by the name in the address."""

from __future__ import annotations

import streamlit as st

from attribution import AttributionError, demo
from attribution.storage.drafts import Draft, Drafts

from ..address import asked, is_step_in_history, show
from ..page import show_error
from ..wording import escape

TEXT, SECOND, OTHER = "_submitted_text", "_submitted_second_text", "compare_text"
WHOLE, START = "_text_in_parts", "_start_in_whole"
"""The session-state keys of what was submitted."""

_NAMED, _REFUSED = "_named_draft", "_draft_not_kept"


def take_draft() -> None:
    """Replace what was submitted by the draft that the address asks for, if it asks for one."""
    wanted = asked("draft")
    if wanted is None:
        named = st.session_state.get(_NAMED)
        is_sample = is_step_in_history() and "model" in st.query_params and not st.query_params.get("draft")
        if named is None or not is_sample:
            return
        draft = Draft(demo.samples()[0].text)  # a step back to where the sample was shown
    else:
        found = Drafts().find(wanted)
        if found is None:
            show(draft=())
            if not is_step_in_history():
                show_error(
                    "The text of this link is not on this server any more: texts are kept for 30 days. Below is "
                    "another one; a saved analysis keeps its text for good."
                )
            return
        draft = found
        st.session_state[_NAMED] = (draft, wanted)
    put(draft)


def keep_draft() -> None:
    """Store what was submitted, and write its name to the address; the first sample is always there and needs none."""
    text, second, other, whole = (str(st.session_state.get(key) or "") for key in (TEXT, SECOND, OTHER, WHOLE))
    start = int(st.session_state.get(START) or 0)
    draft = Draft(text, second, other, *((whole, start) if whole[start : start + len(text)] == text else ()))
    if draft in (Draft(""), Draft(demo.samples()[0].text)):
        show(draft=())
        return
    named = st.session_state.get(_NAMED)
    if named is None or named[0] != draft or not Drafts().holds(named[1]):
        if st.session_state.get(_REFUSED) == draft:
            show(draft=())
            return
        try:
            named = (draft, Drafts().keep(draft))
        except AttributionError as error:
            st.session_state[_REFUSED] = draft
            st.caption(f":material/info: {escape(str(error))}")
            show(draft=())
            return
        st.session_state[_NAMED] = named
    show(draft=named[1])


def put(draft: Draft) -> None:
    """Replace what the reader wrote by a draft, on every page."""
    state = st.session_state
    state["text"] = state[TEXT] = draft.text
    state["second_text"] = state[SECOND] = draft.second
    state[OTHER] = draft.other
    state[WHOLE], state[START] = draft.whole, draft.start
