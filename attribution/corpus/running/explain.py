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

from ...errors import AttributionError, UnsupportedModelError
from ...explaining.explain import choose_method, explain
from ...files import hash_file
from ...methods import Method
from ...model import Model
from ...opening.load import load_model
from ...report import name_method
from ..documents import (
    Columns,
    Format,
    Source,
    Survey,
    choose_gold,
    open_source,
    read_for,
    say_numbers,
)
from .attempts import Attempts
from .cluster import Recipe, check_ray, explain_on_ray
from .local import explain_locally
from .parts import Parts, locked
from .record import ENGINES, EXPLAINED, Engine, Explained, Run, holds_run, read_run
from .results import Results
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
    source: str | Path | Source,
    output: str | Path,
    *,
    columns: Columns | None = None,
    format: Format | None = None,  # noqa: A002
    gold_is_guessed: bool = False,
    method: Method | None = None,
    explained: Explained = "predicted",
    engine: Engine = "local",
    tokenizer: str | Path | None = None,
    multi_label: bool | None = None,
    model_name: str = "",
    workers: int | None = None,
    on_progress: OnProgress | None = None,
) -> Run:
    """Explain every document of a file; what cannot be explained is a row with its reason.

    A run that was stopped or killed goes on where it was: call again with the same output.

    Args:
        model: as in `load_model`.
        source: CSV, TSV, JSON, JSON Lines, Parquet, Excel, or lines of texts, with `__label__x` before or not (.txt);
            or a source that was opened, with its columns and its format.
        output: the run's folder: a new one, an empty one, or that of the same run.
        columns: which hold what; by default `guess_columns`.
        format: how the file is written; what is None there is found, and kept in the run.
        gold_is_guessed: nobody named the column of gold labels. As without `columns`, another one is chosen where it
            holds more labels of the model, or none where no column holds any.
        method: as in `explain`.
        explained: which labels: the predicted ones (`Prediction.predicted`), the gold ones, both, or all that the model
            has. A gold label that the model lacks is not explained, but judged.
        engine: `local`, or `ray` for a cluster.
        tokenizer: as in `load_model`.
        multi_label: as in `load_model`; a run keeps it.
        model_name: what people call the model; by default its file's name.
        workers: on Ray, how many; by default one per GPU or, without a GPU, one per processor.
        on_progress: called after each batch of documents; False stops.

    Raises:
        AttributionError: the model, the file or the folder will not do, or the folder holds another run.
        ValueError: a setting that is not known.
    """
    model, output = Path(model), Path(output)
    _check_settings(explained, engine, workers)
    opened = source if isinstance(source, Source) else open_source(source, columns, format)
    loaded = load_model(model, tokenizer=tokenizer, multi_label=multi_label)
    if gold_is_guessed or (columns is None and not isinstance(source, Source)):
        opened = choose_gold(opened, loaded.labels, multi_label=loaded.multi_label)
    if explained in ("gold", "both") and opened.columns.label is None:
        raise AttributionError("Gold labels are to be explained, and no column holds them. Name the column.")
    method = method or choose_method(loaded)
    _check_model(loaded, method, opened)
    _check_folder(output)
    opened, found = read_for(opened, loaded.labels, multi_label=loaded.multi_label)
    said = loaded.identity.multi_label_by_reader
    recipe = Recipe(model.resolve(), loaded.identity.sha256, _resolve(tokenizer), method, explained, said)
    with locked(output):
        described = _describe_run(output, loaded, recipe, engine, opened, found, model_name or model.name)
        run, parts = _begin(described)
        waiting = opened.without(parts.numbers)
        if engine == "local":
            results = explain_locally(Worker(loaded, method, explained), waiting, Attempts(output))
        else:
            results = explain_on_ray(recipe, waiting, workers)
        with closing(results):
            return _write(run, parts, results, on_progress)


def _check_settings(explained: Explained, engine: Engine, workers: int | None) -> None:
    for name, value, known in (("explained", explained, EXPLAINED), ("engine", engine, ENGINES)):
        if value not in known:
            raise ValueError(f"Expected one of {', '.join(known)} as {name}, got {value!r}.")
    if workers is not None and workers < 1:
        raise AttributionError(f"Expected 1 worker or more, got {workers}.")
    if engine == "ray":
        check_ray()


def _check_model(model: Model, method: Method, source: Source) -> None:
    """Refuse at once what every document would be refused for."""
    if model.takes_pair:
        raise AttributionError("This model compares two texts, and a data set holds one text a row.")
    if model.predicts_value and source.columns.label is not None:
        raise AttributionError(
            "This model predicts a value, and no gold label can be compared with it. Name no column."
        )
    refusal = None
    good = (document for document in source.first() if document.error is None)
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
    output: Path, model: Model, recipe: Recipe, engine: Engine, source: Source, found: Survey, model_name: str
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
        source=_describe_source(source, found),
        documents=found.documents,
        predicts_value=model.predicts_value,
        notes=model.kind.notes,
    )


def _describe_source(source: Source, found: Survey) -> dict[str, Any]:
    return {
        "name": source.path.name,
        "path": str(source.path.resolve()),
        "sha256": hash_file(source.path),
        "columns": source.columns.to_dict(),
        "format": source.format.to_dict(),
        "read_as": source.beginning.read_as,
        "rows": found.say(),
        "numbers": say_numbers(source, found),
    }


def _begin(run: Run) -> tuple[Run, Parts]:
    """The run as it is written now, a new one or the one in its folder that goes on, with the parts that are there.

    Raises:
        AttributionError: the folder holds another run.
    """
    if holds_run(run.folder):
        before = read_run(run.folder)
        if "format" not in before.source:
            raise AttributionError(
                f"{run.folder} holds a run of an earlier release, which read gold labels otherwise. It can be looked "
                "at, but not gone on with. Choose another folder."
            )
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
