"""Checks the values of a transformer's configuration: each is of the kind that the network computes with.

A configuration class takes any value for any key. A text where a number belongs, or True for the number of a token, is
found only when the network reads its first text.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from transformers import CONFIG_MAPPING

from ...errors import CheckpointError
from ...wording import quote


def check_values(config: Mapping[str, Any]) -> None:
    """Check the kinds of a configuration's values, where the class of its `model_type` says which they are.

    Raises:
        CheckpointError: a value of another kind.
    """
    defaults: Mapping[str, Any] = {}
    with suppress(Exception):  # a few classes cannot be made without their parts
        defaults = CONFIG_MAPPING[config["model_type"]]().to_dict()
    for key, value in config.items():
        if key.endswith("_token_id"):
            fits = value is None or _is_number(value) or (isinstance(value, list) and all(map(_is_number, value)))
        else:
            fits = not _is_number(defaults.get(key)) or not isinstance(value, (bool, str))
        if not fits:
            raise CheckpointError(
                f"Expected a number as {quote(key)} of the encoder's configuration, got {quote(value)}."
            )
    version = config.get("transformers_version")
    if version is not None and not isinstance(version, str):
        raise CheckpointError(f"Expected the release of transformers in the configuration, got {quote(version)}.")


def check_layers(layers: str, config: Mapping[str, Any]) -> None:
    """Check that the numbered layers are there: the word embeddings are layer 0, and negative numbers count backwards.

    Raises:
        CheckpointError: one is not, or the network does not give the states of its layers.
    """
    if not config.get("output_hidden_states"):
        raise CheckpointError(
            "The encoder's configuration does not ask for the states of its layers, which Flair reads."
        )
    count = getattr(CONFIG_MAPPING[config["model_type"]].from_dict(dict(config)), "num_hidden_layers", None)
    if not isinstance(count, int) or config["model_type"] in _OTHERS:
        return
    for number in layers.split(","):
        if not -count - 1 <= int(number) <= count:
            raise CheckpointError(f"The embeddings read layer {number} of an encoder of {count} layers.")


_OTHERS = {"funnel"}
"""Networks that give other states than one of each layer."""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
