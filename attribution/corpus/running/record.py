"""The record in a run's folder: what was explained, by which model and method, and how far it got."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from ...errors import AttributionError
from ...files import write_text

Explained = Literal["predicted", "gold", "both", "all"]
EXPLAINED: tuple[Explained, ...] = get_args(Explained)
Engine = Literal["local", "ray"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
Workers = int | Literal["all"]
ALL: Literal["all"] = "all"
"""As many workers as the machine, or the cluster, can hold."""

FORMAT = "whylight-run"
VERSION = 1
_FILE = "run.json"
_KEPT = ("model", "method", "explained", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The contents of `run.json`.

    Attributes:
        folder: where it is.
        created, finished: ISO 8601; `finished` is None until every document is done.
        cancelled: whether somebody stopped it.
        engine: what ran it last, `local` or `ray`.
        model: `ModelIdentity.to_dict()`.
        model_path, model_name: the file, and the name that people know it by.
        labels: in decoder order.
        multi_label, thresholds: as in `Model`.
        method: {"name", "settings"}, as in reports.
        explained: which labels of each document.
        source: {"name", "path", "sha256", "columns", "format", "read_as", "rows", "numbers"} of the file of documents:
            its format, as data and in words, its numbers of rows and lines, and how numbers in the gold columns were
            interpreted. Runs from before December 2026 have only the first four.
        documents: rows of the source; None if unknown.
        done, failed: how many documents were written, and how many of those could not be explained.
        seconds: how long it took, over all resumptions.
        predicts_value: whether the model predicts a value instead of labels.
        notes: sentences on how the model's labels were interpreted, where its file does not say.
    """

    folder: Path
    created: str
    finished: str | None
    cancelled: bool
    engine: Engine
    model: Mapping[str, Any]
    model_path: str
    model_name: str
    labels: tuple[str, ...]
    multi_label: bool
    thresholds: tuple[float, ...] | None
    method: Mapping[str, Any]
    explained: Explained
    source: Mapping[str, Any]
    documents: int | None
    done: int = 0
    failed: int = 0
    seconds: float = 0.0
    predicts_value: bool = False
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The run as it is written to `run.json`."""
        said = asdict(self)
        del said["folder"]
        return {"format": FORMAT, "version": VERSION, **said}

    def write(self) -> None:
        """Write `run.json`, completely or not at all."""
        write_text(self.folder / _FILE, json.dumps(self.to_dict(), indent=1, ensure_ascii=False))

    def differs_from(self, other: Run) -> str | None:
        """The first thing in which another run differs, so that neither can resume the other; None if nothing does."""
        mine, others = (json.loads(json.dumps(run.to_dict())) for run in (self, other))
        for run in (mine, others):  # paths, descriptions and library versions do not change the results
            for name in ("path", "name", "read_as", "rows", "numbers"):
                run["source"].pop(name, None)
            run["model"].pop("versions")
            settings = run["method"]["settings"]
            settings.pop("points", None)  # nor does where the model was evaluated; older runs lack it
            if settings.get("precision") == "auto":  # which promises what float32 does, and is the default since
                settings["precision"] = "float32"
        said = [run["model"].pop("multi_label_by_reader", None) for run in (mine, others)]  # older runs lack it
        if different := next((name for name in _KEPT if mine[name] != others[name]), None):
            return different
        return None if said[0] == said[1] else "setting for whether labels exclude each other (multi_label)"


def holds_run(folder: str | Path) -> bool:
    """Whether there is a run in a folder."""
    return (Path(folder) / _FILE).is_file()


def read_run(folder: str | Path) -> Run:
    """The run in a folder.

    Raises:
        AttributionError: there is none, or it was written by another version.
    """
    folder = Path(folder)
    try:
        said = json.loads((folder / _FILE).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise AttributionError(f"{folder} holds no run: {_FILE} is missing, or it is not JSON.") from error
    if not isinstance(said, dict) or (said.pop("format", None), said.pop("version", None)) != (FORMAT, VERSION):
        raise AttributionError(f"{folder} holds no run of version {VERSION}.")
    try:
        lists = {name: said[name] if said[name] is None else tuple(said[name]) for name in ("labels", "thresholds")}
        said.setdefault("predicts_value", lists["labels"] == ("value",))  # runs from before December 2026 lack it
        return Run(folder=folder, **{**said, **lists, "notes": tuple(said.get("notes", ()))})
    except (KeyError, TypeError) as error:
        raise AttributionError(f"{folder / _FILE} is not a valid record of a run: {error}.") from error


def list_runs(root: str | Path) -> list[Run]:
    """The runs in the subfolders of a folder, the newest first; those that cannot be read are left out."""
    runs = []
    for folder in sorted(Path(root).iterdir()) if Path(root).is_dir() else []:
        try:
            runs.append(read_run(folder))
        except AttributionError:
            continue
    return sorted(runs, key=lambda run: run.created, reverse=True)
