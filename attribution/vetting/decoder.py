"""Decoders of a classifier's own: those that Flair ships, and plain stacks of torch's layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flair.data import Dictionary
from flair.nn.decoder import DeepNCMDecoder, PrototypicalDecoder
from torch import nn

from ..errors import CheckpointError, UnsupportedModelError
from ..stand_ins import StandIn, modules_of, state_of
from .weights import Weights

_DISTANCES = ("cosine", "dot_product", "euclidean", "hyperbolic", "logit_cosine")
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


def vet_decoder(saved: Any, weights: Weights, labels: Dictionary) -> nn.Module:
    """The decoder, made anew in the sizes of its `weights`, which it is still to be given.

    Raises:
        UnsupportedModelError: a decoder of another class.
        CheckpointError: settings that are malformed, or weights that are missing or of other sizes.
    """
    kind = saved.kind if isinstance(saved, StandIn) else type(saved).__name__
    if kind == "flair.nn.decoder.PrototypicalDecoder":
        return _vet_prototypes(saved, weights, len(labels))
    if kind == "flair.nn.decoder.DeepNCMDecoder":
        return _vet_class_means(saved, weights, labels)
    if kind in (_LINEAR, _SEQUENTIAL):
        return _vet_layers(saved, weights)
    raise _refuse(kind)


def _vet_prototypes(saved: StandIn, weights: Weights, labels: int) -> PrototypicalDecoder:
    settings = state_of(saved)
    distance, radius = settings.get("_distance_function"), settings.get("min_radius")
    unlabeled, far = settings.get("unlabeled_idx"), settings.get("unlabeled_distance")
    weights.expect("prototype_vectors", labels, None)
    size = read = weights.shape("prototype_vectors")[1]
    if "metric_space_decoder.weight" in weights:
        weights.expect_linear("metric_space_decoder", None, size)
        read = weights.shape("metric_space_decoder.weight")[1]
    if "prototype_radii" in weights:
        weights.expect("prototype_radii", labels)
    if distance not in _DISTANCES or not isinstance(radius, (float, int)):
        raise CheckpointError(f"Expected one of the distances {', '.join(_DISTANCES)} in the decoder of prototypes.")
    is_set = isinstance(unlabeled, int) and 0 <= unlabeled < labels and isinstance(far, (float, int))
    if not is_set and (unlabeled, far) != (None, None):
        raise CheckpointError("Expected the index and the distance of the label that stands for none.")
    return PrototypicalDecoder(
        labels,
        read,
        prototype_size=size,
        distance_function=distance,
        use_radius="prototype_radii" in weights,
        min_radius=radius,  # type: ignore[arg-type]
        unlabeled_distance=far,
        unlabeled_idx=unlabeled,
        learning_mode="joint",  # the others predict the same, and some let no gradient through
    )


def _vet_class_means(saved: StandIn, weights: Weights, labels: Dictionary) -> DeepNCMDecoder:
    weights.expect("class_prototypes", len(labels), None)
    weights.expect("class_counts", len(labels))
    read = size = weights.shape("class_prototypes")[1]
    uses_encoder = "encoder.0.weight" in weights
    if uses_encoder:
        weights.expect_linear("encoder.0", None, 2 * size)
        weights.expect_linear("encoder.2", 2 * size, size)
        read = weights.shape("encoder.0.weight")[1]
    return DeepNCMDecoder(
        labels, read, use_encoder=uses_encoder, encoding_dim=size, multi_label=bool(state_of(saved).get("multi_label"))
    )


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
    if any(layer.kind == _SEQUENTIAL for _, layer in layers):  # as deep as a file likes
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
