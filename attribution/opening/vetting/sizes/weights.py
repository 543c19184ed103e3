"""The tensors of a checkpoint, against which every size that it claims is checked."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from torch import Tensor

from ....errors import CheckpointError
from ....wording import quote
from ...pickles.incomplete_weights import refuse_unmerged

_SHARED = 4
"""How often tensors may share the same bytes, as tied weights do."""
_SPARE = 2**20


class Weights:
    """The tensors under a prefix of a state dictionary."""

    def __init__(self, tensors: Mapping[str, Tensor], prefix: str = "") -> None:
        self._tensors = tensors
        self._prefix = prefix

    def under(self, name: str) -> Weights:
        """The tensors of a sub-module."""
        return Weights(self._tensors, f"{self._prefix}{name}.")

    def __contains__(self, name: str) -> bool:
        """Whether there is a tensor of this name."""
        return self._prefix + name in self._tensors

    def __len__(self) -> int:
        """How many tensors there are."""
        return sum(name.startswith(self._prefix) for name in self._tensors)

    @property
    def nbytes(self) -> int:
        """How much memory the tensors take, in bytes."""
        held = (tensor for name, tensor in self._tensors.items() if name.startswith(self._prefix))
        return sum(tensor.numel() * tensor.element_size() for tensor in held)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor.

        Raises:
            CheckpointError: the file holds no such tensor, or one without numbers: such can claim any other size.
        """
        tensor = self._tensors.get(self._prefix + name)
        if tensor is None:
            raise CheckpointError(f"The file names a part of its network that it holds no weights of: {quote(name)}.")
        if 0 in tensor.shape and max(tensor.shape) > 1:
            raise CheckpointError(f"The weights {quote(name)} hold no numbers. The file is damaged.")
        return tuple(tensor.shape)

    def expect(self, name: str, *shape: int | None) -> None:
        """Check a size that the file claims, before anything of that size is made; None stands for any.

        Raises:
            CheckpointError: the file holds no such tensor, or one of another shape.
        """
        found = self.shape(name)
        if len(found) != len(shape) or any(size not in (None, held) for size, held in zip(shape, found, strict=True)):
            claimed = " x ".join("any" if size is None else quote(size) for size in shape)
            held = " x ".join(map(str, found))
            raise CheckpointError(
                f"The file claims a size of {claimed} for {quote(name)}, and holds weights of {held}."
            )

    def expect_linear(self, name: str, inputs: int | None, outputs: int, *, bias: bool = True) -> None:
        """Check a linear layer."""
        self.expect(f"{name}.weight", outputs, inputs)
        if bias:
            self.expect(f"{name}.bias", outputs)

    def expect_recurrent(
        self, name: str, inputs: int | None, hidden: int, layers: int, *, lstm: bool, bidirectional: bool
    ) -> None:
        """Check a GRU or an LSTM of torch."""
        inner = self.under(name)
        gates = (4 if lstm else 3) * hidden
        directions = ("", "_reverse") if bidirectional else ("",)
        if layers < 1:
            raise CheckpointError(f"Expected at least one layer in {quote(name)}, got {quote(layers)}.")
        for layer in range(layers):
            for direction in directions:
                inner.expect(f"weight_ih_l{layer}{direction}", gates, inputs)
                inner.expect(f"weight_hh_l{layer}{direction}", gates, hidden)
                inner.expect(f"bias_ih_l{layer}{direction}", gates)
                inner.expect(f"bias_hh_l{layer}{direction}", gates)
            inputs = hidden * len(directions)


def check_numbers(tensors: Mapping[str, Tensor]) -> None:
    """Check that no weight is NaN, as weights are after a training that diverged.

    Raises:
        CheckpointError: one is.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and tensor.numel() and tensor.aminmax().min.isnan():
            raise CheckpointError(f"The weights {quote(name)} contain NaN, so the model cannot predict.")


def embeddings_weights(tensors: Mapping[str, Tensor]) -> Weights:
    """The tensors of a classifier's document embeddings, under today's name or that of Flair 0.11 and older.

    Raises:
        CheckpointError: tensors that claim more elements than the file holds.
        UnsupportedModelError: they are adapters, or quantised.
    """
    _check_bytes(tensors)
    refuse_unmerged(tensors)
    old = any(name.startswith("document_embeddings.") for name in tensors)
    return Weights(tensors, "document_embeddings." if old else "embeddings.")


def _check_bytes(tensors: Mapping[str, Tensor]) -> None:
    """Check what tensors claim: one with strides of zero, or many over the same bytes, can claim any size."""
    for name, tensor in tensors.items():
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise CheckpointError(f"The weights {quote(name)} claim more elements than the file holds.")
    claimed = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    if claimed > _SHARED * _count_bytes(tensors) + _SPARE:
        raise CheckpointError("The weights claim more elements than the file holds.")


def _count_bytes(tensors: Mapping[str, Tensor]) -> int:
    """How many bytes of memory the tensors' storages cover, each byte counted once."""
    storages = [tensor.untyped_storage() for tensor in tensors.values()]
    edges = sorted(
        chain.from_iterable(
            ((storage.data_ptr(), 0), (storage.data_ptr() + storage.nbytes(), 1)) for storage in storages
        )
    )
    total = depth = begin = 0
    for place, closes in edges:
        if depth == 0:
            begin = place
        depth += -1 if closes else 1
        if depth == 0:
            total += place - begin
    return total
