"""Storages of weights, and what a pickle may hold of them: it can name them and put them in places, and change nothing.

A pickle can call methods of whatever it holds: BUILD sets a state, SETITEM an item, ADDITEMS adds. On a storage or a
tensor of torch these are live: `__setstate__` would let a storage claim memory that other sessions have written to.

This module needs only the standard library, so that the worker process of `rehearse` starts quickly.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn

MOST_TENSORS = 100_000
"""More than any network has: a mixture of a hundred experts in a hundred layers has about 30,000."""

Shape = tuple[int, ...]

_MOST_DIMENSIONS, _LARGEST_SIZE = 16, 2**48
_MOST_EMPTY = 2**12  # the sizes that a tensor without elements may claim beside its zero


class Sealed:
    """What a pickle may hold and never change: every opcode that would change it fails.

    BUILD calls `__setstate__`; the others look for an item, a list's `append` or a set's `add`, and find none.
    """

    __slots__ = ()

    def __setstate__(self, _: object) -> NoReturn:
        refuse_change()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        refuse_change()


class SealedKind(type):
    """The metaclass of classes that a pickle may call and never change."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        refuse_change()


def refuse_change() -> NoReturn:
    """Fail: a pickle tries to change what it was only given to hold."""
    raise ValueError("it changes what it may only name, a tensor or a function")


class Storage(Sealed):
    """A storage that a pickle refers to: `kind`, a key of `unpickling.WIDTHS`, its `key` and how many elements."""

    __slots__ = ("count", "key", "kind")

    kind: str
    key: str
    count: int

    def __init__(self, kind: str, key: str, count: int) -> None:
        for name, value in (("kind", kind), ("key", key), ("count", count)):
            object.__setattr__(self, name, value)


class TensorStandIn(Sealed):
    """A tensor, where its weights are not needed."""

    __slots__ = ()


def check_tensor(storage: Any, offset: Any, size: Any, stride: Any) -> None:
    """Check that all elements of a tensor lie inside of its storage, and that it claims no more than there are.

    Raises:
        ValueError: they do not, or the numbers are malformed.
    """
    if (
        not isinstance(storage, Storage)
        or not all(map(_is_shape, (size, stride, (offset,))))
        or len(size) != len(stride)
    ):
        raise ValueError("a tensor with malformed sizes")
    claimed, end = math.prod(size), offset
    if claimed:
        end += 1 + sum((count - 1) * step for count, step in zip(size, stride, strict=True))
    if max(claimed, end) > storage.count or max(size, default=0) > max(storage.count, _MOST_EMPTY):
        raise ValueError("a tensor that claims more elements than the file holds")


def _is_shape(numbers: object) -> bool:
    return type(numbers) is tuple and len(numbers) <= _MOST_DIMENSIONS and all(map(_is_size, numbers))


def _is_size(number: object) -> bool:
    return type(number) is int and 0 <= number < _LARGEST_SIZE
