"""Everything that a checkpoint may refer to: an exact list of (module, name) pairs, each given an inert stand-in."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import new_class
from typing import Any, TypeVar

from .stand_ins import StandIn
from .storages import MOST_TENSORS, Sealed, SealedKind, Shape, Storage, check_tensor
from .strangers import Strangers

_Given = TypeVar("_Given")
_LONGEST_PATH = 2**14
_SPARE = 2**20


@cache
def allowed_pairs() -> frozenset[tuple[str, str]]:
    """Every (module, name) that a checkpoint may refer to; from vocabulary.txt."""
    lines = Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines()
    entries = (line.split(": ") for line in lines if not line.startswith("#"))
    return frozenset((module, name) for module, names in entries for name in names.split())


@cache
def allowed_names() -> frozenset[str]:
    """The allowed pairs, each as `module.name`."""
    return frozenset(f"{module}.{name}" for module, name in allowed_pairs())


@cache
def plain_names() -> frozenset[str]:
    """The allowed names that give plain data."""
    return frozenset(f"{module}.{name}" for module, name in _make_plain(_Budget(0), Strangers()))


def make_vocabulary(
    size: int, strangers: Strangers, rebuild_tensor: Callable[[Storage, int, Shape, Shape], Sealed | Any]
) -> dict[tuple[str, str], Any]:
    """What each pair stands for, made anew for each reading.

    Args:
        size: bytes of the file, which limit how much calls may make.
        strangers: of the same reading.
        rebuild_tensor: makes a tensor of (storage, offset, size, stride), all of which lies inside of the storage.
    """
    vocabulary: dict[tuple[str, str], Any] = {pair: make_inert(*pair, strangers) for pair in allowed_pairs()}
    vocabulary.update(_make_plain(_Budget(size + _SPARE), strangers))
    tensors = _Budget(MOST_TENSORS)

    def rebuild(storage: Any, offset: Any, shape: Any, stride: Any, *rest: Any) -> Any:
        check_tensor(storage, offset, shape, stride)
        tensors.spend(1)
        tensor = rebuild_tensor(storage, offset, shape, stride)
        strangers.keep(tensor, rest)
        return tensor

    vocabulary["torch._utils", "_rebuild_tensor_v2"] = Function(rebuild)
    return vocabulary


def make_inert(module: str, name: str, strangers: Strangers | None = None) -> type[StandIn]:
    """A class that stands for `module.name` and can do nothing."""
    kind = f"{module}.{name}"
    made = new_class(name, (StandIn,), exec_body=lambda namespace: namespace.update(kind=kind))
    return strangers.let_call(made, kind) if strangers else made


class Function(Sealed):
    """A function that a pickle can call."""

    __slots__ = ("_function",)

    _function: Callable[..., Any]

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "_function", function)

    def __call__(self, *arguments: Any) -> Any:
        """What the function gives."""
        return self._function(*arguments)


class _Budget:
    """Limits how much calls make: they copy parts of the file, each once, so all together no more than the file."""

    def __init__(self, left: int) -> None:
        self._left = left

    def spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise ValueError("its calls make more than the file holds")


def _make_plain(budget: _Budget, strangers: Strangers) -> Mapping[tuple[str, str], Any]:
    """The few names that give plain data. Each does one harmless thing, whatever it is called with."""
    plain = {**_make_calls(budget, strangers), **_make_kinds(budget, strangers)}
    if not plain.keys() <= allowed_pairs():
        raise RuntimeError("A pair is missing in vocabulary.txt.")
    return plain


def _make_calls(budget: _Budget, strangers: Strangers) -> dict[tuple[str, str], Any]:
    """Functions, made anew for each reading like the classes below."""

    def encode(text: str, *rest: object) -> bytes:
        if not isinstance(text, str):
            raise TypeError("an encoding of what is no text")
        budget.spend(len(text))
        return kept(text.encode("latin-1"), rest)

    def make_bytes(content: bytes | str = b"", *rest: object) -> bytes:
        if not isinstance(content, (bytes, str)):
            raise TypeError("bytes of a size that is only claimed")
        budget.spend(len(content))
        return kept(content if isinstance(content, bytes) else content.encode("latin-1"), rest)

    def make_set(values: Any = (), *rest: object) -> set[Any]:
        if not isinstance(values, (dict, frozenset, list, set, tuple)):
            raise TypeError("a set of what is no list")
        budget.spend(len(values))
        return kept(set(values), rest)

    def reconstruct(made: Any, *rest: object) -> Any:
        if not (isinstance(made, type) and issubclass(made, StandIn)):
            raise TypeError("expected a stand-in")
        return kept(made(), rest)

    def rebuild_parameter(tensor: Any, *rest: object) -> Any:
        return kept(tensor, rest)

    def kept(given: _Given, rest: tuple[object, ...]) -> _Given:
        strangers.keep(given, rest)
        return given

    functions: dict[tuple[str, str], Callable[..., Any]] = {
        ("_codecs", "encode"): encode,
        ("builtins", "bytearray"): make_bytes,
        ("builtins", "set"): make_set,
        ("__builtin__", "set"): make_set,
        ("copy_reg", "_reconstructor"): reconstruct,
        ("copyreg", "_reconstructor"): reconstruct,
        ("torch._utils", "_rebuild_parameter"): rebuild_parameter,
    }
    return {pair: Function(function) for pair, function in functions.items()}


def _make_kinds(budget: _Budget, strangers: Strangers) -> dict[tuple[str, str], Any]:
    """Classes of plain data."""

    class Text(str, metaclass=SealedKind):
        __slots__ = ()

        def __new__(cls, *parts: str) -> str:  # type: ignore[misc]
            if not all(isinstance(part, str) for part in parts):
                raise TypeError("a path of what is no text")
            if sum(len(part) for part in parts) > _LONGEST_PATH:
                raise ValueError("a path of many kilobytes")
            return "/".join(parts)

    class Table(dict[Any, Any], metaclass=SealedKind):
        """A mapping without a factory, order or attributes of its own; what was to be set on it is left out."""

        __slots__ = ()

        def __init__(self, *rest: object) -> None:
            super().__init__()
            strangers.keep(self, rest)

        def __setstate__(self, state: object) -> None:
            strangers.keep(self, (state,))

    class Counts(Table):
        """A mapping that is made of another."""

        __slots__ = ()

        def __init__(self, counts: object = None, *rest: object) -> None:
            super().__init__(*rest)
            if isinstance(counts, dict):
                budget.spend(len(counts))
                self.update(counts)

    class File(io.BytesIO, metaclass=SealedKind):  # type: ignore[metaclass]  # its metaclass is `type` in truth
        """Bytes of a file, never copied."""

        def __setstate__(self, state: Any) -> None:
            if not isinstance(state, tuple) or not state or not isinstance(state[0], bytes):
                raise TypeError("a file of what is no bytes")
            super().__init__(state[0])
            strangers.keep(self, (state,))

    return {
        ("_io", "BytesIO"): File,
        ("collections", "Counter"): Counts,
        **{("collections", name): Table for name in ("OrderedDict", "defaultdict")},
        **{("pathlib", name): Text for name in ("PosixPath", "PurePosixPath", "WindowsPath")},
        ("torch.torch_version", "TorchVersion"): Text,
    }
