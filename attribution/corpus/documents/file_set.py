"""Which files hold the documents: one, several, those of a folder, or those that fit a pattern."""

from __future__ import annotations

import glob
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ...errors import AttributionError
from ...files import hash_file
from ...wording import list_first
from .files import find_ending, name_kind

_ABOUT = {"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "metadata.json"}
"""What Hugging Face's `datasets` writes beside the data, on them."""

_BESIDE = {*_ABOUT, "_SUCCESS", "_metadata", "_common_metadata", "README.md"}
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class FileSet:
    """One file, or several that are read one after the other as if they were one.

    Attributes:
        path: the file, the folder, the pattern, or the folder that several have in common.
        files: in the order in which they are read.
        root: the folder that their names are told from.
        left_out: names of files in the same folder that hold no documents.
    """

    path: Path
    files: tuple[Path, ...]
    root: Path
    left_out: tuple[str, ...] = ()

    @property
    def are_several(self) -> bool:
        """Whether each is told by its name, because there are others, or because its folders say something."""
        return len(self.files) > 1 or bool(self.read_partition(self.files[0]))

    @property
    def name(self) -> str:
        """What people call them."""
        if len(self.files) == 1:
            return self.files[0].name
        return f"{self.path.name or self.path} ({len(self.files):,} files)"

    def name_file(self, file: Path) -> str:
        """A file's name with the folders that tell it from others."""
        return file.absolute().relative_to(self.root).as_posix()

    def read_partition(self, file: Path) -> dict[str, str | None]:
        """The cells in the names of a file's folders, as Hive and Spark write them: `topic=sport/part-0.parquet`."""
        pairs = [part.split("=", 1) for part in self.name_file(file).split("/")[:-1] if "=" in part]
        return {unquote(key): None if value == _NO_VALUE else unquote(value) for key, value in pairs}

    @property
    def size(self) -> int:
        """Bytes, together."""
        return sum(file.stat().st_size for file in self.files)

    @property
    def changed(self) -> int:
        """When any of them was changed last, in nanoseconds."""
        return max(file.stat().st_mtime_ns for file in self.files)

    def hash(self) -> str:
        """The SHA-256 of the file, or of a list of all files with theirs."""
        if not self.are_several:
            return hash_file(self.files[0])
        listed = "".join(f"{hash_file(file)}  {self.name_file(file)}\n" for file in self.files)
        return hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest()


Where = str | Path | Sequence[str | Path] | FileSet
"""A file, a folder, a pattern such as `news/*.csv`, several of these, or what was found of them."""


def find_files(where: Where) -> FileSet:
    """The files that are meant, in the order of their names where a folder or a pattern holds several.

    A folder's files are left out where their names, or folders' names, begin with a dot or `_`, as of what Spark writes
    beside the data, where `datasets` writes on the data in them, and where they cannot hold documents.

    Raises:
        AttributionError: there are none, or they are of several kinds.
    """
    if isinstance(where, FileSet):
        return where
    given = [Path(where)] if isinstance(where, (str, Path)) else [Path(one) for one in where]
    if not given:
        raise AttributionError("Expected a file of documents, got none.")
    files = tuple(dict.fromkeys(file for one in given for file in _find(one)))
    kinds = Counter(map(name_kind, files))
    if len(kinds) > 1:
        said = list_first([f"{count:,} {kind}" for kind, count in kinds.most_common()], _NAMED)
        raise AttributionError(
            f"{', '.join(map(str, given[:_NAMED]))} holds files of several kinds: {said}. Name those that are meant, "
            f"such as {given[0] / '*.csv' if given[0].is_dir() else 'news/*.csv'}."
        )
    root = given[0].absolute() if len(given) == 1 and given[0].is_dir() else _find_root(files)
    return FileSet(given[0] if len(given) == 1 else root, files, root, _name_left_out(given, files))


def _find(path: Path) -> Iterator[Path]:
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if _may_hold(file, path))
        if not found:
            raise AttributionError(f"{path} holds no file of documents.")
        yield from found
    elif path.exists() or not glob.has_magic(str(path)):
        yield path
    else:
        found = sorted(Path(file) for file in glob.glob(str(path), recursive=True) if Path(file).is_file())
        if not found:
            raise AttributionError(f"No file fits {path}.")
        yield from found


def _may_hold(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
    return not hidden and bool(find_ending(file)) and file.name not in _ABOUT and file.is_file()


def _find_root(files: Sequence[Path]) -> Path:
    """The folder that all files are in."""
    return Path(os.path.commonpath([file.absolute().parent for file in files]))


def _name_left_out(given: Sequence[Path], files: Sequence[Path]) -> tuple[str, ...]:
    """What was left out of folders, but for what is always there beside the data."""
    found = [file for folder in given if folder.is_dir() for file in sorted(folder.rglob("*")) if file.is_file()]
    left = dict.fromkeys(found).keys() - set(files)
    return tuple(sorted(file.name for file in left if file.name not in _BESIDE and not file.name.startswith(".")))
