"""All runs of a server, and the files of documents that were uploaded for them."""

from __future__ import annotations

import os
import re
import shutil
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ..environment import read_folder
from ..errors import AttributionError
from ..files import hash_file, partial_file
from ..storage.store import Store
from .documents import ENDINGS, find_ending, find_files
from .running.disk_limit import check_room
from .running.job import is_running, read_task
from .running.record import Run, holds_run, list_runs, read_run

_SOURCES = "sources"
_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")
_CHUNK = 4 * 2**20
_LONGEST = 100
_UNUSED_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of runs, shared by all readers of a server: `WHYLIGHT_RUNS`, or `runs` in the store of models."""

    root: Path

    @classmethod
    def open(cls, root: str | Path | None = None) -> Shelf:
        """The server's own shelf, or the one in another folder."""
        chosen = Path(root).expanduser() if root else read_folder("WHYLIGHT_RUNS")
        return cls(chosen or Store().folder / "runs")

    def runs(self) -> list[Run]:
        """Every run that has begun, the newest first."""
        return [run for run in list_runs(self.root) if _NAME.fullmatch(run.folder.name)]

    def find(self, name: str) -> Run | None:
        """A run by its folder's name; None if there is none, or if it has not written its record yet."""
        try:
            return read_run(self.folder(name))
        except AttributionError:
            return None

    def folder(self, name: str) -> Path:
        """Where a run is, or would be.

        Raises:
            AttributionError: this is not the name of a run.
        """
        if not _NAME.fullmatch(name):
            raise AttributionError("There is no such run on this server.")
        return self.root / name

    def name_new(self) -> str:
        """A name for a new run."""
        return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"

    def working(self) -> list[str]:
        """The names of the runs that a process works on."""
        folders = self.root.iterdir() if self.root.is_dir() else []
        return sorted(folder.name for folder in folders if _NAME.fullmatch(folder.name) and is_running(folder))

    def add_source(self, file: BinaryIO, name: str) -> Path:
        """Store a file of documents, chunk by chunk; the same content under the same name is stored once.

        Raises:
            StoreFullError: there is no room for it.
            AttributionError: this kind of file is not supported, or it cannot be written.
        """
        name = clean_name(name)
        (self.root / _SOURCES).mkdir(parents=True, exist_ok=True)
        self._clean()
        check_room(self.root, wanted=file.seek(0, os.SEEK_END))
        file.seek(0)
        try:
            with partial_file(self.root / _SOURCES) as partial:
                with partial.open("xb") as copy:
                    shutil.copyfileobj(file, copy, _CHUNK)
                folder = self.root / _SOURCES / hash_file(partial)[:16]
                folder.mkdir(exist_ok=True)
                return partial.replace(folder / name)
        except OSError as error:
            raise AttributionError(f"{name} was not kept: {error.strerror}.") from error

    def delete(self, name: str) -> None:
        """Remove a run, and the file that was uploaded for it unless another run uses it.

        Raises:
            AttributionError: it is running.
        """
        folder = self.folder(name)
        if is_running(folder):
            raise AttributionError("This run is at work. Stop it first.")
        source = _source_of(folder)
        shutil.rmtree(folder, ignore_errors=True)
        if source and source.parent.parent == (self.root / _SOURCES).resolve() and source not in self._used_sources():
            with suppress(OSError):  # the folder stays where it holds the same content under another name
                source.unlink()
                source.parent.rmdir()

    def _used_sources(self) -> set[Path | None]:
        """The files that runs use; a run that failed before it wrote its record does not count."""
        folders = [folder for folder in self.root.iterdir() if _NAME.fullmatch(folder.name)]
        return {_source_of(folder) for folder in folders if holds_run(folder) or is_running(folder)}

    def _clean(self) -> None:
        """Remove files that were uploaded a day ago or earlier and that no run uses."""
        used = {source.parent for source in self._used_sources() if source}
        for folder in (self.root / _SOURCES).resolve().iterdir():
            if folder not in used and time.time() - folder.stat().st_mtime > _UNUSED_SECONDS:
                shutil.rmtree(folder) if folder.is_dir() else folder.unlink(missing_ok=True)


def clean_name(name: str) -> str:
    """The name of an uploaded file without folders and control characters, short, with its ending.

    Raises:
        AttributionError: the ending is not supported.
    """
    name = "".join(letter for letter in name.replace("\\", "/").rsplit("/", 1)[-1] if letter.isprintable()).strip(". ")
    suffix = find_ending(name)
    if not suffix:
        raise AttributionError(f"Expected a file that ends in {', '.join(ENDINGS)}; got {name or 'no name'}.")
    stem = name.removesuffix(suffix)[:_LONGEST] or "documents"
    return f"{stem}{suffix}"


def list_sources(folder: str | Path | None = None) -> list[Path]:
    """The files of documents, and folders of them, in a folder of the server; none where there is no such folder.

    By default that is `WHYLIGHT_DATA`.

    Raises:
        AttributionError: the folder cannot be read.
    """
    chosen = Path(folder).expanduser() if folder else read_folder("WHYLIGHT_DATA")
    if chosen is None:
        return []
    try:
        paths = sorted(chosen.iterdir())
    except OSError as error:
        raise AttributionError(f"The folder of data sets {chosen} cannot be read: {error.strerror}.") from error
    return [path for path in paths if (find_ending(path) and path.is_file()) or _holds_documents(path)]


def _holds_documents(path: Path) -> bool:
    try:
        return not path.name.startswith((".", "_")) and path.is_dir() and bool(find_files(path))
    except AttributionError:
        return False


def _source_of(folder: Path) -> Path | None:
    try:
        return Path(read_task(folder).source).resolve()
    except AttributionError:
        return None
