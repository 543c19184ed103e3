"""The models on this server: what there is, how much room it takes, and a way to delete what was uploaded."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from attribution.storage.library import Library
from attribution.storage.model_settings import LONGEST_NAME
from attribution.storage.store import StoredModel
from attribution.wording import format_size

from ..page import reported_next, show_refused
from ..shown.confirm import confirm_deletion
from ..wording import escape, isolate, shorten

_LISTED, _DELETING, _NAMING = "_models_listed", "_deleting_model", "_naming_model"


def manage_models() -> None:
    """A button that opens the list of models."""
    if st.button("Manage models", key="manage_models", icon=":material/folder_open:", type="tertiary"):
        st.session_state[_LISTED] = True
    if st.session_state.get(_LISTED):
        _show_models()


def name_model(model: StoredModel, length: int = 40) -> str:
    """A model's name in Markdown: escaped, short, and in its own writing direction."""
    return isolate(escape(shorten(model.name, length)))


def ask_for_name(model: StoredModel, key: str) -> None:
    """Ask what to call a model, as the file of every Flair model is called best-model.pt."""
    st.session_state[key] = model.name
    st.text_input("Its name, for everybody here", key=key, max_chars=LONGEST_NAME, on_change=_rename, args=(model, key))


def _rename(model: StoredModel, key: str) -> None:
    st.session_state.pop(_NAMING, None)
    with reported_next():
        Library().keep_name(model.sha256, st.session_state[key])


def _close() -> None:
    st.session_state.pop(_NAMING, None)
    st.session_state.pop(_LISTED, None)
    st.session_state.pop(_DELETING, None)


@st.dialog("Models on this server", width="medium", on_dismiss=_close)
def _show_models() -> None:
    show_refused()
    library = Library()
    used, limit = library.store.used, library.store.limit
    st.progress(min(1.0, used / max(limit, 1)), f"Uploads take {format_size(used)} of {format_size(limit)}.")
    for model in library.models.values():
        with st.container(key=f"stored_{model.sha256[:12]}", border=True, gap="small"):
            _show_model(library, model)


def _show_model(library: Library, model: StoredModel) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{name_model(model, 60)}**  \n:gray[:small[{_describe(library, model)}]]", width="stretch")
        st.button(
            "Rename",
            key=f"rename_{model.sha256[:12]}",
            icon=":material/edit:",
            type="tertiary",
            on_click=st.session_state.__setitem__,
            args=(_NAMING, model.sha256),
        )
        if library.is_uploaded(model.sha256) and st.session_state.get(_DELETING) != model.sha256:
            st.button(
                "Delete",
                key=f"delete_{model.sha256[:12]}",
                icon=":material/delete:",
                type="tertiary",
                on_click=st.session_state.__setitem__,
                args=(_DELETING, model.sha256),
            )
    if st.session_state.get(_NAMING) == model.sha256:
        ask_for_name(model, f"name_{model.sha256[:12]}")
    if st.session_state.get(_DELETING) == model.sha256:
        _confirm(library, model)


def _describe(library: Library, model: StoredModel) -> str:
    day = datetime.fromisoformat(model.added)
    kind = (
        "uploaded" if library.is_uploaded(model.sha256) else "made here" if model.origin else "of this server, changed"
    )
    return f"{format_size(model.size)} · {kind} {day:%d %b %Y, %H:%M} UTC · sha256 {model.sha256[:12]}…"


def _confirm(library: Library, model: StoredModel) -> None:
    if confirm_deletion("it", asking=_DELETING, keys=("confirm_delete", "keep_model")):
        with reported_next():
            library.store.delete(model.sha256)
        st.rerun()
