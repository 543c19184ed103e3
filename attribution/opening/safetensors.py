"""The weights that `save_pretrained` wrote: a header that tells each tensor's place, then their bytes.

The format: https://huggingface.co/docs/safetensors. The header is checked before anything of the size that it claims is
made; the bytes are then read once, in the order in which they stand, into the tensors themselves.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BufferedIOBase
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor

from ..errors import AttributionError, CheckpointError, UnsafeCheckpointError
from ..wording import quote
from .folder import SavedFolder

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"

_HEADER_LIMIT = 16 * 2**20
_INDEX_LIMIT = 16 * 2**20
_MOST_DIMENSIONS = 8
_MOST_TENSORS = 200_000
_CHUNK = 4 * 2**20
_KINDS = {
    "BF16": torch.bfloat16,
    "BOOL": torch.bool,
    "F16": torch.float16,
    "F32": torch.float32,
    "F64": torch.float64,
    "I16": torch.int16,
    "I32": torch.int32,
    "I64": torch.int64,
    "I8": torch.int8,
    "U8": torch.uint8,
}


@dataclass(frozen=True, slots=True)
class SavedTensor:
    """Where a tensor stands: bytes from `start` to `end` of a file."""

    file: str
    kind: torch.dtype
    shape: tuple[int, ...]
    start: int
    end: int

    def describe(self) -> Tensor:
        """A tensor of its kind and shape, without memory."""
        return torch.empty(self.shape, dtype=self.kind, device="meta")


def weight_files(saved: SavedFolder) -> tuple[str, ...]:
    """The files that hold the weights: one, or the shards that the index names.

    Raises:
        UnsafeCheckpointError: the weights are pickled.
        CheckpointError: there are none, or some are missing.
    """
    if WEIGHTS in saved.sizes:
        return (WEIGHTS,)
    if INDEX not in saved.sizes:
        raise _explain_absence(saved)
    shards = saved.read_json(INDEX, _INDEX_LIMIT).get("weight_map")
    if not isinstance(shards, dict) or not shards or not all(isinstance(name, str) for name in shards.values()):
        raise CheckpointError(f"The model's {INDEX} is damaged: it names no files.")
    names = tuple(sorted(set(shards.values())))
    absent = [name for name in names if name not in saved.sizes or not name.endswith(".safetensors")]
    if absent:
        raise CheckpointError(f"The model's {INDEX} names {quote(absent[0])}, which is not there.")
    return names


def read_headers(saved: SavedFolder) -> dict[str, SavedTensor]:
    """Name -> place of every tensor.

    Raises:
        UnsafeCheckpointError: the weights are pickled.
        CheckpointError: there are no weights, or a header is invalid.
    """
    tensors: dict[str, SavedTensor] = {}
    for file in weight_files(saved):
        for name, tensor in _read_header(saved, file).items():
            if name in tensors:
                raise CheckpointError(f"Two of the model's files hold weights named {quote(name)}.")
            tensors[name] = tensor
        if len(tensors) > _MOST_TENSORS:
            raise CheckpointError(f"The model's files hold more than {_MOST_TENSORS} weights.")
    return tensors


def read_tensors(saved: SavedFolder, places: Iterable[SavedTensor]) -> dict[SavedTensor, Tensor]:
    """The tensors at these places; floating-point numbers of any precision become float32, as in transformers."""
    by_file: dict[str, list[SavedTensor]] = defaultdict(list)
    for place in places:
        by_file[place.file].append(place)
    tensors = {}
    for name, wanted in by_file.items():
        with saved.open(name) as file:
            for place in sorted(set(wanted), key=lambda each: each.start):
                file.seek(place.start)
                tensor = _fill(torch.empty(place.shape, dtype=place.kind), file)
                tensors[place] = tensor.float() if tensor.is_floating_point() else tensor
    return tensors


def _explain_absence(saved: SavedFolder) -> AttributionError:
    pickled = sorted(name for name in saved.sizes if name.startswith("pytorch_model") and name.endswith(".bin"))
    if pickled:
        return UnsafeCheckpointError(
            f"The model's weights are pickled ({pickled[0]}), and a pickle can run code. Save them as safetensors: "
            "model.save_pretrained(folder, safe_serialization=True)."
        )
    if "adapter_config.json" in saved.sizes:
        return CheckpointError(
            "The folder holds an adapter alone, and not the model that it changes. Save both as one: "
            "model.merge_and_unload().save_pretrained(folder)."
        )
    return CheckpointError(f"The model's folder holds no {WEIGHTS}. Zip the folder that save_pretrained wrote.")


def _read_header(saved: SavedFolder, name: str) -> dict[str, SavedTensor]:
    size = saved.sizes[name]
    with saved.open(name) as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(_HEADER_LIMIT, size - 8):
            raise CheckpointError(f"The model's {name} is damaged: its header claims {length} bytes.")
        try:
            header = json.loads(file.read(length))
            tensors = {key: _locate(name, entry, 8 + length) for key, entry in header.items() if key != "__metadata__"}
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise CheckpointError(f"The model's {name} is damaged: its header cannot be read.") from error
    _check_places(name, tensors, 8 + length, size)
    return tensors


def _locate(file: str, entry: Mapping[str, Any], begin: int) -> SavedTensor:
    if entry["dtype"] not in _KINDS:
        raise CheckpointError(
            f"The model's weights are saved as {quote(entry['dtype'])}. Save them as F32, F16 or BF16."
        )
    shape, (start, end) = tuple(entry["shape"]), entry["data_offsets"]
    numbers = (*shape, start, end)
    if len(shape) > _MOST_DIMENSIONS or not all(type(number) is int and 0 <= number < 2**48 for number in numbers):
        raise ValueError("expected whole numbers")
    kind = _KINDS[entry["dtype"]]
    if end - start != math.prod(shape) * kind.itemsize:
        raise ValueError("a shape that its bytes do not fill")
    return SavedTensor(file, kind, shape, begin + start, begin + end)


def _check_places(name: str, tensors: Mapping[str, SavedTensor], begin: int, size: int) -> None:
    """Check that the tensors fill the file behind the header without gap or overlap, as the format requires."""
    edges = sorted((tensor.start, tensor.end) for tensor in tensors.values())
    ends = [(begin, begin), *edges, (size, size)]
    if any(end != start for (_, end), (start, _) in pairwise(ends)):
        raise CheckpointError(f"The model's {name} is damaged: its header and its size do not agree.")


def _fill(tensor: Tensor, file: BufferedIOBase) -> Tensor:
    empty = memoryview(cast(Any, tensor.reshape(-1).view(torch.uint8).numpy()))
    while empty:
        read = file.readinto(empty[:_CHUNK])
        if not read:
            raise CheckpointError("The model's weights end too early. The file is damaged.")
        empty = empty[read:]
    return tensor
