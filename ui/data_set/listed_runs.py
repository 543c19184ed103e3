"""The list of earlier runs, and what is said of a run in a line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from attribution import AttributionError
from attribution.corpus import Run
from attribution.corpus.running.job import read_task
from attribution.corpus.shelf import Shelf
from attribution.render import format_share
from attribution.storage.store import Store

from ..wording import escape, isolate, name_label, shorten
from .address import open_run
from .findings import get_right, take_results

_LISTED = 20


def list_runs(shelf: Shelf) -> None:
    """Show the earlier runs, the latest first, and those that have just begun."""
    runs, working = shelf.runs(), shelf.working()
    st.markdown("## Earlier runs")
    if not runs and not working:
        st.caption("There is none yet.")
        return
    begun = [name for name in working if name not in {run.folder.name for run in runs}]
    for name in begun:
        _show_row(name, say_begun(shelf.folder(name)), "just begun: the model is being opened")
    for run in runs[:_LISTED]:
        name = run.folder.name
        _show_row(name, say_run(run), f"{say_state(run, working=name in working)}{_say_right(run)}")
    if len(runs) > _LISTED:
        st.caption(f"The last {_LISTED} of {len(runs)} runs.")


def _show_row(name: str, said: str, state: str) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", border=True, key=f"row_{name}"
    ):
        st.markdown(f"{said}  \n:gray[:small[{state}]]", width="stretch")
        st.button("Open", key=f"open_run_{name}", on_click=open_run, args=(name,))


def say_run(run: Run) -> str:
    """The file and the model of a run, in Markdown."""
    sha256 = str(run.model["sha256"])
    name = Store().settings(sha256).name or run.model_name
    return f"{_say(str(run.source['name']), name)} :gray[({sha256[:8]})]"


def _say_right(run: Run) -> str:
    """How often the model is right in a run that has ended."""
    if not run.finished or run.predicts_value:
        return ""
    right, judged = get_right(take_results(run))
    return f" · right in {right:,} of {judged:,} with gold label, {format_share(right / judged)}" if judged else ""


def say_begun(folder: Path) -> str:
    """The same for a run that has not written anything yet."""
    try:
        task = read_task(folder)
    except AttributionError:
        return ""
    return _say(Path(task.source).name, task.model_name)


def _say(source: str, model: str) -> str:
    return f"**{isolate(escape(shorten(source, 50)))}** with {name_label(model)}"


def say_state(run: Run, *, working: bool = False) -> str:
    """How far a run came, how many documents failed, and when it began; of one at work, only when it began."""
    begun = f"{datetime.fromisoformat(run.created):%d %b %Y, %H:%M} UTC"
    if working:
        return f"at work · {begun}"
    total = "" if run.documents is None or run.documents == run.done else f" of {run.documents:,}"
    how = "" if run.finished else ", stopped"
    failed = f", {run.failed:,} could not be explained" if run.failed else ""
    return f"{run.done:,}{total} documents{how}{failed} · {begun}"
