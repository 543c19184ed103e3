"""What a file refers to and what is checked of it, without building a model: the safety report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import AttributionError, CheckpointError, TokenizerMissingError
from ..files import hash_file
from .folder import hash_files, holds_saved_folder, open_saved
from .pickles.checkpoint import Checkpoint, Layout, check_layout, find_layout, read_state
from .pickles.vocabulary import allowed_names, plain_names
from .trusted import trusted_files
from .vetting import Vetted, vet

if TYPE_CHECKING:
    from .vetting.folder import VettedFolder

_Found = TypeVar("_Found")
_NAMED = "in the model card: made a name"
_TENSORS = {"torch._utils._rebuild_parameter", "torch._utils._rebuild_tensor_v2"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A `module.name` in the file, and what it becomes here: a tensor, plain data, a stand-in, a name, or refused."""

    name: str
    given: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check, with a sentence about its outcome.

    `finished` is False if the rest cannot be checked without something that is not in the file.
    """

    name: str
    outcome: str
    passed: bool
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Inspection:
    """The safety report of a file.

    Attributes:
        format: what kind of file it is.
        size: its bytes.
        sha256: of the file; for a folder, as in `Model.identity`.
        references: everything that its pickles refer to, sorted by name.
        tensors: how many storages of weights it holds.
        tensor_bytes: their bytes.
        checks: in the order in which they were made; the first that failed is the last.
        trusted: whether the operator of this server lets it run.
    """

    format: str
    size: int
    sha256: str
    references: tuple[Reference, ...]
    tensors: int
    tensor_bytes: int
    checks: tuple[Check, ...]
    trusted: bool = False

    @property
    def passed(self) -> bool:
        """Whether every check passed, as far as it could be made."""
        return all(check.passed for check in self.checks)

    @property
    def verdict(self) -> str:
        """One sentence for a reader."""
        if self.passed and not all(check.finished for check in self.checks):
            return "Nothing in this file can run. Not all that it claims could be checked without a tokenizer."
        if self.passed:
            return "Nothing in this file can run, and all that it claims is in it."
        if self.trusted:
            return "The operator of this server trusts this file: what it holds is run."
        return self.checks[-1].outcome


def inspect_checkpoint(path: str | Path, *, tokenizer: str | Path | None = None) -> Inspection:
    """Check a file as `load_model` does, up to the point where a model would be built from it.

    What is wrong with a hostile file is reported as a failed check, and is never raised as an error.

    Args:
        path: the file, or a folder that `save_pretrained` wrote.
        tokenizer: as for `load_model`.

    Raises:
        CheckpointError: there is no such file.
    """
    path = Path(path)
    if not path.exists():
        raise CheckpointError(f"There is no file {path}.")
    return _inspect_folder(path, tokenizer) if holds_saved_folder(path) else _inspect_file(path, tokenizer)


class _Checks:
    """Makes one check after the other, and skips all that follow the first failure."""

    def __init__(self) -> None:
        self.made: list[Check] = []

    def make(self, name: str, find: Callable[[], _Found], say: Callable[[_Found], str]) -> _Found | None:
        """Make one check: return what `find` returns, or None if it failed or was skipped."""
        if self.made and not self.made[-1].passed:
            return None
        try:
            found = find()
        except TokenizerMissingError as error:  # this is not unsafe, and a tokenizer can still be given
            self.made.append(Check(name, str(error), True, finished=False))
            return None
        except AttributionError as error:
            self.made.append(Check(name, str(error), False))
            return None
        except Exception:  # a malformed state can raise anything
            self.made.append(Check(name, "The file's parts are not what Flair's save() writes.", False))
            return None
        self.made.append(Check(name, say(found), True))
        return found


def _inspect_file(path: Path, tokenizer: str | Path | None) -> Inspection:
    checks, size, sha256 = _Checks(), path.stat().st_size, hash_file(path)
    with path.open("rb") as file:
        layout = checks.make("Container", lambda: find_layout(file, size), _say_layout)
        if layout is not None:
            _check_contents(checks, file, size, layout, tokenizer)
    places: Mapping[str, tuple[int, int]] = layout.places if layout else {}
    return Inspection(
        format=f"PyTorch, {layout.format}" if layout else "unknown",
        size=size,
        sha256=sha256,
        references=tuple(Reference(name, _given(name, layout)) for name in sorted(layout.references)) if layout else (),
        tensors=len(places),
        tensor_bytes=sum(count for _, count in places.values()),
        checks=tuple(checks.made),
        trusted=_is_trusted(sha256),
    )


def _check_contents(
    checks: _Checks, file: BufferedReader, size: int, layout: Layout, tokenizer: str | Path | None
) -> None:
    checks.make("References", lambda: check_layout(layout), lambda _: _say_references(layout))
    state = checks.make("Weights", lambda: _read(file, size, layout), lambda _: _WEIGHTS)
    if state is not None:
        checks.make(
            "Parts", lambda: vet(state, tokenizer), lambda vetted: " ".join([_say_vetted(vetted), *state.notes])
        )


def _read(file: BufferedReader, size: int, layout: Layout) -> Checkpoint:
    state, notes = read_state(file, size, layout)
    return Checkpoint(state, layout.references, size, notes)


_WEIGHTS = "Mapped from the file, and no tensor claims more elements than the file holds."


def _say_layout(layout: Layout) -> str:
    if layout.format == "zip":
        return "A zip archive as torch writes it: every part is stored uncompressed and once, and none is a program."
    return "The format before PyTorch 1.6: five pickles one after the other, then the weights."


def _say_references(layout: Layout) -> str:
    named = len(layout.strangers.named)
    but = f" except for {named} in its model card, of which only the name is kept" if named else ""
    return (
        f"Read first in a process with limited memory and time. Its {len(layout.references)} names are all known from "
        f"honest files{but}, and none gives the real object, only plain data, a tensor or an empty stand-in."
    )


def _say_vetted(vetted: Vetted) -> str:
    return (
        f"A {vetted.state['__cls__']} with known parameters only, whose network is as large as its weights and fits "
        "into memory; nothing in it would be downloaded, read from the disk or run."
    )


def _given(name: str, layout: Layout) -> str:
    if name not in allowed_names():
        return _NAMED if name in layout.strangers.named else "refused"
    if name in _TENSORS:
        return "tensor"
    return "plain data" if name in plain_names() else "stand-in"


def _inspect_folder(path: Path, tokenizer: str | Path | None) -> Inspection:
    from .vetting.folder import vet_saved_folder  # needs transformers, which takes seconds

    checks = _Checks()

    def vet_folder() -> tuple[VettedFolder, dict[str, Any]]:
        with open_saved(path) as saved:
            vetted = vet_saved_folder(saved, tokenizer)
            sizes = {name: saved.sizes[name] for name in vetted.files}
            sha256 = hash_files(saved, vetted.files) if path.is_dir() else hash_file(path)
            size = sum(sizes.values()) if path.is_dir() else path.stat().st_size
            weights = sum(count for name, count in sizes.items() if name.endswith(".safetensors"))
            return vetted, {"sha256": sha256, "size": size, "tensor_bytes": weights, "tensors": len(vetted.weights)}

    found = checks.make("Parts", vet_folder, lambda found: _say_folder(found[0]))
    unread = {"sha256": hash_file(path) if path.is_file() else "", "size": 0, "tensor_bytes": 0, "tensors": 0}
    figures = found[1] if found is not None else unread
    kind = "folder" if path.is_dir() else "zip"
    return Inspection(format=f"Hugging Face, {kind}", references=(), checks=tuple(checks.made), **figures)


def _say_folder(vetted: VettedFolder) -> str:
    silent = " Its configuration does not say whether its labels exclude each other."
    return (
        f"A {vetted.network.__name__}, which is part of transformers itself, with weights in safetensors that fill it. "
        "No pickle was opened; nothing would be downloaded, read from elsewhere or run."
        f"{'' if vetted.multi_label_recorded else silent}"
    )


def _is_trusted(sha256: str) -> bool:
    try:
        return sha256 in trusted_files()
    except AttributionError:
        return False
