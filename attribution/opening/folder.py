"""The files that `save_pretrained` wrote, in a folder or a zip of it. Only what is asked for by name is opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from ..errors import CheckpointError, UnsafeCheckpointError
from ..files import hash_file
from ..wording import shorten
from .archives import Archive, is_archive, list_names, open_archive
from .pickles.incomplete_weights import refuse_adapters

_CONFIG, _ADAPTER = "config.json", "adapter_config.json"
_WEIGHTS = (".safetensors", ".safetensors.index.json", "pytorch_model.bin")
_NAMED = 5  # folders that an error lists


@dataclass(frozen=True, slots=True)
class SavedFolder:
    """Files by name, those of sub-folders left out.

    Attributes:
        sizes: name -> bytes, as the folder or the zip tells them.
        open: name -> the file, for reading.
    """

    sizes: Mapping[str, int]
    open: Callable[[str], BufferedIOBase]

    def read(self, name: str, limit: int) -> bytes:
        """A small file.

        Raises:
            CheckpointError: it is not there, or larger than `limit` bytes.
        """
        if name not in self.sizes:
            raise CheckpointError(f"The model's folder holds no {name}.")
        if self.sizes[name] > limit:
            raise CheckpointError(f"The model's {name} is larger than {limit >> 20} MB.")
        with self.open(name) as file:
            return file.read(limit)

    def read_json(self, name: str, limit: int) -> dict[str, Any]:
        """A small file that holds a mapping; errors are those of `read`."""
        try:
            found = json.loads(self.read(name, limit))
        except (ValueError, RecursionError) as error:
            raise CheckpointError(f"The model's {name} is damaged.") from error
        if not isinstance(found, dict):
            raise CheckpointError(f"The model's {name} is damaged: expected a mapping.")
        return found


def holds_saved_folder(path: str | Path) -> bool:
    """Whether a path is a folder, or a zip of what `save_pretrained` wrote: a checkpoint of PyTorch is a zip too."""
    path = Path(path)
    if path.is_dir():
        return True
    try:
        if not path.is_file() or not is_archive(path):
            return False
        names = list_names(path)
    except (CheckpointError, OSError):
        return False  # what reads checkpoints says what is wrong with it
    is_checkpoint = any(name.endswith("/data.pkl") for name in names)
    return not is_checkpoint and any(map(_is_told, names))


@contextmanager
def open_saved(path: str | Path) -> Iterator[SavedFolder]:
    """The files of a folder or of a zip, which may hold them at its top or in one of its folders.

    Raises:
        CheckpointError: no config.json, or a damaged zip.
        UnsafeCheckpointError: a link that leads out of the folder, or a zip that no honest program writes.
    """
    path = Path(path)
    if path.is_dir():
        yield _list_folder(_find_folder(path))
        return
    try:
        with open_archive(path) as archive:
            yield _list_zip(archive)
    except OSError as error:
        raise CheckpointError(f"The zip archive cannot be read: {error.strerror}.") from error


def hash_files(saved: SavedFolder, names: Iterable[str]) -> str:
    """The SHA-256 of the lines `<SHA-256 of the file>  <name>`, in the order of the names."""
    lines = []
    for name in sorted(names):
        with saved.open(name) as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def hash_tree(path: Path) -> str:
    """The SHA-256 of a file, or of the files in a folder, as in `hash_files`."""
    if path.is_file():
        return hash_file(path)
    names = [file.name for file in path.iterdir() if file.is_file()]
    return hash_files(SavedFolder(dict.fromkeys(names, 0), lambda name: (path / name).open("rb")), names)


def _find_folder(folder: Path) -> Path:
    """The folder itself, or the one in it that holds a model: trainers put it one or two folders below.

    Raises:
        CheckpointError: there are several.
    """
    if _holds_model(folder):
        return folder
    below = [found.parent for depth in ("*", "*/*") for found in sorted(folder.glob(f"{depth}/{_CONFIG}"))]
    inside = folder.resolve()
    models = [found for found in below if _holds_model(found) and found.resolve().is_relative_to(inside)]
    if len(models) > 1:
        named = ", ".join(shorten(str(found.relative_to(folder)), 60) for found in models[:_NAMED])
        raise CheckpointError(f"The folder {folder.name} holds several models: {named}. Give one of these folders.")
    return models[0] if models else folder


def _holds_model(folder: Path) -> bool:
    files = [path.name for path in folder.iterdir() if path.is_file()]
    return _CONFIG in files and any(name.endswith(_WEIGHTS) for name in files)


def _list_folder(folder: Path) -> SavedFolder:
    sizes = {}
    for path in folder.iterdir():
        if path.is_file():
            sizes[path.name] = path.stat().st_size
    if _CONFIG not in sizes and _ADAPTER in sizes:
        raise refuse_adapters()
    if _CONFIG not in sizes:
        raise CheckpointError(
            f"The folder {folder.name} holds no config.json. Give the one that save_pretrained wrote."
        )

    def open_file(name: str) -> BufferedIOBase:
        path = folder / name
        if path.resolve().parent != folder.resolve():
            raise UnsafeCheckpointError(
                f"{name} is a link that leads out of its folder. Give a folder that holds the model's files themselves."
            )
        return path.open("rb")

    return SavedFolder(sizes, open_file)


def _list_zip(archive: Archive) -> SavedFolder:
    top = _choose_folder(list(archive.sizes))
    names = {name.removeprefix(top): name for name in archive.sizes if name.startswith(top)}
    files = {name: whole for name, whole in names.items() if name and "/" not in name}
    return SavedFolder(
        {name: archive.sizes[whole] for name, whole in files.items()}, lambda name: archive.open(files[name])
    )


def _is_told(name: str) -> bool:
    """Whether a file in a zip is the configuration of a model or an adapter, and not a copy that macOS adds."""
    folder, _, file = name.rpartition("/")
    return file in (_CONFIG, _ADAPTER) and not folder.startswith("__MACOSX")


def _choose_folder(names: list[str]) -> str:
    """The folder in a zip, with its slash, that holds its one model; what a trainer left beside it is not read.

    Raises:
        CheckpointError: there is none, or there are several.
        UnsupportedModelError: there are only adapters.
    """
    told = [name for name in names if _is_told(name)]
    found = sorted({name.removesuffix(_CONFIG) for name in told if name.rpartition("/")[2] == _CONFIG}, key=len)
    weighted = {name.rpartition("/")[0] for name in names if name.endswith(_WEIGHTS)}
    models = [folder for folder in found if folder.removesuffix("/") in weighted] or found[:1]
    if not models:
        if told:
            raise refuse_adapters()
        raise CheckpointError("The zip archive holds no config.json. Zip the folder that save_pretrained wrote.")
    apart = [folder for folder in models if not folder.startswith(models[0])]
    if apart:
        named = ", ".join(shorten(folder, 60) for folder in models[:_NAMED])
        raise CheckpointError(f"The zip archive holds several models: {named}. Zip one of these folders.")
    return models[0]
