"""What a model's process and the one that asks it say to each other: JSON, read by the types that are expected.

Nothing that comes out of a model's process is ever unpickled. Numbers are written so that they are read back exactly
(Python's `repr` of a float64), and texts with lone surrogates pass.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from cattrs import Converter

from .. import errors
from ..classifiers import Text
from ..errors import AttributionError, TokenizerMissingError, UnsupportedModelError
from ..explanation import MethodTraits
from ..methods import METHODS, Method
from ..report.parts import read_method, write_method
from ..wording import say_error


def write(value: Any) -> Any:
    """The data of a value, as JSON has it: of dataclasses, arrays, methods, and what they are made of."""
    return _converter().unstructure(value)


def read(data: Any, kind: Any) -> Any:
    """The value of a type that `write` made the data of.

    Raises:
        Exception: it is of another type.
    """
    return _converter().structure(data, kind)


def write_arguments(question: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Argument -> its data."""
    hints = get_types(question)
    return {name: _converter().unstructure(value, hints[name]) for name, value in arguments.items()}


def read_arguments(question: Callable[..., Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Argument -> its value."""
    hints = get_types(question)
    return {name: read(value, hints[name]) for name, value in data.items()}


@cache
def get_types(question: Callable[..., Any]) -> Mapping[str, Any]:
    """Argument -> the type of a function's argument; `return` -> that of its answer."""
    return get_type_hints(question)


def get_called_types(question: Callable[..., Any], name: str) -> tuple[Any, ...]:
    """The types of the arguments of a function that a function calls back."""
    hint = get_types(question)[name]
    kinds = [one for one in (hint, *get_args(hint)) if get_origin(one) is get_origin(Callable[[], None])]
    return tuple(get_args(kinds[0])[0])


def encode(message: Mapping[str, Any]) -> bytes:
    """A message as bytes."""
    return json.dumps(message, separators=(",", ":")).encode("ascii")


def decode(content: bytes) -> dict[str, Any]:
    """The message in bytes that `encode` made.

    Raises:
        ValueError: they hold none.
    """
    message = json.loads(content)
    if not isinstance(message, dict):
        raise ValueError("A message is an object.")
    return message


@cache
def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook_func(_is_array, lambda array: array.tolist())
    converter.register_structure_hook_func(_is_array, _read_array)
    converter.register_unstructure_hook_func(_is_method, write_method)
    converter.register_structure_hook_func(_is_method, lambda said, _: read_method(said))
    converter.register_unstructure_hook_func(lambda kind: kind == Text, _write_text)
    converter.register_structure_hook_func(lambda kind: kind == Text, _read_text)
    converter.register_structure_hook_func(_is_plain, lambda value, _: value)
    return converter


def _is_array(kind: Any) -> bool:
    return kind is np.ndarray or get_origin(kind) is np.ndarray


def _read_array(value: Any, kind: Any) -> Any:
    return np.array(value, dtype=get_args(get_args(kind)[1])[0])


def _is_method(kind: Any) -> bool:
    return kind in (Method, MethodTraits) or kind in METHODS.values()


def _write_text(text: Text) -> str | list[str]:
    return text if isinstance(text, str) else list(text)


def _read_text(value: Any, _: Any) -> Text:
    if isinstance(value, str):
        return value
    first, second = value
    return str(first), str(second)


def _is_plain(kind: Any) -> bool:
    """Whether JSON itself has it, or nothing is known of it."""
    union = (typing.Union, types.UnionType)
    return kind is Any or kind is object or (get_origin(kind) in union and set(get_args(kind)) <= _PLAIN)


_PLAIN = {str, int, float, bool, type(None)}


def write_error(error: BaseException) -> dict[str, str]:
    """What went wrong, as data."""
    if any(isinstance(one, MemoryError) or _OUT_OF_MEMORY.search(say_error(one, 1000)) for one in _trace(error)):
        return {"kind": "MemoryError", "message": "", "encoder": ""}
    known = isinstance(error, AttributionError) or (isinstance(error, ValueError) and _is_our_own(error))
    message = str(error) if known else say_error(error)
    encoder = getattr(error, "encoder", "")
    return {"kind": type(error).__name__ if known else "", "message": message, "encoder": str(encoder)}


def _is_our_own(error: BaseException) -> bool:
    """Whether a function of ours raised it, as over an argument, and no library over a file or a text."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return place is not None and str(place.tb_frame.f_globals.get("__name__")).startswith(f"{_PACKAGE}.")


_PACKAGE = __name__.partition(".")[0]


def _trace(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


_OUT_OF_MEMORY = re.compile("can't allocate memory|not enough memory|bad_alloc|Cannot allocate memory|[Oo]ut of memory")
"""What torch, tokenizers and the system say of it."""


def read_error(said: Mapping[str, Any]) -> Exception:
    """The error that `write_error` made data of; a library's own becomes ours."""
    kind, message = str(said["kind"]), str(said["message"])
    if kind == "MemoryError":
        return MemoryError()
    if kind == "ValueError":
        return ValueError(message)
    found = getattr(errors, kind, None)
    if not (isinstance(found, type) and issubclass(found, AttributionError)):
        return UnsupportedModelError(f"The model fails on this: {message}.")
    error: AttributionError = found.__new__(found)
    AttributionError.__init__(error, message)
    if isinstance(error, TokenizerMissingError):
        error.encoder = str(said["encoder"])
    return error
