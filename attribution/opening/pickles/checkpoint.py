"""Reads the `.pt` file that Flair's `save()` wrote, without running anything in it.

A pickle is a program. Here its names give only what `vocabulary` lists for them, or stand-ins that can do nothing.
The result is plain data, tensors and stand-ins; `vetting` checks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from pickle import HIGHEST_PROTOCOL
from typing import Any

from ...errors import CheckpointError, UnsafeCheckpointError
from ...wording import say_error, shorten
from ..archives.directory import LOCAL
from .archive import Member, list_members
from .cards import make_cards_plain
from .incomplete_weights import refuse_packed
from .rehearsing.rehearsal import rehearse
from .strangers import Found, Strangers, find_strangers
from .tensors import Tensors
from .unfolding import check_unfolded
from .unpickling import Rules, read_pickle, refuse_call, refuse_reference
from .vocabulary import allowed_names, make_vocabulary

_TAR_MARK = (257, b"ustar")
_PICKLE_MARKS = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, HIGHEST_PROTOCOL + 1))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a checkpoint are in its file, and what they refer to.

    Attributes:
        format: "zip" (PyTorch 1.6 and later) or "legacy".
        state: the byte at which the pickle of the state begins.
        places: key of a storage -> (byte at which it begins, number of bytes).
        references: every `module.name` that the file refers to.
        failure: why reading its pickles failed; empty if it did not.
        strangers: where the names are that the vocabulary does not list.
    """

    format: str
    state: int
    places: Mapping[str, tuple[int, int]]
    references: tuple[str, ...]
    failure: str = ""
    strangers: Found = field(default_factory=Found)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The contents of a checkpoint.

    Attributes:
        state: what Flair saved: plain data, tensors (mapped from the file, not copied), and a `StandIn` for each
            object of a class. Its model card is plain data, in which classes and objects are replaced by their names.
        references: every `module.name` that the file refers to, sorted.
        size: bytes of the file.
        notes: sentences that a reader should know: what was left out of the model card.
    """

    state: Any
    references: tuple[str, ...]
    size: int
    notes: tuple[str, ...] = ()


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint, in the zip format (PyTorch 1.6 and later) or the one before it.

    Raises:
        UnsafeCheckpointError: the file refers to anything outside of the list, or is a TorchScript archive.
        CheckpointError: there is no such file, it is empty, truncated, or no checkpoint.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"There is no file {path}.")
    size = path.stat().st_size
    if size == 0:
        raise CheckpointError("The file is empty.")
    with path.open("rb") as file:
        layout = find_layout(file, size)
        check_layout(layout)
        state, notes = read_state(file, size, layout)
        return Checkpoint(state, tuple(sorted(layout.references)), size, notes)


def find_layout(file: BufferedReader, size: int) -> Layout:
    """Find the parts of a checkpoint and read its pickles in a rehearsal.

    Raises:
        UnsafeCheckpointError: a TorchScript program, or an archive that two readers could read in two ways.
        CheckpointError: no checkpoint, or only a part of one.
    """
    begin = file.read(_TAR_MARK[0] + len(_TAR_MARK[1]))
    if begin[_TAR_MARK[0] :] == _TAR_MARK[1]:
        raise CheckpointError("The file is a tar archive, the format of PyTorch 0.1, and Flair never wrote that.")
    if begin.startswith(LOCAL):
        pickled, places = _choose_members(file, list_members(file, size))
        rehearsal = rehearse(file, pickled.start, pickled.size)
        found = rehearsal.references, rehearsal.failure, rehearsal.strangers
        return Layout("zip", pickled.start, places, *found)
    rehearsal = rehearse(file, -1, size)
    if rehearsal.failure and not rehearsal.references and not begin.startswith(_PICKLE_MARKS):
        list_members(file, size)  # its error says what the file is instead
    found = rehearsal.references, rehearsal.failure, rehearsal.strangers
    return Layout("legacy", rehearsal.state, rehearsal.places, *found)


def check_layout(layout: Layout) -> None:
    """Check the outcome of the rehearsal.

    Raises:
        UnsafeCheckpointError: the file refers to anything outside of the list, but for what its model card names.
        UnsupportedModelError: everything that it refers to outside of the list belongs to quantised weights.
        CheckpointError: it cannot be read in the memory and time that its size allows, or is no checkpoint.
    """
    known = allowed_names().union(layout.strangers.named)
    strange = [name for name in layout.references if name not in known]
    if not layout.strangers.called:
        refuse_packed(strange)
    _check_strangers(layout.strangers)
    if strange:
        raise refuse_reference(strange[0])
    if layout.failure == "no checkpoint":
        raise CheckpointError("The file is a pickle, but not a checkpoint of PyTorch.")
    if layout.failure:
        raise _damaged(layout.failure)


def _check_strangers(found: Found) -> None:
    if found.called:
        raise refuse_call(found.called)
    if found.outside:
        raise refuse_reference(found.outside)


def read_state(file: BufferedReader, size: int, layout: Layout) -> tuple[Any, tuple[str, ...]]:
    """What Flair saved, and what a reader should know of its model card.

    Raises:
        UnsafeCheckpointError: it is not what was read in the rehearsal.
        CheckpointError: it is damaged.
    """
    try:
        return _read_state(file, size, layout)
    except CheckpointError:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        raise _damaged(say_error(error)) from error


def _choose_members(file: BufferedReader, members: Mapping[str, Member]) -> tuple[Member, dict[str, tuple[int, int]]]:
    """The member that is the pickle, and the places of the storages."""
    found = [name for name in members if name.endswith("/data.pkl") and name.count("/") == 1]
    if not found:
        raise CheckpointError("The file is a zip archive of folders in folders. Unzip it, and give the .pt file alone.")
    if len(found) > 1:
        raise UnsafeCheckpointError("The file is a zip archive that holds two checkpoints.")
    root = found[0].removesuffix("data.pkl")
    if (order := members.get(f"{root}byteorder")) is not None:
        file.seek(order.start)
        if file.read(min(order.size, 16)) != b"little":
            raise CheckpointError("The file's weights are big-endian, and no machine that runs Flair writes them so.")
    under = f"{root}data/"
    places = {
        name.removeprefix(under): (member.start, member.size)
        for name, member in members.items()
        if name.startswith(under)
    }
    return members[found[0]], places


def _damaged(failure: str) -> CheckpointError:
    return CheckpointError(f"The file is damaged and cannot be read as a checkpoint: {shorten(failure)}.")


def _read_state(file: BufferedReader, size: int, layout: Layout) -> tuple[Any, tuple[str, ...]]:
    file.seek(layout.state)
    strangers, tensors = Strangers(), Tensors(file, layout.places)
    state = read_pickle(file, Rules(make_vocabulary(size, strangers, tensors.rebuild), tensors.note, strangers))
    tensors.unseal()
    _check_strangers(find_strangers(state, strangers))
    notes = make_cards_plain(state, file.tell() - layout.state)
    check_unfolded(state, file.tell() - layout.state)
    return state, notes
