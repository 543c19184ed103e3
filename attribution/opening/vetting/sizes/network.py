"""Checks a transformer's configuration against the weights in the file, before anything of its size is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import transformers
from torch import nn
from transformers import CONFIG_MAPPING, AutoModel

from ....errors import AttributionError, CheckpointError
from ....wording import quote, shorten
from .allowance import at_most
from .weights import Weights

_T5 = {"longt5", "mt5", "t5"}
_LAYER_KEYS = (
    "block_repeats",
    "block_sizes",
    "depth",
    "experts",
    "feedforward_networks",
    "group_num",
    "hash_functions",
    "layer",
    "num_blocks",
    "num_hidden_groups",
    "pretraining_tp",
    "self_attends",
)
_MOST_LAYERS = 1024
_SPARE_BYTES = 64 * 2**20
_MOST_COMPUTED = 2**21
_COMPUTED = {
    "autoformer",
    "blenderbot-small",
    "ctrl",
    "informer",
    "marian",
    "pegasus",
    "roformer",
    "speech_to_text",
    "time_series_transformer",
}
_POSITIONS = ("context_length", "max_position_embeddings", "max_source_positions", "n_positions", "prediction_length")


def check_network(config: Mapping[str, Any], weights: Weights) -> None:
    """Check that the encoder which a configuration describes is the one whose weights are in the file.

    Raises:
        CheckpointError: the configuration claims layers or sizes that the weights do not have.
    """
    network = describe_network(config, len(weights), _build_encoder)
    for name, parameter in network.named_parameters():
        weights.expect(name, *parameter.shape)
    check_buffers(network, weights)


def describe_network(config: Mapping[str, Any], tensors: int, build: Callable[[Any], nn.Module]) -> nn.Module:
    """Build a configuration's network on torch's meta device, which takes no memory, unless it claims too many layers.

    `tensors` is how many tensors the file holds; `build` makes the network from the configuration object.

    Raises:
        CheckpointError: the configuration claims more layers than the file can hold, or makes no sense.
    """
    _check_layers(config, tensors)
    try:
        described: Any = CONFIG_MAPPING[config["model_type"]].from_dict(dict(config))
        _check_computed(described)
        with torch.device("meta"), at_most(tensors):
            return build(described)
    except AttributionError:
        raise
    except Exception as error:  # configurations fail in their own ways on what makes no sense
        raise CheckpointError("The encoder's configuration describes no network that could be built.") from error


def check_buffers(network: nn.Module, weights: Weights) -> None:
    """Check that a network's buffers are not much larger than its weights.

    Raises:
        CheckpointError: they are.
    """
    held = sum(buffer.numel() * buffer.element_size() for buffer in network.buffers())
    if held > weights.nbytes + _SPARE_BYTES:
        raise CheckpointError(f"The encoder's configuration claims {held >> 20} MB that the file does not account for.")


def _check_layers(config: Mapping[str, Any], tensors: int) -> None:
    for key, value in config.items():
        if isinstance(value, Mapping) and key not in ("id2label", "label2id"):
            _check_layers(value, tensors)
        elif any(part in str(key) for part in _LAYER_KEYS):
            for count in value if isinstance(value, (list, tuple)) else [value]:
                if type(count) is int and count > min(max(tensors, 64), _MOST_LAYERS):
                    raise CheckpointError(
                        f"The encoder's configuration claims {shorten(str(key))} of {quote(count)}: the file holds "
                        "fewer."
                    )


def _check_computed(described: Any) -> None:
    """Limit tables of positions that are computed one number at a time, even on the meta device, or are no weights."""
    if described.model_type in _COMPUTED:
        claimed = described.hidden_size * max(getattr(described, name, None) or 0 for name in _POSITIONS)
        if claimed > _MOST_COMPUTED:
            raise CheckpointError(f"The encoder's configuration claims a table of positions of {claimed} numbers.")


def _build_encoder(described: Any) -> nn.Module:
    # transformers imports T5's class only when it is asked for here, as few files need it.
    build = transformers.T5EncoderModel if described.model_type in _T5 else AutoModel.from_config
    encoder: nn.Module = build(described)
    return encoder
