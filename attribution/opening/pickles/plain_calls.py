"""What a pickle may call that gives plain data. Each does one harmless thing, whatever it is called with."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import new_class
from typing import Any, ClassVar, TypeVar

from .stand_ins import StandIn
from .storages import Sealed, SealedKind
from .strangers import Strangers

_Given = TypeVar("_Given")
_LONGEST_PATH = 2**14


class Function(Sealed):
    """A function that a pickle can call."""

    __slots__ = ("_function",)

    _function: Callable[..., Any]

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "_function", function)

    def __call__(self, *arguments: Any) -> Any:
        """What the function gives."""
        return self._function(*arguments)


class Budget:
    """Limits how much calls make: they copy parts of the file, each once, so all together no more than the file."""

    def __init__(self, left: int) -> None:
        self._left = left

    def spend(self, count: int) -> None:
        """Count what a call makes.

        Raises:
            ValueError: that is more than is left.
        """
        self._left -= count
        if self._left < 0:
            raise ValueError("its calls make more than the file holds")


class Calls:
    """The calls of one reading: they share a budget, and what they are given but do not use is kept as a stranger's."""

    def __init__(self, budget: Budget, strangers: Strangers) -> None:
        self._budget, self._strangers = budget, strangers

    def spend(self, count: int) -> None:
        """As `Budget.spend`."""
        self._budget.spend(count)

    def keep(self, given: _Given, rest: tuple[object, ...]) -> _Given:
        """The result of a call, after a note of what the call did not use."""
        self._strangers.keep(given, rest)
        return given

    def encode(self, text: str, *rest: object) -> bytes:
        """The bytes of a text in Latin-1, in which protocols before 3 write bytes."""
        if not isinstance(text, str):
            raise TypeError("an encoding of what is no text")
        self.spend(len(text))
        return self.keep(text.encode("latin-1"), rest)

    def make_bytes(self, content: bytes | str = b"", *rest: object) -> bytes:
        """Bytes of bytes, or of a text in Latin-1."""
        if not isinstance(content, (bytes, str)):
            raise TypeError("bytes of a size that is only claimed")
        self.spend(len(content))
        return self.keep(content if isinstance(content, bytes) else content.encode("latin-1"), rest)

    def make_set(self, values: Any = (), *rest: object) -> set[Any]:
        """A set of the values of a list or the like."""
        if not isinstance(values, (dict, frozenset, list, set, tuple)):
            raise TypeError("a set of what is no list")
        self.spend(len(values))
        return self.keep(set(values), rest)

    def reconstruct(self, made: Any, *rest: object) -> Any:
        """An object of a class that is a stand-in."""
        if not (isinstance(made, type) and issubclass(made, StandIn)):
            raise TypeError("expected a stand-in")
        return self.keep(made(), rest)

    def rebuild_parameter(self, tensor: Any, *rest: object) -> Any:
        """The tensor itself."""
        return self.keep(tensor, rest)


class Text(str, metaclass=SealedKind):
    """A path, or a version, as the text that it is made of."""

    __slots__ = ()

    def __new__(cls, *parts: str) -> str:  # type: ignore[misc]
        """The parts with slashes between them."""
        if not all(isinstance(part, str) for part in parts):
            raise TypeError("a path of what is no text")
        if sum(len(part) for part in parts) > _LONGEST_PATH:
            raise ValueError("a path of many kilobytes")
        return "/".join(parts)


class Table(dict[Any, Any], metaclass=SealedKind):
    """A mapping without a factory, order or attributes of its own; what was to be set on it is left out."""

    __slots__ = ()

    calls: ClassVar[Calls]

    def __init__(self, *rest: object) -> None:
        super().__init__()
        self.calls.keep(self, rest)

    def __setstate__(self, state: object) -> None:
        self.calls.keep(self, (state,))


class Counts(Table):
    """A mapping that is made of another."""

    __slots__ = ()

    def __init__(self, counts: object = None, *rest: object) -> None:
        super().__init__(*rest)
        if isinstance(counts, dict):
            self.calls.spend(len(counts))
            self.update(counts)


class File(io.BytesIO, metaclass=SealedKind):  # type: ignore[metaclass]  # its metaclass is `type` in truth
    """Bytes of a file, never copied."""

    calls: ClassVar[Calls]

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or not state or not isinstance(state[0], bytes):
            raise TypeError("a file of what is no bytes")
        super().__init__(state[0])
        self.calls.keep(self, (state,))


def make_plain_calls(calls: Calls) -> dict[tuple[str, str], Any]:
    """(module, name) -> what a pickle calls there in one reading: functions, and classes that know its `calls`."""
    functions: dict[tuple[str, str], Callable[..., Any]] = {
        ("_codecs", "encode"): calls.encode,
        ("builtins", "bytearray"): calls.make_bytes,
        ("builtins", "set"): calls.make_set,
        ("__builtin__", "set"): calls.make_set,
        ("copy_reg", "_reconstructor"): calls.reconstruct,
        ("copyreg", "_reconstructor"): calls.reconstruct,
        ("torch._utils", "_rebuild_parameter"): calls.rebuild_parameter,
    }
    table = _bind(Table, calls)
    return {
        **{pair: Function(function) for pair, function in functions.items()},
        ("_io", "BytesIO"): _bind(File, calls),
        ("collections", "Counter"): _bind(Counts, calls),
        **{("collections", name): table for name in ("OrderedDict", "defaultdict")},
        **{("pathlib", name): Text for name in ("PosixPath", "PurePosixPath", "WindowsPath")},
        ("torch.torch_version", "TorchVersion"): Text,
    }


def _bind(kind: type, calls: Calls) -> type:
    """A class of this kind for one reading."""
    return new_class(kind.__name__, (kind,), exec_body=lambda space: space.update(calls=calls, __slots__=()))
