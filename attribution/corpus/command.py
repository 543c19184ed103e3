"""The shell's `corpus`: explain every text of a file."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from ..errors import AttributionError, shorten
from ..methods import Method
from ..terminal import to_printable
from .documents import Columns, guess_columns
from .explain import Progress, explain_corpus
from .run import holds_run, read_run
from .summary import summarize

_EVERY = 1.0


def run(options: argparse.Namespace, model: Path, method: Method | None) -> int:
    """Explain, and tell how far it is and what came of it; returns the exit status."""
    meter, columns = _Meter(), _choose_columns(options)
    before = read_run(options.output).done if holds_run(options.output) else 0
    try:
        done = explain_corpus(
            model,
            options.source,
            options.output,
            columns=columns,
            gold_is_guessed=options.label_column is None,
            method=method,
            explained=options.explained,
            engine=options.engine,
            tokenizer=options.tokenizer,
            model_name=options.model,
            workers=options.workers,
            on_progress=meter.show,
        )
    except KeyboardInterrupt:
        meter.end()
        print(f"whylight: stopped. The same command goes on with {options.output}.", file=sys.stderr)
        raise
    except OSError as error:
        name, reason = error.filename or options.output, error.strerror or error
        raise AttributionError(f"{name} cannot be read or written: {reason}.") from error
    meter.end()
    if columns.label and done.source["columns"]["label"] is None:
        said = f"The column {shorten(columns.label)} was left out: none of its first cells is a label of the model."
        print(to_printable(said))
    if done.done == before:
        nothing = "Nothing was left to do: all of these documents were done before."
        print(nothing if before else "The file holds no documents.")
    print(to_printable(summarize(done)))
    if done.done and done.failed == done.done:
        raise AttributionError("No document could be explained; the run's documents say why.")
    return 0


def _choose_columns(options: argparse.Namespace) -> Columns:
    chosen: dict[str, Any] = {"text": options.text_column, "label": options.label_column, "id": options.id_column}
    if options.text_column is None or options.label_column is None:
        guessed = guess_columns(options.source).to_dict()
        if options.text_column not in (None, guessed["text"]) and options.text_column == guessed["label"]:
            guessed["label"] = None
        chosen = {name: guessed[name] if value is None else value for name, value in chosen.items()}
    return Columns(chosen["text"], chosen["label"] or None, chosen["id"] or None)


class _Meter:
    """Progress on standard error: one line that changes in a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._next = 0.0
        self._width = 0

    def show(self, progress: Progress) -> None:
        """Say how far it is, where it is time to."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (_EVERY if self._terminal else 10 * _EVERY)
        total = "" if progress.total is None else f" of {progress.total:,}"
        failed = f", {progress.failed:,} failed" if progress.failed else ""
        left = "" if progress.seconds_left is None else f", {format_time(progress.seconds_left)} left"
        line = f"{progress.done:,}{total} documents{failed}, {progress.documents_per_second:.1f} a second{left}"
        if self._terminal:
            print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._terminal and self._width:
            print(file=sys.stderr)


def format_time(seconds: float) -> str:
    """Seconds as people read them."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
