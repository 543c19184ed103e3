"""All models that a server offers: those of its store, and those of the folder that its operator names."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from ..environment import read_folder
from ..errors import AttributionError
from ..files import hash_file
from .model_settings import KeptBaseline
from .store import Store, StoredModel

_SUFFIXES = {".bin", ".pt", ".zip"}
_hashing = threading.Lock()


class Library:
    """The models of a store and of a folder as they are now; those of the folder are opened in place.

    Attributes:
        store: what was uploaded, and the demo model.
        models: hash -> model, the store's first, with the names that readers gave; one in both counts as the store's.
        unreadable: a sentence for each file of the folder that cannot be read.
    """

    def __init__(self, store: Store | None = None, folder: str | Path | None = None) -> None:
        """`folder`: by default `WHYLIGHT_MODELS`; where that is not set, there is none."""
        self.store = store or Store()
        self.models = {model.sha256: model for model in self.store.models()}
        self._paths: dict[str, Path] = {}
        self.unreadable: tuple[str, ...] = ()
        if chosen := Path(folder).expanduser() if folder else read_folder("WHYLIGHT_MODELS"):
            self._add_folder(chosen)
        for sha256, model in self.models.items():
            self.models[sha256] = replace(model, name=self.store.settings(sha256).name or model.name)

    def path(self, sha256: str) -> Path:
        """Where the model's file is, or would be."""
        return self._paths.get(sha256) or self.store.path(sha256)

    def is_uploaded(self, sha256: str) -> bool:
        """Whether a reader uploaded it, and it is not a model of the server itself."""
        return sha256 in self.models and sha256 not in self._paths and not self.models[sha256].origin

    def keep_name(self, sha256: str, name: str) -> None:
        """Remember what readers call a model; an empty name stands for the name of its file.

        Raises:
            AttributionError: the model was deleted meanwhile, or nothing can be written.
        """
        self._check(sha256)
        self.store.keep_name(sha256, name)

    def keep_baseline(self, sha256: str, method: str, kept: KeptBaseline | None) -> None:
        """Remember the baseline that a method uses on a model by default; None for the method's own.

        Raises:
            AttributionError: the model was deleted meanwhile, or nothing can be written.
        """
        self._check(sha256)
        self.store.keep_baseline(sha256, method, kept)

    def keep_multi_label(self, sha256: str, said: bool) -> None:
        """Remember whether a model's labels are independent, as a reader said.

        Raises:
            AttributionError: the model was deleted meanwhile, or nothing can be written.
        """
        self._check(sha256)
        self.store.keep_multi_label(sha256, said)

    def keep_lessons(self, sha256: str, lessons: str) -> None:
        """Remember what a model has learned of where to evaluate it; nothing is kept if it was deleted meanwhile.

        Raises:
            AttributionError: nothing can be written.
        """
        if sha256 in self.models:
            self.store.keep_lessons(sha256, lessons)

    def _check(self, sha256: str) -> None:
        """Refuse to keep settings of a model that was deleted, since its settings were deleted with it."""
        if sha256 not in self.models:
            raise AttributionError("The model was deleted meanwhile, so nothing can be kept with it.")

    def _add_folder(self, folder: Path) -> None:
        try:
            files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file())
        except OSError as error:
            self.unreadable = (f"The folder of models {folder} cannot be read: {error.strerror}.",)
            return
        for path in files:
            try:
                model = _identify(path)
            except OSError as error:
                self.unreadable += (f"The model {path.name} of this server cannot be read: {error.strerror}.",)
                continue
            if model.sha256 not in self.models:
                self.models[model.sha256], self._paths[model.sha256] = model, path


def _identify(path: Path) -> StoredModel:
    status = path.stat()
    changed = datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds")
    with _hashing:  # sessions that start together wait for one of them to hash a large file
        sha256 = _hash(path, status.st_mtime_ns, status.st_size)
    return StoredModel(sha256, path.name, status.st_size, changed)


@lru_cache(maxsize=1024)
def _hash(path: Path, _changed: int, _size: int) -> str:
    """The file's SHA-256, computed again if its time or size has changed."""
    return hash_file(path)
