"""Runs a data set in its own process: `python -m attribution.corpus.running.job FOLDER`.

A page starts it, polls its progress, and may stop it. The process outlives the page's session and the server; its
memory is freed when it ends; and it never blocks the server. It holds a lock on the folder while it lives, so that a
process that was killed is never taken for a running one.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...errors import AttributionError
from ...files import write_text
from ...methods import METHODS
from ...wording import list_first, shorten
from ..documents import Columns, Format, name_row
from .attempts import find_interrupted
from .disk_limit import check_room
from .explain import explain_corpus
from .progress import OnProgress, Progress
from .record import ALL, Engine, Explained

_TASK, _PROGRESS, _LOCK, _LOG, _STOP = ".task.json", ".progress.json", ".process", ".log", ".stop"
_EVERY = 0.5  # seconds between writes of the progress
_MEASURED_EVERY = 10.0  # seconds between checks of the disk, which walk through all runs
_NAMED = 5
_NICENESS = 5
# Waiting OpenMP threads sleep instead of spinning: 2.7 times as fast when other processes need the processors too.
_PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"}
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to explain and how: the arguments of `explain_corpus` as plain data.

    Attributes:
        model, model_name, tokenizer: the model's file, its name, and a tokenizer if the file holds none.
        source: the file of documents.
        columns: "text", "label" and "id": which column holds what.
        format: how the file is written, as from `Format.to_dict`.
        method: {"name", "settings"}, as in reports.
        explained: which labels of each document.
        engine: as in `explain_corpus`.
        multi_label: what the reader chose, if the model's file does not say whether labels are independent.
    """

    model: str
    model_name: str
    source: str
    columns: dict[str, Any]
    method: dict[str, Any]
    explained: Explained = "predicted"
    engine: Engine = "local"
    tokenizer: str | None = None
    format: dict[str, Any] = field(default_factory=dict)
    multi_label: bool | None = None


@dataclass(frozen=True, slots=True)
class State:
    """How a job is doing.

    Attributes:
        running: whether its process is alive.
        stopping: whether it was asked to stop.
        progress: the last that it reported; None before the first document.
        error: why it failed; empty if it ended normally or is still running.
    """

    running: bool
    stopping: bool
    progress: Progress | None
    error: str


def start(folder: str | Path, task: Task | None = None) -> None:
    """Start a task in a folder, or resume the one that was started there.

    Raises:
        StoreFullError: there is no room for what it would write.
        AttributionError: it is already running, there is nothing to resume, or no process can be started.
    """
    folder = Path(folder)
    check_room(folder.parent)
    folder.mkdir(parents=True, exist_ok=True)
    if task is not None:
        write_text(folder / _TASK, json.dumps(asdict(task)))
    read_task(folder)
    with (folder / _LOCK).open("a+b") as lock:
        _take(lock.fileno())
        for name in (_PROGRESS, _STOP):
            (folder / name).unlink(missing_ok=True)
        write_text(folder / _PROGRESS, json.dumps({"progress": None}))
        with (folder / _LOG).open("wb") as log:
            command = [sys.executable, "-m", __spec__.name, str(folder.resolve())]
            try:
                # The lock belongs to the open file: the process inherits it, and here it is closed after the start.
                process = subprocess.Popen(  # noqa: S603
                    command,
                    cwd=_ROOT,
                    env={**_PATIENT, **os.environ},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[lock.fileno()],
                    start_new_session=True,
                )
            except OSError as error:
                raise AttributionError(f"The run cannot be started: {error.strerror}.") from error
    threading.Thread(target=process.wait, daemon=True).start()  # a process that nobody waits for stays as a zombie


def stop(folder: str | Path) -> None:
    """Ask a job to stop: it finishes its current documents, writes what it has, and can be resumed later.

    The request is a file and not a signal: no process ID has to be trusted, and a process that has just started is not
    killed before it can handle the signal.
    """
    if is_running(folder):
        (Path(folder) / _STOP).touch()


def is_running(folder: str | Path) -> bool:
    """Whether a job is running in a folder."""
    try:
        with (Path(folder) / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def read_state(folder: str | Path) -> State:
    """How the job in a folder is doing."""
    running = is_running(folder)
    said = _read(Path(folder) / _PROGRESS)
    try:
        progress = Progress(**said["progress"]) if said.get("progress") else None
    except TypeError:
        progress = None
    stopping = running and (Path(folder) / _STOP).exists()
    return State(running, stopping, progress, "" if running else _explain_end(Path(folder), said))


def read_task(folder: str | Path) -> Task:
    """The task that was started in a folder.

    Raises:
        AttributionError: none was started there.
    """
    try:
        return Task(**_read(Path(folder) / _TASK))
    except TypeError as error:
        raise AttributionError("This run was not started from the page. Go on with it where it was started.") from error


def run(folder: Path) -> None:
    """Run the task of a folder in this process."""
    said: dict[str, Any] = {}
    try:
        _explain(read_task(folder), folder, _Reporter(folder, said))
    except AttributionError as error:
        said["error"] = str(error)
    write_text(folder / _PROGRESS, json.dumps({**said, "ended": True}))


def _explain(task: Task, folder: Path, report: OnProgress) -> None:
    explain_corpus(
        task.model,
        task.source,
        folder,
        columns=Columns.from_dict(task.columns),
        format=Format.from_dict(task.format),
        method=METHODS[task.method["name"]](**task.method["settings"]),
        explained=task.explained,
        engine=task.engine,
        workers=ALL,
        tokenizer=task.tokenizer,
        multi_label=task.multi_label,
        model_name=task.model_name,
        on_progress=report,
    )


class _Reporter:
    """Writes a job's progress to its folder, and stops the job on request or when there is no more room on the disk."""

    def __init__(self, folder: Path, said: dict[str, Any]) -> None:
        self._folder, self._said = folder, said
        self._next = self._next_measured = 0.0

    def __call__(self, progress: Progress) -> bool:
        self._said["progress"] = asdict(progress)
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _EVERY
            write_text(self._folder / _PROGRESS, json.dumps(self._said))
        if now >= self._next_measured:
            self._next_measured = now + _MEASURED_EVERY
            check_room(self._folder.parent)
        return not (self._folder / _STOP).exists()


def _take(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AttributionError("This run is at work already.") from error


def _explain_end(folder: Path, said: dict[str, Any]) -> str:
    """Why a job ended; empty if it ended normally or never began."""
    if said.get("error"):
        return str(said["error"])
    if not said or said.get("ended"):
        return ""
    try:
        last = (folder / _LOG).read_text("utf-8", "replace").strip().splitlines()[-1:]
    except OSError:
        last = []
    why = f" The last line of its log: {shorten(last[0])}" if last else ""
    rows = [name_row(number) for number in find_interrupted(folder)]
    if not rows:
        return f"The process that worked on this run was killed or crashed.{why}"
    return (
        f"The process that worked on this run was killed or crashed while it read {list_first(rows, _NAMED)}. "
        f"Go on: these are then read one at a time, and a document that keeps crashing the process is skipped.{why}"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    os.nice(_NICENESS)  # readers of the server's pages come first
    run(Path(sys.argv[1]))
