"""Writes files that other processes may read meanwhile: each appears under its name in full or not at all."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def partial_file(folder: Path, name: str = "") -> Iterator[Path]:
    """A temporary path in a folder, to write to and then rename; a file that is still there after the block is deleted.

    `name` is the file's final name, if only one process at a time writes it: it overwrites what a killed one left
    behind. Without it, every path is unique.
    """
    partial = folder / f".{name or uuid.uuid4().hex}.part"
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def written_whole(path: Path, *, shared: bool = False) -> Iterator[Path]:
    """A path to write a file to, which gets its final name when the block ends, and is deleted if the block fails.

    `shared` says that several processes may write it at once.
    """
    with partial_file(path.parent, "" if shared else path.name) as partial:
        yield partial
        partial.replace(path)


def write_text(path: Path, content: str) -> None:
    """Write a text in UTF-8, in full or not at all."""
    with written_whole(path) as partial:
        partial.write_text(content, "utf-8")


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
