"""From a file of documents to a folder of explanations, in memory that does not grow with their number."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, cast

from ..classifiers.regressor import VALUE
from ..errors import AttributionError, UnsupportedModelError
from ..explaining import choose_method, explain
from ..methods import Method
from ..model import Model, load_model
from ..report import name_method
from ..saved_folder import hash_file
from .attempts import Attempts
from .cluster import Recipe, check_ray, explain_on_ray
from .documents import (
    Columns,
    Remaining,
    check_columns,
    count_documents,
    guess_columns,
    leave_out_unknown_gold,
    read_documents,
)
from .local import explain_locally
from .parts import Parts, locked
from .results import Results
from .run import ENGINES, EXPLAINED, Engine, Explained, Run, holds_run, read_run
from .tables import open_table
from .worker import Worker

_REHEARSED = 3
_REHEARSED_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        done: documents with their outcome.
        failed: those of them that could not be explained.
        total: all documents; None where that is not known.
        documents_per_second: since the run was begun or resumed.
        seconds_left: None where that is not known.
    """

    done: int
    failed: int
    total: int | None
    documents_per_second: float
    seconds_left: float | None


OnProgress = Callable[[Progress], bool | None]
"""Called now and then; False stops the run, which can be resumed."""


def explain_corpus(
    model: str | Path,
    source: str | Path,
    output: str | Path,
    *,
    columns: Columns | None = None,
    gold_is_guessed: bool = False,
    method: Method | None = None,
    explained: Explained = "predicted",
    engine: Engine = "local",
    tokenizer: str | Path | None = None,
    model_name: str = "",
    workers: int | None = None,
    on_progress: OnProgress | None = None,
) -> Run:
    """Explain every document of a file; what cannot be explained is a row with its reason.

    A run that was stopped or killed goes on where it was: call again with the same output.

    Args:
        model: as in `load_model`.
        source: CSV, TSV, JSON Lines, Parquet, or lines of `__label__x text`.
        output: the run's folder: a new one, an empty one, or that of the same run.
        columns: which hold what; by default `guess_columns`.
        gold_is_guessed: nobody named the column of gold labels. It is left out, as without `columns`, where none of
            its first ones is a label of the model.
        method: as in `explain`.
        explained: which labels: the predicted one, the gold one, both, or all that the model has.
        engine: `local`, or `ray` for a cluster.
        tokenizer: as in `load_model`.
        model_name: what people call the model; by default its file's name.
        workers: on Ray, how many; by default one a GPU or, where there is none, one a processor.
        on_progress: called after each batch of documents; False stops.

    Raises:
        AttributionError: the model, the file or the folder will not do, or the folder holds another run.
        ValueError: a setting that is not known.
    """
    model, source, output = Path(model), Path(source), Path(output)
    gold_is_guessed = gold_is_guessed or columns is None
    columns = _check_source(source, columns, explained, engine, workers)
    loaded = load_model(model, tokenizer=tokenizer)
    columns = _choose_gold(loaded, source, columns, explained, guessed=gold_is_guessed)
    method = method or choose_method(loaded)
    _check_model(loaded, method, source, columns)
    _check_folder(output)
    recipe = Recipe(model.resolve(), loaded.identity.sha256, _resolve(tokenizer), method, explained)
    with locked(output):
        described = _describe_run(output, loaded, recipe, engine, source, columns, model_name or model.name)
        run, parts = _begin(described)
        waiting = Remaining(source.resolve(), columns, parts.numbers)
        if engine == "local":
            results = explain_locally(Worker(loaded, method, explained), waiting, Attempts(output))
        else:
            results = explain_on_ray(recipe, waiting, workers)
        with closing(results):
            return _write(run, parts, results, on_progress)


def _check_source(
    source: Path, columns: Columns | None, explained: Explained, engine: Engine, workers: int | None
) -> Columns:
    for name, value, known in (("explained", explained, EXPLAINED), ("engine", engine, ENGINES)):
        if value not in known:
            raise ValueError(f"Expected one of {', '.join(known)} as {name}, got {value!r}.")
    if workers is not None and workers < 1:
        raise AttributionError(f"Expected 1 worker or more, got {workers}.")
    if engine == "ray":
        check_ray()
    columns = columns or guess_columns(source)
    check_columns(columns, open_table(source).names)
    return columns


def _choose_gold(model: Model, source: Path, columns: Columns, explained: Explained, *, guessed: bool) -> Columns:
    if guessed:
        columns = leave_out_unknown_gold(source, columns, model.labels, multi_label=model.multi_label)
    if explained in ("gold", "both") and columns.label is None:
        raise AttributionError("Gold labels are to be explained, and no column holds them. Name the column.")
    return columns


def _check_model(model: Model, method: Method, source: Path, columns: Columns) -> None:
    """Refuse at once what every document would be refused for."""
    if model.takes_pair:
        raise AttributionError("This model compares two texts, and a data set holds one text a row.")
    if model.labels == (VALUE,) and columns.label is not None:
        raise AttributionError(
            "This model predicts a value, and no gold label can be compared with it. Name no column."
        )
    refusal = None
    good = (document for document in read_documents(source, columns) if document.error is None)
    for document in islice(good, _REHEARSED):
        try:
            explain(model, document.text[:_REHEARSED_CHARACTERS], method=method, on_progress=lambda *_: False)
            return
        except UnsupportedModelError as error:
            refusal = error
        except AttributionError:
            continue
    if refusal:
        raise refusal


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise AttributionError(f"{folder} is a file, and a run is a folder. Choose another name.")
    if folder.is_dir() and not holds_run(folder) and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise AttributionError(f"{folder} holds other files. Choose a new or an empty folder.")


def _describe_run(
    output: Path, model: Model, recipe: Recipe, engine: Engine, source: Path, columns: Columns, model_name: str
) -> Run:
    return Run(
        folder=output,
        created=_now(),
        finished=None,
        cancelled=False,
        engine=engine,
        model=model.identity.to_dict(),
        model_path=str(recipe.model),
        model_name=model_name,
        labels=model.labels,
        multi_label=model.multi_label,
        thresholds=None if model.thresholds is None else tuple(model.thresholds.tolist()),
        method={"name": name_method(recipe.method), "settings": asdict(cast(Any, recipe.method))},
        explained=recipe.explained,
        source=_describe_source(source, columns),
        documents=count_documents(source),
    )


def _describe_source(source: Path, columns: Columns) -> dict[str, Any]:
    return {
        "name": source.name,
        "path": str(source.resolve()),
        "sha256": hash_file(source),
        "columns": columns.to_dict(),
    }


def _begin(run: Run) -> tuple[Run, Parts]:
    """The run as it is written now, a new one or the one in its folder that goes on, with the parts that are there.

    Raises:
        AttributionError: the folder holds another run.
    """
    if holds_run(run.folder):
        before = read_run(run.folder)
        if different := run.differs_from(before):
            raise AttributionError(
                f"{run.folder} holds a run with another {different}, and its work is of no use for this one. Choose "
                "another folder."
            )
        run = replace(run, created=before.created, finished=before.finished, seconds=before.seconds)
    else:
        run.write()  # first of all: a folder of parts alone would be taken for one of other files
    parts = Parts(run.folder)
    run = replace(run, done=parts.done, failed=parts.failed)
    run.write()
    return run, parts


def _write(run: Run, parts: Parts, results: Iterator[Results], on_progress: OnProgress | None) -> Run:
    """Write what comes, until there is no more or it is stopped; what is there is written in either case."""
    clock = _Clock(run, parts)
    stopped = True
    try:
        stopped = not all(clock.note(parts.add(one), one, on_progress) for one in results)
    finally:
        parts.flush()
        run = clock.stamp(cancelled=stopped, finished=None if stopped else run.finished or _now())
        run.write()
    return run


class _Clock:
    """Tells how far a run is, and how fast it goes."""

    def __init__(self, run: Run, parts: Parts) -> None:
        self._run, self._parts = run, parts
        self._start = time.monotonic()
        self._done, self._failed = parts.done, parts.failed
        self._done_before = parts.done

    def note(self, wrote: bool, results: Results, on_progress: OnProgress | None) -> bool:
        """Take in results that were written, or wait to be; whether to go on."""
        self._done += len(results)
        self._failed += results.failed
        if wrote:
            self.stamp().write()
        return on_progress is None or on_progress(self._progress()) is not False

    def stamp(self, **changes: Any) -> Run:
        """The run as it is now, as far as it is written."""
        seconds = self._run.seconds + time.monotonic() - self._start
        return replace(
            self._run, done=self._parts.done, failed=self._parts.failed, seconds=round(seconds, 3), **changes
        )

    def _progress(self) -> Progress:
        rate = (self._done - self._done_before) / max(time.monotonic() - self._start, 1e-9)
        total = self._run.documents
        left = None if total is None or not rate else (total - self._done) / rate
        return Progress(self._done, self._failed, total, rate, left)


def _resolve(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path).resolve()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
