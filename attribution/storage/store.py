"""A folder of models, each named by the SHA-256 of its file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ..environment import read_folder, read_limit
from ..errors import AttributionError, StoreFullError
from ..files import write_text
from ..wording import format_size
from .model_settings import KeptBaseline, ModelSettings, clean_name, read_settings
from .shared_folder import SharedFolder, reported

_CHUNK = 4 * 2**20
_TOKENIZER_LIMIT = 512 * 10**6
_LONGEST_LESSONS = 4 * 2**20
"""Characters; a kind of path takes 40,000, and a model has some ten kinds."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model in the store: `added` is an ISO 8601 time; `origin` says what made it, empty for uploads."""

    sha256: str
    name: str
    size: int
    added: str
    origin: str = ""


class Store:
    """A folder of models, shared by all sessions and processes.

    A file appears under its name only when it is complete. What a killed process left half-written is removed when the
    store is opened the next time.
    """

    def __init__(self, folder: str | Path | None = None, *, limit: int | None = None) -> None:
        """Open the store.

        Args:
            folder: by default `WHYLIGHT_STORE`, or else whylight/models in the user's data folder.
            limit: bytes that all uploads together may take, models and tokenizers; by default
                `WHYLIGHT_STORE_LIMIT`, in GB, or else 20 GB.
        """
        self._folder = Path(folder) if folder else default_folder()
        self._shared = SharedFolder(self._folder)
        self.limit = read_limit("WHYLIGHT_STORE_LIMIT") if limit is None else limit
        if self._folder.is_dir():
            self._clean()

    @property
    def folder(self) -> Path:
        """Where the models are."""
        return self._folder

    @property
    def used(self) -> int:
        """Bytes that the uploads take, models and tokenizers; what the server made itself is not counted."""
        return sum(model.size for model in self.models() if not model.origin) + sum(self._tokenizer_sizes().values())

    @reported()
    def add(
        self, file: BinaryIO, name: str, *, origin: str = "", check: Callable[[Path], None] | None = None
    ) -> StoredModel:
        """Store a file, chunk by chunk; a file that is there already is kept, with its first name.

        Args:
            file: open to be read.
            name: what readers see.
            origin: what made it, if it is no upload.
            check: called with the path of a complete copy before it enters the store; if it raises, nothing is kept.

        Raises:
            StoreFullError: an upload for which there is no room.
            AttributionError: nothing can be written there.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        room = float("inf") if origin else self.limit - self.used
        with self._shared.write() as (partial, copy):
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                if size <= room:  # a file that is too large is still hashed, as it may be there already
                    copy.write(chunk)
            stored = StoredModel(
                digest.hexdigest(), name, size, datetime.now(UTC).isoformat(timespec="seconds"), origin
            )
            if check is not None and size <= room and self.get(stored.sha256) is None:
                copy.flush()
                check(partial)  # it may take seconds, so others are not locked out meanwhile
            with self._shared.locked():
                known = self.get(stored.sha256)
                if known and known.origin == origin:
                    return known
                if not origin and size > self.limit - self.used:
                    raise self._full(size)
                copy.flush()
                os.fsync(copy.fileno())
                write_text(self._record(stored.sha256), json.dumps(asdict(stored), ensure_ascii=False))
                partial.replace(self.path(stored.sha256))
            return stored

    def models(self) -> list[StoredModel]:
        """All models, the earliest first."""
        found = (self.get(record.stem) for record in self._folder.glob("*.json"))
        return sorted((model for model in found if model), key=lambda model: (model.added, model.name))

    def get(self, sha256: str) -> StoredModel | None:
        """One model, or None where it is not in the store."""
        try:
            return (
                StoredModel(**json.loads(self._record(sha256).read_text("utf-8")))
                if self.path(sha256).exists()
                else None
            )
        except (OSError, ValueError, TypeError):
            return None

    def find(self, origin: str) -> StoredModel | None:
        """The model that was made by `origin`, or None."""
        return next((model for model in self.models() if model.origin == origin), None)

    def path(self, sha256: str) -> Path:
        """Where the model's file is, or would be."""
        return self._folder / f"{_checked(sha256)}.pt"

    def tokenizer_path(self, sha256: str) -> Path | None:
        """The tokenizer that was given along with a model, or None."""
        return next(iter(self._folder.glob(f"{_checked(sha256)}.tokenizer.*")), None)

    @reported()
    def add_tokenizer(
        self, sha256: str, file: BinaryIO, name: str, *, check: Callable[[Path], None] | None = None
    ) -> Path:
        """Keep a tokenizer with a model that holds none, in place of one given before, chunk by chunk.

        Args:
            sha256: the model.
            file: open to be read.
            name: as the reader's file is called.
            check: called with the path of a complete copy before it is kept; if it raises, nothing is.

        Raises:
            StoreFullError: there is no room for it; one given before stays.
            AttributionError: a file that is too large for a tokenizer, or nothing can be written there.
        """
        suffix = Path(name).suffix.lower()
        path = self._folder / f"{_checked(sha256)}.tokenizer{suffix if suffix in {'.json', '.zip'} else '.model'}"
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._shared.write() as (partial, copy):
            size = 0
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                self._check_tokenizer(sha256, size)
                copy.write(chunk)
            copy.flush()
            if check is not None:
                check(partial)
            with self._shared.locked():
                self._check_tokenizer(sha256, size)
                self.delete_tokenizer(sha256)
                partial.replace(path)
        return path

    def delete_tokenizer(self, sha256: str) -> None:
        """Remove the tokenizer that was given along with a model."""
        if path := self.tokenizer_path(sha256):
            path.unlink(missing_ok=True)

    def settings(self, sha256: str) -> ModelSettings:
        """The current settings of a model."""
        try:
            return read_settings(self._settings(sha256).read_text("utf-8"))
        except (OSError, ValueError):
            return ModelSettings()

    def keep_multi_label(self, sha256: str, said: bool | None) -> None:
        """Remember whether a model's labels are independent; the model may be one of the server's own folder."""
        self._change_settings(sha256, lambda known: replace(known, multi_label=said))

    def keep_name(self, sha256: str, name: str) -> None:
        """Remember what readers call a model; an empty name stands for the name of its file."""
        self._change_settings(sha256, lambda known: replace(known, name=clean_name(name)))

    def keep_baseline(self, sha256: str, method: str, kept: KeptBaseline | None) -> None:
        """Remember the baseline that a method uses on a model by default; None for the method's own."""

        def change(known: ModelSettings) -> ModelSettings:
            others = {name: one for name, one in known.baselines.items() if name != method}
            return replace(known, baselines=others if kept is None else {**others, method: kept})

        self._change_settings(sha256, change)

    def lessons(self, sha256: str) -> str:
        """What a model has learned of where to evaluate it, as `tell_lessons` told it; empty where nothing is kept."""
        try:
            return self._lessons(sha256).read_text("utf-8")
        except (OSError, ValueError):
            return ""

    @reported()
    def keep_lessons(self, sha256: str, lessons: str) -> None:
        """Remember what a model has learned; the model may be one of the server's own folder.

        Nothing is kept of what is longer than any model's: it comes from the model's process.
        """
        if len(lessons) > _LONGEST_LESSONS:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._shared.write() as (partial, copy):
            copy.write(lessons.encode())
            copy.flush()
            partial.replace(self._lessons(sha256))

    @reported()
    def delete(self, sha256: str) -> None:
        """Remove a model; nothing happens if it is not in the store."""
        if not self._folder.is_dir():
            return
        with self._shared.locked():
            self.delete_tokenizer(sha256)
            self._settings(sha256).unlink(missing_ok=True)
            self._lessons(sha256).unlink(missing_ok=True)
            self.path(sha256).unlink(missing_ok=True)
            self._record(sha256).unlink(missing_ok=True)

    def _check_tokenizer(self, sha256: str, size: int) -> None:
        if size > _TOKENIZER_LIMIT:
            raise AttributionError(f"A tokenizer has at most {format_size(_TOKENIZER_LIMIT)}, but this file has more.")
        if size > self.limit - self.used + self._tokenizer_sizes().get(sha256, 0):
            raise self._full(size)

    def _tokenizer_sizes(self) -> dict[str, int]:
        """The bytes of each tokenizer that was given along, by the hash of its model."""
        sizes = {}
        for path in self._folder.glob("*.tokenizer.*"):
            with suppress(FileNotFoundError):  # deleted meanwhile
                sizes[path.name.partition(".")[0]] = path.stat().st_size
        return sizes

    def _full(self, size: int) -> StoreFullError:
        models, given = sum(not model.origin for model in self.models()), len(self._tokenizer_sizes())
        tokenizers = f" and {given} {'tokenizer' if given == 1 else 'tokenizers'}" if given else ""
        take = "takes" if models == 1 and not given else "take"
        return StoreFullError(
            f"The store is full: {models} uploaded {'model' if models == 1 else 'models'}{tokenizers} "
            f"{take} {format_size(self.used)} of its {format_size(self.limit)}, and this one has {format_size(size)}. "
            "Delete a model that nobody needs, or ask whoever runs this server to raise WHYLIGHT_STORE_LIMIT."
        )

    def _clean(self) -> None:
        with suppress(PermissionError), self._shared.locked():
            self._shared.clean()
            for record in self._folder.glob("*.json"):
                if _is_sha256(record.stem) and not self.path(record.stem).exists():
                    record.unlink(missing_ok=True)

    def _record(self, sha256: str) -> Path:
        return self._folder / f"{_checked(sha256)}.json"

    def _settings(self, sha256: str) -> Path:
        """The file of a model's settings; not its record, as models of the server's own folder have no record."""
        return self._folder / f"{_checked(sha256)}.settings"

    def _lessons(self, sha256: str) -> Path:
        return self._folder / f"{_checked(sha256)}.lessons"

    @reported()
    def _change_settings(self, sha256: str, change: Callable[[ModelSettings], ModelSettings]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._shared.write() as (partial, copy), self._shared.locked():  # no other session's settings are lost
            copy.write(change(self.settings(sha256)).to_json().encode())
            copy.flush()
            partial.replace(self._settings(sha256))


def _is_sha256(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _checked(sha256: str) -> str:
    if not _is_sha256(sha256):
        raise ValueError(f"Expected a SHA-256 in hexadecimal, got {sha256!r}.")
    return sha256


def default_folder() -> Path:
    """The folder of the store: that of `WHYLIGHT_STORE`, or else whylight/models in the user's data folder."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return read_folder("WHYLIGHT_STORE") or Path(data) / "whylight" / "models"
