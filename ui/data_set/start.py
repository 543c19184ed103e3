"""Where runs are started and listed: on the demo's paragraphs, a file of the reader's, or a file on the server."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import streamlit as st

from attribution import AttributionError, Model, demo
from attribution.corpus import ENDINGS, ENGINES, EXPLAINED, Columns, Engine, Explained
from attribution.corpus.documents import Source, choose_gold, open_source
from attribution.corpus.running.job import Task, start
from attribution.corpus.shelf import Shelf, list_sources
from attribution.methods import Method
from attribution.report import name_method
from attribution.storage.library import Library

from ..choices.uploads import forget_upload
from ..page import reported, show_error
from ..wording import isolate, shorten
from .address import open_run
from .format import choose_format, show_beginning, show_gold
from .listed_runs import list_runs

_SOURCE, _OPENED, _NAME, _FAILED = "_data_set_source", "_data_set_upload", "_data_set_name", "_data_set_failed"
_DEMO_FILE = "held-out paragraphs.csv"
_AT_ONCE = 2
_EXPLAINED: dict[str, str] = {
    "predicted": "the predicted labels of each document",
    "gold": "its gold labels",
    "both": "both, where they differ",
    "all": "every label (takes longest)",
}
_UPLOAD, _SERVER = "Upload a file", "Choose one on this server"


def show_start(shelf: Shelf, model: Model | None, method: Method) -> None:
    """Draw the page before a run is opened: the demo, the reader's own documents, and earlier runs."""
    if failed := st.session_state.pop(_FAILED, None):
        show_error(failed)
    if model is not None and (refusal := _refuse(model)):
        st.info(refusal, icon=":material/info:")
    elif model is not None:
        _offer_demo(shelf, method)
        with reported():
            _begin_own(shelf, model, method)
    list_runs(shelf)


def _refuse(model: Model) -> str | None:
    if model.takes_pair:
        return "This model compares two texts, and a data set holds one text per row. Choose another model."
    if model.predicts_value:
        return "This model predicts a value, and this page is about labels. Choose another model."
    return None


def _offer_demo(shelf: Shelf, method: Method) -> None:
    count = len(demo.paragraphs(held_out=True))
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="demo_run"):
        st.markdown(
            f"**Try it at once:** {count} news paragraphs that the demo model was not trained on, explained by it.",
            width="stretch",
        )
        st.button(
            f"Explain {count} paragraphs",
            key="run_demo",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_start_demo,
            args=(shelf, method),
        )


def _start_demo(shelf: Shelf, method: Method) -> None:
    try:
        text = io.StringIO()
        written = csv.writer(text)
        written.writerows([("text", "label"), *((one.text, one.label) for one in demo.paragraphs(held_out=True))])
        source = shelf.add_source(io.BytesIO(text.getvalue().encode()), _DEMO_FILE)
        path = demo.checkpoint()
        _start(shelf, path, demo.NAME, None, open_source(source, Columns("text", "label")), "predicted", method)
    except AttributionError as error:
        st.session_state[_FAILED] = str(error)


def _begin_own(shelf: Shelf, model: Model, method: Method) -> None:
    """Let the reader choose a file, see how it is read, choose its format and columns, and start the run."""
    st.markdown("## Your own documents")
    source = _choose_source(shelf)
    if source is None:
        st.caption(
            "CSV or TSV, Excel, JSON or JSON Lines, Parquet, or lines of text, or of “\\_\\_label\\_\\_x text”. One "
            "text a row, with its label if it has one; several labels as “a | b”, as a list, or in several columns."
        )
        return
    key = f"{source.parent.name}_{source.name}"
    place = st.container()
    beginning = choose_format(source, key)
    with place:
        names = show_beginning(beginning)
    key = f"{key}_{hash(beginning.format)}"
    chosen = open_source(beginning, _choose_columns(open_source(beginning), names, model, key))
    show_gold(chosen, model)
    explained, engine = _choose_how(chosen.columns)
    st.button(
        "Explain every document",
        key="run_own",
        type="primary",
        icon=":material/play_arrow:",
        on_click=_start_own,
        args=(shelf, model, chosen, explained, engine, method),
    )


def _choose_source(shelf: Shelf) -> Path | None:
    listed = list_sources()
    if not listed:
        return _take_upload(shelf)
    place = st.segmented_control(
        "Documents", [_UPLOAD, _SERVER], key="data_place", default=_UPLOAD, required=True, label_visibility="collapsed"
    )
    if place != _SERVER:
        return _take_upload(shelf)
    name = st.selectbox(
        "A file or a folder on this server",
        [path.name for path in listed],
        index=None,
        key="data_server_file",
        format_func=lambda name: isolate(shorten(name, 60)),
    )
    return next((path for path in listed if path.name == name), None)


def _take_upload(shelf: Shelf) -> Path | None:
    """Keep an uploaded file on the shelf, and free Streamlit's copy of it."""
    uploaded = st.file_uploader(
        "A file of documents",
        type=[ending.removeprefix(".") for ending in ENDINGS],
        key="data_upload",
        help="It stays on this server until its last run is deleted.",
    )
    if uploaded is not None and uploaded.file_id != st.session_state.get(_OPENED):
        st.session_state.pop(_SOURCE, None)  # a refused file never becomes _OPENED: it is refused at every run
        st.session_state[_SOURCE] = shelf.add_source(uploaded, uploaded.name)
        st.session_state[_OPENED] = uploaded.file_id
        forget_upload(uploaded)
    source: Path | None = st.session_state.get(_SOURCE)
    return source if source is not None and source.exists() else None


def _choose_columns(source: Source, names: list[str], model: Model, key: str) -> Columns:
    guessed = choose_gold(source, model.labels, multi_label=model.multi_label).columns
    optional, key = ["", *names], f"{model.identity.sha256}_{key}"
    with st.container(horizontal=True, key="data_columns"):
        text = st.selectbox("Text", names, names.index(guessed.text), key=f"data_text_{key}", width=220)
        first = next(iter(guessed.labels), None)
        label = _choose_optional("Gold label", optional, first, f"data_label_{key}", "there is none")
        rest = [name for name in names if name not in (text, label)]
        more: list[str] = []
        if label and rest:
            more = st.multiselect(
                "Further gold labels",
                rest,
                [name for name in guessed.labels[1:] if name in rest] if label == first else [],
                key=f"data_labels_{label}_{key}",
                placeholder="in no other column",
                format_func=lambda name: isolate(shorten(name, 60)),
                help="Columns that each hold another label, or say by 0 and 1 whether the label in their name applies.",
                width=280,
            )
        document = _choose_optional("Name of a document", optional, guessed.id, f"data_id_{key}", "its row")
    return Columns(str(text), tuple(filter(None, (label, *more))), document or None)


def _choose_optional(title: str, options: list[str], chosen: str | None, key: str, none: str) -> str:
    return st.selectbox(
        title,
        options,
        options.index(chosen or ""),
        key=key,
        format_func=lambda option: isolate(shorten(option, 60)) or none,
        width=220,
    )


def _choose_how(columns: Columns) -> tuple[Explained, Engine]:
    offered = [name for name in EXPLAINED if columns.label or name not in ("gold", "both")]
    with st.container(horizontal=True, key="data_how"):
        explained = st.selectbox(
            "Explain", offered, key="data_explained", format_func=_EXPLAINED.__getitem__, width=320
        )
        engine: Engine = "local"
        if os.environ.get("RAY_ADDRESS"):
            engine = st.selectbox(
                "On", ENGINES, key="data_engine", format_func=lambda name: _ENGINE_NAMES[name], width=220
            )
    return explained, engine


_ENGINE_NAMES: dict[str, str] = {"local": "this machine", "ray": "the Ray cluster"}


def _start_own(
    shelf: Shelf, model: Model, source: Source, explained: Explained, engine: Engine, method: Method
) -> None:
    library, sha256 = Library(), model.identity.sha256
    name = library.models[sha256].name if sha256 in library.models else sha256[:12]
    tokenizer = library.store.tokenizer_path(sha256)
    try:
        said = model.identity.multi_label_by_reader
        _start(shelf, library.path(sha256), name, tokenizer, source, explained, method, engine, said)
    except AttributionError as error:
        st.session_state[_FAILED] = str(error)


def _start(
    shelf: Shelf,
    model: Path,
    name: str,
    tokenizer: Path | None,
    source: Source,
    explained: Explained,
    method: Method,
    engine: Engine = "local",
    multi_label: bool | None = None,
) -> None:
    task = Task(
        model=str(model),
        model_name=name,
        source=str(source.files.path.resolve()),
        columns=source.columns.to_dict(),
        format=source.format.to_dict(),
        method={"name": name_method(method), "settings": asdict(cast(Any, method))},
        explained=explained,
        engine=engine,
        tokenizer=None if tokenizer is None else str(tokenizer),
        multi_label=multi_label,
    )
    run = shelf.name_new()
    put_to_work(shelf, run, task)
    open_run(run)


def put_to_work(shelf: Shelf, name: str, task: Task | None = None) -> None:
    """Start or resume a run, unless the most that may run at once are at work already."""
    if len(shelf.working()) >= _AT_ONCE:
        raise AttributionError(
            f"{_AT_ONCE} runs are at work on this server, the most at once. Wait for one to end, or stop one."
        )
    start(shelf.folder(name), task)
