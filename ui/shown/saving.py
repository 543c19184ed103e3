"""The saved analyses of this server, opened once, and a button that adds to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from attribution import AttributionError
from attribution.ablation.trial import Trial
from attribution.ablation.what_if import Change
from attribution.report import Reported, list_explained
from attribution.storage.library import Library

from ..page import show_error
from ..wording import escape, shorten

if TYPE_CHECKING:  # it imports a database, which most sessions never need
    from attribution.storage.analyses import Analyses

_SAVING, _SAVED, _JUST_SAVED = "_saving_analysis", "_saved_analysis", "_just_saved_analysis"
PAGE = "pages/saved.py"


def open_analyses() -> Analyses:
    """The saved analyses.

    Raises:
        AttributionError: the database does not answer.
    """
    from attribution.storage.analyses import default_url

    return _open(default_url())


@st.cache_resource(max_entries=2, show_spinner="Opening the saved analyses …", on_release=lambda opened: opened.close())
def _open(url: str) -> Analyses:
    from attribution.storage.analyses import Analyses

    return Analyses(url)


def offer_saving(reported: Reported, title: str = "") -> None:
    """A button that asks for a name and saves, and a link to the analysis once it is saved.

    `title` is the name that is proposed; by default the label and the first words of the text.
    """
    if st.button("Save", key="save", icon=":material/bookmark_add:", help="Keep it here, with its text, under a name."):
        first = list_explained(reported)[0]
        words = " ".join(first.text.split()[:8])
        st.session_state["save_name"] = shorten(title or f"{first.label}: {words}", 80)
        st.session_state[_SAVING] = True
    if st.session_state.get(_SAVING):
        _ask(reported)
    saved = st.session_state.get(_SAVED)
    if saved and saved[0] == _identify(reported):
        name = escape(shorten(saved[2], 40))
        if st.session_state.pop(_JUST_SAVED, False):
            st.toast(f"Saved as **{name}**. The link to it stands beside Save.", icon=":material/bookmark_added:")
        st.page_link(
            PAGE,
            label=f"Saved as {name}",
            icon=":material/bookmark_added:",
            query_params={"analysis": saved[1]},
        )


def choose_tags(key: str, analyses: Analyses, chosen: tuple[str, ...] = ()) -> list[str]:
    """Let the reader choose tags: ones in use, or new ones."""
    from attribution.storage.analyses import MOST_TAGS

    return st.multiselect(
        "Tags",
        list(dict.fromkeys([*chosen, *analyses.tags()])),
        key=key,
        accept_new_options=True,
        max_selections=MOST_TAGS,
        placeholder="Choose some, or write new ones",
    )


def _close() -> None:
    st.session_state.pop(_SAVING, None)


@st.dialog("Save this analysis", on_dismiss=_close)
def _ask(reported: Reported) -> None:
    from attribution.storage.analyses import LONGEST_NAME, LONGEST_NOTE

    try:
        analyses = open_analyses()
        name = st.text_input("Name", key="save_name", max_chars=LONGEST_NAME)
        tags = choose_tags("save_tags", analyses)  # above the note: its open list may cover the note, but not Save
        note = st.text_area("Note", key="save_note", height=110, max_chars=LONGEST_NOTE, placeholder="What to look at?")
        st.caption("Text, label and numbers are kept as they are now. Everybody who uses this server can read them.")
        if not st.button("Save", key="save_confirm", type="primary", icon=":material/bookmark_add:"):
            return
        model = Library().models.get(list_explained(reported)[0].model.sha256)
        entry = analyses.save(reported, name=name, note=note, tags=tags, model_name=model.name if model else "")
    except AttributionError as error:
        show_error(str(error))
        return
    st.session_state[_SAVED] = (_identify(reported), entry.id, entry.name)
    st.session_state[_JUST_SAVED] = True
    _close()
    st.rerun()


def _identify(reported: Reported) -> tuple[object, ...]:
    """A key that tells one analysis from another."""
    parts = tuple((one.model, one.texts, one.label, one.method, one.evaluations) for one in list_explained(reported))
    if isinstance(reported, Change):
        found = None if reported.found is None else (reported.found.search, reported.found.removal.words)
        return parts, reported.copy, reported.dropped, reported.masked, found
    if isinstance(reported, Trial):
        return parts, reported.question, reported.how, reported.names
    return parts
