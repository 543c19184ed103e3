"""Finds the members of a zip archive as torch writes it: stored uncompressed, each under a name of its own.

A checkpoint is mapped into memory, so it is held to more than other archives: no compression, and no comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BufferedReader

from ...errors import CheckpointError, UnsafeCheckpointError
from ...wording import quote, shorten
from ..archives.directory import Entry, IncompleteError, find_starts, read_directory

_NAMED = 5  # members that an error lists
_OF_TRAINING = {"optimizer.pt", "scheduler.pt"}


@dataclass(frozen=True, slots=True)
class Member:
    """Where the bytes of a member are: from `start`, `size` of them."""

    name: str
    start: int
    size: int


def list_members(file: BufferedReader, length: int) -> dict[str, Member]:
    """The members of an archive of `length` bytes, by name.

    Raises:
        UnsafeCheckpointError: a TorchScript program, duplicate names, encryption, compression, or members that
            overlap.
        CheckpointError: it is no archive, only a part of one, or one of other files.
    """
    try:
        directory = read_directory(file, length)
        if directory.commented:
            raise IncompleteError("there is a comment")
        _check_kind([entry.name for entry in directory.entries])
        for entry in directory.entries:
            _check_entry(entry)
        starts = find_starts(file, directory)
    except IncompleteError as error:
        raise CheckpointError(
            "The file is not a checkpoint, or only a part of one. Upload the .pt file that Flair's save() wrote."
        ) from error
    placed = zip(directory.entries, starts, strict=True)
    return {entry.name: Member(entry.name, start, entry.unpacked) for entry, start in placed}


def _check_kind(names: list[str]) -> None:
    """Check that torch wrote an archive, before complaining about how it is packed."""
    if any(name.endswith("/data.pkl") for name in names):
        return
    if inside := sorted(filter(_is_checkpoint, names), key=len):
        listed = ", ".join(shorten(name, 60) for name in inside[:_NAMED])
        raise CheckpointError(f"The file is a zip archive that holds {listed}. Unzip it, and give that file alone.")
    raise CheckpointError(
        "The file is a zip archive, but it holds no data.pkl, as a checkpoint does, and no config.json, as a "
        "Hugging Face model does."
    )


def _is_checkpoint(name: str) -> bool:
    """Whether a zipped file may be what Flair's save() wrote, and not a copy of its metadata that macOS adds."""
    file = name.rpartition("/")[2]
    return file.endswith(".pt") and not file.startswith("._") and file not in _OF_TRAINING


def _check_entry(entry: Entry) -> None:
    name = entry.name
    if name.endswith("/constants.pkl") or "/code/" in f"/{name}":
        raise UnsafeCheckpointError("The file is a TorchScript program, and nothing in a file is run.")
    if entry.encrypted or entry.method:
        how = "encrypted" if entry.encrypted else "compressed"
        raise UnsafeCheckpointError(f"The file's part {quote(name, 120)} is {how}, and torch never writes such parts.")
    if entry.unpacked != entry.packed:
        raise UnsafeCheckpointError(f"The file's part {quote(name, 120)} claims two different sizes.")
