"""What the page Data set shows of one run: how far it is, its views, what can be downloaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from attribution import Model
from attribution.corpus import Run
from attribution.corpus.findings.listing import Selection
from attribution.corpus.findings.tables import list_parts
from attribution.corpus.running.job import State, read_state, stop
from attribution.corpus.shelf import Shelf
from attribution.methods import Method
from attribution.wording import format_time

from ..page import reported, show_error
from ..shown.confirm import confirm_deletion
from ..wording import escape
from .address import go, open_run, read
from .documents import show_documents
from .downloads import offer_downloads
from .errors import show_errors
from .findings import Results, get_count, take_results
from .listed_runs import say_begun, say_run, say_state
from .one_word import show_word
from .start import put_to_work, show_start
from .words import show_words

_EVERY = 1.0
_VIEWS: Mapping[str, tuple[str, Callable[[Results, Run], None]]] = {
    "labels": ("What each label listens to", show_words),
    "errors": ("Where it errs", show_errors),
    "word": ("One word", show_word),
    "documents": ("Documents", lambda results, run: show_documents(results, run)),
}
_TITLES: Mapping[str, str] = {name: title for name, (title, _) in _VIEWS.items()}
_DELETING, _PARTS = "_deleting_run", "_data_set_parts"


def show_data_set(model: Model | None, method: Method) -> None:
    """Draw the run that the address names, or the start page; earlier runs can be read without a model."""
    shelf, name = Shelf.open(), read("run")
    if not name:
        show_start(shelf, model, method)
        return
    folder = shelf.folder(name)
    state, run = read_state(folder), shelf.find(name)
    if run is None and not state.running and not state.error:
        show_error("This run was deleted, or was never on this server.")
        st.button("All runs", key="all_runs", icon=":material/arrow_back:", on_click=open_run, args=("",))
        return
    _show_head(shelf, name, run, state)
    if run is not None:
        _show_results(run, state)


def _show_head(shelf: Shelf, name: str, run: Run | None, state: State) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="run_head"):
        st.button("All runs", key="all_runs", icon=":material/arrow_back:", on_click=open_run, args=("",))
        st.markdown(_say_run(shelf.folder(name), run, state), width="stretch")
        if run is not None:
            offer_downloads(run)
        if not state.running:
            st.button("Delete", key="delete_run", icon=":material/delete:", type="tertiary", on_click=_ask_to_delete)
    if run is not None and 0 < run.failed < run.done:
        _offer_failed(run)
    for note in run.notes if run is not None else ():
        st.caption(f":material/info: {escape(note)}")
    if st.session_state.get(_DELETING):
        _confirm(shelf, name)
    if state.running:
        st.session_state[_PARTS] = len(list_parts(shelf.folder(name)))
        _watch(shelf.folder(name), 0 if run is None else get_count(take_results(run), Selection()))
    elif state.error:
        show_error(state.error)
    if not state.running and (run is None or run.finished is None):
        _offer_to_go_on(shelf, name, run)


def _offer_failed(run: Run) -> None:
    """One click to the documents that could not be explained, each with its reason."""
    failed = "one" if run.failed == 1 else f"{run.failed:,}"
    st.button(
        f"See the {failed} that could not be explained",
        key="show_failed",
        icon=":material/error:",
        type="tertiary",
        on_click=lambda: go(view="documents", kind="failed", gold="", predicted="", find="", order="", at=""),
    )


def _say_run(folder: Path, run: Run | None, state: State) -> str:
    if run is None:
        return say_begun(folder)
    return f"{say_run(run)}  \n:gray[:small[{say_state(run, working=state.running)}]]"


@st.fragment(run_every=_EVERY)
def _watch(folder: Path, shown: int) -> None:
    """Draw a run's progress once a second, without the rest of the page; when the run ends, redraw the page.

    `shown` is how many documents the page covers: results are written in parts, so the run is ahead of it.
    """
    state = read_state(folder)
    parts = len(list_parts(folder))
    if not state.running or (parts and not st.session_state.get(_PARTS)):
        st.rerun()
    share, said = _say_progress(state)
    with st.container(horizontal=True, vertical_alignment="center", key="run_progress"):
        st.progress(share, said)
        st.button(
            "Stop",
            key="stop_run",
            icon=":material/stop_circle:",
            disabled=state.stopping,
            on_click=stop,
            args=(folder,),
        )
    if shown:
        with st.container(horizontal=True, vertical_alignment="center", key="run_written"):
            st.caption(f"Below: {shown:,} documents, as far as results were written.", width="content")
            if parts > st.session_state.get(_PARTS, 0) and st.button(
                "Show what has come since", key="refresh_run", icon=":material/refresh:", type="tertiary"
            ):
                st.rerun()


def _say_progress(state: State) -> tuple[float, str]:
    progress = state.progress
    share = min(progress.done / progress.total, 1.0) if progress and progress.total else 0.0
    if state.stopping:
        return share, "Stopping after the current documents …"
    if progress is None:
        return share, "Opening the model and reading the first documents … You can leave this page meanwhile."
    total = "" if progress.total is None else f" of {progress.total:,}"
    left = "" if progress.seconds_left is None else f", {format_time(progress.seconds_left)} left"
    failed = f", {progress.failed:,} failed" if progress.failed else ""
    return share, f"{progress.done:,}{total} documents read{failed}, {progress.documents_per_second:.1f} a second{left}"


def _offer_to_go_on(shelf: Shelf, name: str, run: Run | None) -> None:
    done = "before its first document" if run is None or not run.done else f"after {run.done:,} documents"
    with st.container(horizontal=True, vertical_alignment="center", key="run_stopped"):
        st.markdown(f":material/pause_circle: This run stopped {done}.", width="content")
        if st.button("Go on", key="resume_run", icon=":material/play_arrow:", type="primary"):
            with reported():
                put_to_work(shelf, name)
                st.rerun()


def _ask_to_delete() -> None:
    st.session_state[_DELETING] = True


def _confirm(shelf: Shelf, name: str) -> None:
    if confirm_deletion("this run", asking=_DELETING, keys=("confirm_run", "keep_run")):
        with reported():
            shelf.delete(name)
            open_run("")
            st.rerun()


def _show_results(run: Run, state: State) -> None:
    if run.predicts_value:
        st.info("This run's model predicts a value, and this page is about labels. Its results can be downloaded.")
        return
    results = take_results(run)
    if not list_parts(run.folder):
        if not state.running:
            st.info("This run has no documents yet.", icon=":material/hourglass_empty:")
        return
    if run.done and run.failed == run.done:
        st.warning("No document could be explained. The list gives the reason for each.", icon=":material/warning:")
        show_documents(results, run)
        return
    view = _choose_view()
    with reported():
        _VIEWS[view][1](results, run)


def _choose_view() -> str:
    key, here = "data_set_view", read("view", "labels")
    st.session_state[key] = here if here in _VIEWS else "labels"
    st.segmented_control(
        "What to look at",
        list(_VIEWS),
        key=key,
        required=True,
        format_func=_TITLES.__getitem__,
        label_visibility="collapsed",
        on_change=lambda: go(view=st.session_state[key] or "labels", at=""),
    )
    return str(st.session_state[key] or "labels")
