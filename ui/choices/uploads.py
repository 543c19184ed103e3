"""Uploads: a model, the tokenizer that it lacks, and what became of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from attribution import AttributionError, TokenizerMissingError
from attribution.isolation.isolated_model import IsolatedModel, open_isolated
from attribution.storage.library import Library
from attribution.storage.store import Store

from ..page import show_error
from .drafts import TEXT
from .opened_models import choose_next, forget_model, keep_open

UPLOADED = "_uploaded_model"
"""In a session, the model that was uploaded last, until another one is chosen."""

_REFUSED, _OPENED, _TOKENIZER = "_refused_upload", "_opened_upload", "_opened_tokenizer"


def take_upload(store: Store) -> None:
    """Let the reader upload a model; a refusal is shown until the page, model or text changes."""
    uploaded = st.file_uploader(
        "Open another model",
        type=["pt", "bin", "zip"],
        key="model_upload",
        help="The .pt file that Flair's save() wrote, for example best-model.pt; or a zip of the folder that "
        "save_pretrained wrote for a Hugging Face sequence classifier. Nothing in the file is run.",
    )
    if uploaded is not None and uploaded.file_id != st.session_state.get(_OPENED):
        st.session_state[_OPENED] = uploaded.file_id  # the widget gives it again on each run
        with st.spinner("Checking the model …"):
            refused = _store_upload(store, uploaded)
        forget_upload(uploaded)
        st.session_state[_REFUSED] = (refused, _tell_work())
    refused, work = st.session_state.get(_REFUSED, (None, None))
    if refused and work == _tell_work() and not st.session_state.get("explain"):
        show_error(refused)
    else:
        st.session_state.pop(_REFUSED, None)


def _tell_work() -> tuple[object, ...]:
    """What the reader is working on; a refusal is shown until the page, model or text changes."""
    context = get_script_run_ctx()
    return context and context.page_script_hash, st.session_state.get("model"), st.session_state.get(TEXT)


class _RefusedError(Exception):
    """The file was written, but the model in it cannot be opened."""


def _store_upload(store: Store, uploaded: UploadedFile) -> str | None:
    """Open an upload and let it enter the store; what cannot be opened is not kept, and the reason returned."""
    name = Path(uploaded.name).name
    opened: list[IsolatedModel] = []

    def open_copy(path: Path) -> None:
        try:
            opened.append(open_isolated(path))
        except TokenizerMissingError:
            pass  # it stays, so that its tokenizer can be given
        except AttributionError as error:
            raise _RefusedError(str(error)) from error

    try:
        stored = store.add(uploaded, name, check=open_copy)
    except _RefusedError as error:
        return f"{name} was not opened. {error}"
    except AttributionError as error:
        return f"{name} was not kept. {error}"
    if opened:
        keep_open(opened[0].moved(store.path(stored.sha256)))
    else:
        forget_model(stored.sha256)  # it was here before, and may get another tokenizer now
    choose_next(stored.sha256)
    st.session_state[UPLOADED] = stored.sha256
    return None


def take_tokenizer(store: Store, sha256: str) -> bool:
    """Ask for the tokenizer of a model that has none, and keep it if it fits; true if there is one now."""
    uploaded = st.file_uploader(
        "Its tokenizer",
        type=["json", "zip", "model"],
        key="tokenizer_upload",
        help="The encoder's tokenizer.json, a zip of its tokenizer's files, or its sentencepiece model.",
    )
    if uploaded is None or uploaded.file_id == st.session_state.get(_TOKENIZER):
        return False
    st.session_state[_TOKENIZER] = uploaded.file_id
    model = Library(store).path(sha256)
    try:
        store.add_tokenizer(
            sha256,
            uploaded,
            uploaded.name,
            check=lambda tokenizer: open_isolated(model, tokenizer=tokenizer).home.leave(),
        )
    except AttributionError as error:
        show_error(f"{uploaded.name} was not kept. {error}")
        return False
    forget_model(sha256)
    return True


def forget_upload(uploaded: UploadedFile) -> None:
    """Free Streamlit's copy of a file that is kept elsewhere: it may take a gigabyte of memory."""
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_file(context.session_id, uploaded.file_id)  # type: ignore[attr-defined]
