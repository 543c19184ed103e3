"""Flair's decoders that compare a text with a prototype of each label."""

from __future__ import annotations

from flair.nn.decoder import DeepNCMDecoder, PrototypicalDecoder

from ....errors import CheckpointError
from ...dictionaries import make_dictionary
from ...pickles.stand_ins import StandIn, state_of
from ..entries import Entries
from ..sizes.weights import Weights

_DISTANCES = ("cosine", "dot_product", "euclidean", "hyperbolic", "logit_cosine")


def vet_prototypes(saved: StandIn, weights: Weights, labels: int) -> PrototypicalDecoder:
    """A decoder with one prototype for each of `labels` labels; errors are those of `decoder.vet_decoder`."""
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
        raise CheckpointError("Expected both the index and the distance of the decoder's label for unlabeled texts.")
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


def vet_class_means(saved: StandIn, weights: Weights, labels: Entries) -> DeepNCMDecoder:
    """A decoder with the mean of each label's texts; errors are those of `decoder.vet_decoder`."""
    weights.expect("class_prototypes", len(labels), None)
    weights.expect("class_counts", len(labels))
    read = size = weights.shape("class_prototypes")[1]
    uses_encoder = "encoder.0.weight" in weights
    if uses_encoder:
        weights.expect_linear("encoder.0", None, 2 * size)
        weights.expect_linear("encoder.2", 2 * size, size)
        read = weights.shape("encoder.0.weight")[1]
    return DeepNCMDecoder(
        make_dictionary(labels),
        read,
        use_encoder=uses_encoder,
        encoding_dim=size,
        multi_label=bool(state_of(saved).get("multi_label")),
    )
