"""The command `corpus`: explain every text of a file."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ..corpus.documents import Columns, FileSet, Format, Source, find_files, look_at, open_source
from ..corpus.findings.report import make_report
from ..corpus.findings.summary import join_names, summarize
from ..corpus.running.explain import explain_corpus
from ..corpus.running.progress import Progress
from ..corpus.running.record import Run, holds_run, read_run
from ..errors import AttributionError
from ..methods import Method
from ..wording import format_time
from .terminal import answer, check_report, to_printable, write_report

_EVERY = 1.0


def run(options: argparse.Namespace, model: Path, method: Method | None) -> int:
    """Explain a file, and print the progress and a summary; returns the exit status."""
    files = find_files(options.source)
    if options.report is not None:
        _check_report(options, model, files)
    meter, source = _Meter(), _open(options, files)
    if sys.stderr.isatty():  # who is waiting may want to stop; the summary says it to everybody
        print(to_printable(f"{source.files.name} is read as {source.beginning.read_as}."), file=sys.stderr)
    before = read_run(options.output).done if holds_run(options.output) else 0
    try:
        done = explain_corpus(
            model,
            source,
            options.output,
            method=method,
            explained=options.explained,
            engine=options.engine,
            tokenizer=options.tokenizer,
            multi_label=options.multi_label,
            model_name=Path(options.model).name,
            workers=options.workers,
            on_progress=meter.show,
        )
    except KeyboardInterrupt:
        meter.end()
        print(f"whylight: stopped. Run the same command again to resume {options.output}.", file=sys.stderr)
        raise
    except OSError as error:
        name, reason = error.filename or options.output, error.strerror or error
        raise AttributionError(f"{name} cannot be read or written: {reason}.") from error
    meter.end()
    if options.multi_label is None:
        for note in done.notes:
            print(to_printable(f"whylight: {note}"), file=sys.stderr)
    if source.columns.label and done.source["columns"]["label"] is None:
        names = join_names(source.columns.labels)
        answer(f"The column {names} was left out: none of its first cells is a label of the model.")
    if done.done == before:
        nothing = "Nothing was left to do: all of these documents were done before."
        answer(nothing if before else "The file holds no documents.")
    answer(summarize(done))
    if options.report is not None:
        _write_report(options.report, done)
    if done.done and done.failed == done.done:
        raise AttributionError("No document could be explained; the run's table of documents says why.")
    return 0


def _check_report(options: argparse.Namespace, model: Path, files: FileSet) -> None:
    path = Path(options.report)
    if path.suffix.lower() not in ("", ".html", ".htm"):
        raise AttributionError(f"The report of a run is HTML. Give a name that ends in .html, not {path.name}.")
    report, run_folder = path.resolve(), Path(options.output).resolve()
    if report == run_folder or (run_folder in report.parents and not report.suffix):
        raise AttributionError(f"{path} cannot be written: the run needs this name. Give one that ends in .html.")
    if report.parent != run_folder:  # the run makes its own folder
        check_report(path, model, *files.files)


def _write_report(name: str, done: Run) -> None:
    try:
        write_report(name, make_report(done))
    except AttributionError as error:
        raise AttributionError(f"{error} The run is complete; the same command will only write its report.") from error


def _open(options: argparse.Namespace, files: FileSet) -> Source:
    """The files, with the columns that were named and those that were guessed."""
    chosen = Format(options.encoding, options.separator, options.quote, options.header, options.skip_lines)
    labels = None if options.label_column is None else tuple(name for name in options.label_column if name)
    found = look_at(files, chosen)
    if options.text_column is not None and labels is not None:
        return open_source(found, Columns(options.text_column, labels, options.id_column or None))
    guessed = open_source(found).columns
    text = options.text_column or guessed.text
    if labels is None:
        labels = tuple(name for name in guessed.labels if name != text)
    name = guessed.id if options.id_column is None else options.id_column or None
    return open_source(found, Columns(text, labels, name), gold_is_guessed=options.label_column is None)


class _Meter:
    """Progress on standard error: one line that changes in a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._next = 0.0
        self._width = 0

    def show(self, progress: Progress) -> None:
        """Print the progress, unless that was done just now."""
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
        """End the line that changes."""
        if self._terminal and self._width:
            print(file=sys.stderr)
