"""Custom decoders of a classifier: those that Flair ships, and plain stacks of torch's layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from ....errors import CheckpointError, UnsupportedModelError
from ...pickles.stand_ins import StandIn, modules_of
from ..entries import Entries
from ..sizes.weights import Weights

_PLAIN: dict[str, Callable[[], nn.Module]] = {
    "torch.nn.modules.activation.ReLU": nn.ReLU,
    "torch.nn.modules.activation.SELU": nn.SELU,
    "torch.nn.modules.activation.SiLU": nn.SiLU,
    "torch.nn.modules.activation.Sigmoid": nn.Sigmoid,
    "torch.nn.modules.activation.Tanh": nn.Tanh,
    "torch.nn.modules.dropout.Dropout": nn.Dropout,
    "torch.nn.modules.linear.Identity": nn.Identity,
}
_LINEAR, _SEQUENTIAL = "torch.nn.modules.linear.Linear", "torch.nn.modules.container.Sequential"


def vet_decoder(saved: Any, weights: Weights, labels: Entries) -> nn.Module:
    """Build the decoder anew, in the sizes of its `weights`; the weights themselves are loaded later.

    Raises:
        UnsupportedModelError: a decoder of another class.
        CheckpointError: settings that are malformed, or weights that are missing or of other sizes.
    """
    kind = saved.kind if isinstance(saved, StandIn) else type(saved).__name__
    if kind in ("flair.nn.decoder.PrototypicalDecoder", "flair.nn.decoder.DeepNCMDecoder"):
        from .prototypes import vet_class_means, vet_prototypes  # imports Flair, which takes seconds

        if kind.endswith("PrototypicalDecoder"):
            return vet_prototypes(saved, weights, len(labels))
        return vet_class_means(saved, weights, labels)
    if kind in (_LINEAR, _SEQUENTIAL):
        return _vet_layers(saved, weights)
    raise _refuse(kind)


def _vet_layers(saved: StandIn, weights: Weights) -> nn.Module:
    if saved.kind == _LINEAR:
        outputs, inputs = _sizes(weights)
        return nn.Linear(inputs, outputs, bias="bias" in weights)
    if saved.kind in _PLAIN:
        return _PLAIN[saved.kind]()
    if saved.kind != _SEQUENTIAL:
        raise _refuse(saved.kind)
    layers = list(modules_of(saved))
    if [name for name, _ in layers] != [str(index) for index in range(len(layers))] or not layers:
        raise CheckpointError("Expected layers that are numbered one after the other in the decoder.")
    if any(layer.kind == _SEQUENTIAL for _, layer in layers):  # a file could nest them as deep as it likes
        raise _refuse(f"{_SEQUENTIAL} inside of another")
    return nn.Sequential(*(_vet_layers(layer, weights.under(name)) for name, layer in layers))


def _sizes(weights: Weights) -> tuple[int, int]:
    weights.expect("weight", None, None)
    outputs, inputs = weights.shape("weight")
    if "bias" in weights:
        weights.expect("bias", outputs)
    return outputs, inputs


def _refuse(kind: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"The classifier has a decoder of its own, {kind}. Whylight explains the linear decoder, Flair's "
        "PrototypicalDecoder and DeepNCMDecoder, and plain stacks of torch's layers."
    )
