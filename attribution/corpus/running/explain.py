"""Explains a file of documents into a folder, in memory that does not grow with the number of documents."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

from ...errors import AttributionError, UnsupportedModelError
from ...explaining.explain import choose_method, explain
from ...methods import Method
from ...opened_model import OpenedModel
from ...opening.load import open_model
from ...report import name_method
from ..documents import (
    Columns,
    Format,
    Source,
    Survey,
    Where,
    choose_gold,
    open_source,
    read_for,
    say_numbers,
)
from .attempts import Attempts
from .cluster import check_ray, explain_on_ray
from .lessons import RunLessons
from .local.one_process import explain_locally
from .local.processes import explain_in_processes
from .local.worker_count import count_workers
from .parts import Parts, locked
from .progress import Clock, OnProgress, tell_time
from .recipe import Recipe
from .record import ALL, ENGINES, EXPLAINED, Engine, Explained, Run, Workers, holds_run, read_run
from .results import Results
from .worker import Worker

# A run begins only if the model can explain one of so many documents, cut to so many characters.
_REHEARSED = 3
_REHEARSED_CHARACTERS = 500


def explain_corpus(
    model: str | Path,
    source: Where | Source,
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
    workers: Workers | None = None,
    on_progress: OnProgress | None = None,
) -> Run:
    """Explain every document of a file; one that cannot be explained becomes a row with the reason.

    A run that was stopped or killed is resumed by a call with the same output.

    Args:
        model: as in `load_model`.
        source: a file, several, a folder or a pattern, as in `open_source`; or an opened `Source`, which has its
            columns and its format. What stands in other columns is carried along into the run.
        output: the run's folder: a new one, an empty one, or that of the same run.
        columns: which column holds what; by default as `guess_columns` finds.
        format: how the file is written; fields that are None are detected, and kept in the run.
        gold_is_guessed: whether nobody named the column of gold labels. If so, and also without `columns`, a column
            that suits the model better may replace it, or none if no column holds any labels of the model.
        method: as in `explain`.
        explained: which labels: the predicted ones (`Prediction.predicted`), the gold ones, both, or all that the model
            has. A gold label that the model lacks cannot be explained, but the prediction is still judged by it.
        engine: `local`, or `ray` for a cluster.
        tokenizer: as in `load_model`.
        multi_label: as in `load_model`; a run keeps it.
        model_name: what people call the model; by default its file's name.
        workers: how many. On this machine 1 by default, which is this process; several are processes of their own, and
            a script that asks for them does so below `if __name__ == "__main__"`. "all" is one per processor, or fewer
            where memory or the documents do not suffice, and 1 with a GPU. On Ray, "all" is the default: one per GPU
            or, without a GPU, one per processor.
        on_progress: called after each batch of documents; if it returns False, the run stops.

    Raises:
        AttributionError: the model, the file or the folder cannot be used, or the folder holds another run.
        ValueError: `explained` or `engine` is unknown, or an opened source comes with columns or a format.
    """
    model, output = Path(model), Path(output)
    _check_settings(explained, engine, workers)
    opened = _open(source, columns, format, gold_is_guessed)
    loaded = open_model(model, tokenizer=tokenizer, multi_label=multi_label)
    opened = _settle_gold(opened, loaded, explained)
    recipe = Recipe(
        model.resolve(),
        loaded.identity.sha256,
        None if tokenizer is None else Path(tokenizer).resolve(),
        method or choose_method(loaded),
        explained,
        loaded.identity.multi_label_by_reader,
    )
    _check_model(loaded, recipe.method, opened)
    _check_folder(output)
    opened, found = read_for(opened, loaded.labels, multi_label=loaded.multi_label)
    with locked(output):
        described = _describe_run(output, loaded, recipe, engine, opened, found, model_name or model.name)
        run, parts = _begin(described)
        waiting = opened.without(parts.numbers)
        if engine == "ray":
            results = explain_on_ray(recipe, waiting, None if workers == ALL else workers)
        else:
            count = count_workers(loaded, found.documents - parts.done) if workers == ALL else workers or 1
            results = _explain_here(loaded, recipe, waiting, output, count)
        with closing(results):
            return _write(run, parts, results, on_progress)


def _explain_here(
    model: OpenedModel, recipe: Recipe, documents: Source, output: Path, workers: int
) -> Generator[Results, None, None]:
    """The local engine: in this process, where one worker suffices."""
    ledger, lessons = Attempts(output), RunLessons(output, recipe.method)
    if workers > 1:
        return explain_in_processes(recipe, documents, ledger, lessons, workers)
    return explain_locally(Worker(model, recipe.method, recipe.explained), documents, ledger, lessons)


def _open(
    source: Where | Source,
    columns: Columns | None,
    format: Format | None,  # noqa: A002
    gold_is_guessed: bool,
) -> Source:
    if not isinstance(source, Source):
        return open_source(source, columns, format, gold_is_guessed=gold_is_guessed)
    if columns is not None or format is not None or gold_is_guessed:
        raise ValueError("The source was opened with its columns and its format; give no others.")
    return source


def _settle_gold(source: Source, model: OpenedModel, explained: Explained) -> Source:
    """The source with the column of gold labels that suits the model, where that was guessed."""
    if source.gold_is_guessed:
        source = choose_gold(source, model.labels, multi_label=model.multi_label)
    if explained in ("gold", "both") and source.columns.label is None:
        raise AttributionError("Gold labels are to be explained, but no column holds them. Name the column.")
    return source


def _check_settings(explained: Explained, engine: Engine, workers: Workers | None) -> None:
    for name, value, known in (("explained", explained, EXPLAINED), ("engine", engine, ENGINES)):
        if value not in known:
            raise ValueError(f"Expected one of {', '.join(known)} as {name}, got {value!r}.")
    if workers not in (None, ALL) and (not isinstance(workers, int) or workers < 1):
        raise AttributionError(f"Expected 1 worker or more, got {workers}.")
    if engine == "ray":
        check_ray()


def _check_model(model: OpenedModel, method: Method, source: Source) -> None:
    """Refuse at once a model that would be refused for every document."""
    if model.takes_pair:
        raise AttributionError("This model compares two texts, but a data set holds one text per row.")
    if model.predicts_value and source.columns.label is not None:
        raise AttributionError(
            "This model predicts a value, which cannot be compared with gold labels. Name no column of gold labels."
        )
    refusal = None
    documents = chain(source.first(), source)  # the whole file only where its beginning holds no good document
    good = (document for document in documents if document.error is None)
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
        raise AttributionError(f"{folder} is a file, but a run is written to a folder. Choose another name.")
    if folder.is_dir() and not holds_run(folder) and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise AttributionError(f"{folder} holds other files. Choose a new or an empty folder.")


def _describe_run(
    output: Path, model: OpenedModel, recipe: Recipe, engine: Engine, source: Source, found: Survey, model_name: str
) -> Run:
    return Run(
        folder=output,
        created=tell_time(),
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
        notes=model.facts.label_notes,
    )


def _describe_source(source: Source, found: Survey) -> dict[str, Any]:
    return {
        "name": source.files.name,
        "path": str(source.files.path.resolve()),
        "sha256": source.files.hash(),
        "columns": source.columns.to_dict(),
        "format": source.format.to_dict(),
        "read_as": source.beginning.read_as,
        "rows": found.say(),
        "numbers": say_numbers(source, found),
    }


def _begin(run: Run) -> tuple[Run, Parts]:
    """Start a new run, or resume the one in its folder; returns the run's record and its parts.

    Raises:
        AttributionError: the folder holds another run.
    """
    if holds_run(run.folder):
        before = read_run(run.folder)
        if "format" not in before.source:
            raise AttributionError(
                f"{run.folder} holds a run of an earlier release, which read gold labels differently. It can be "
                "viewed, but not resumed. Choose another folder."
            )
        if different := run.differs_from(before):
            raise AttributionError(
                f"{run.folder} holds a run with another {different}, so this one cannot resume it. Choose another "
                "folder."
            )
        run = replace(run, created=before.created, finished=before.finished, seconds=before.seconds)
    else:
        run.write()  # before any part: a folder of parts without a record would be refused later
    parts = Parts(run.folder)
    run = replace(run, done=parts.done, failed=parts.failed)
    run.write()
    return run, parts


def _write(run: Run, parts: Parts, results: Iterator[Results], on_progress: OnProgress | None) -> Run:
    """Write results until there are no more or the run is stopped; pending results are written in either case."""
    clock = Clock(run, parts)
    stopped = True
    try:
        stopped = not all(clock.note(parts.add(one), one, on_progress) for one in results)
    finally:
        parts.flush()
        run = clock.stamp(cancelled=stopped, finished=None if stopped else run.finished or tell_time())
        run.write()
    return run
