"""Maps the storages of a checkpoint from its file, and makes the tensors over them."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from io import BufferedReader
from typing import NoReturn

import torch
from torch import Tensor

from .storages import Shape, Storage, refuse_change
from .unpickling import WIDTHS

_DTYPES = {
    "BFloat16Storage": torch.bfloat16,
    "BoolStorage": torch.bool,
    "ByteStorage": torch.uint8,
    "CharStorage": torch.int8,
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "IntStorage": torch.int32,
    "LongStorage": torch.int64,
    "ShortStorage": torch.int16,
}


class SealedTensor(Tensor):
    """A tensor as the pickle holds it while it is read: no opcode can change it or compute with it."""

    def __setstate__(self, _: object) -> NoReturn:
        refuse_change()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        refuse_change()

    def __setitem__(self, key: object, value: object) -> NoReturn:
        refuse_change()

    def add(self, *_: object) -> NoReturn:  # type: ignore[override]
        """Fail, as for a set: the opcode ADDITEMS calls whatever has this name."""
        refuse_change()


class Tensors:
    """The tensors of one reading, over storages that are mapped from the file and not copied."""

    def __init__(self, file: BufferedReader, places: Mapping[str, tuple[int, int]]) -> None:
        self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self._places = places
        self._storages: dict[str, Tensor] = {}
        self._made: list[SealedTensor] = []

    def note(self, storage: Storage) -> None:
        """Map a storage that the pickle refers to.

        Raises:
            ValueError: its place in the file is of another size, or it is of two kinds.
            KeyError: it is not in the file.
        """
        dtype, (start, found) = _DTYPES[storage.kind], self._places[storage.key]
        if found != storage.count * WIDTHS[storage.kind]:
            raise ValueError(f"a storage that holds {found} bytes, not {storage.count} elements")
        if storage.key not in self._storages:
            self._storages[storage.key] = _map(self._mapped, dtype, start, storage.count)
        if self._storages[storage.key].dtype != dtype:
            raise ValueError("a storage of two kinds")

    def rebuild(self, storage: Storage, offset: int, size: Shape, stride: Shape) -> Tensor:
        """The tensor over a part of a storage, which was checked to lie inside of it."""
        whole = self._storages[storage.key]
        self._made.append(whole.as_strided(size, stride, offset).as_subclass(SealedTensor))
        return self._made[-1]

    def unseal(self) -> None:
        """End the reading: what was made becomes plain tensors of torch."""
        while self._made:
            object.__setattr__(self._made.pop(), "__class__", Tensor)


def _map(mapped: mmap.mmap, dtype: torch.dtype, start: int, count: int) -> Tensor:
    if count == 0:
        return torch.empty(0, dtype=dtype)
    storage = torch.frombuffer(mapped, dtype=dtype, count=count, offset=start)
    # The old format does not align storages, and kernels expect elements at multiples of their size.
    return storage if start % dtype.itemsize == 0 else storage.clone()
