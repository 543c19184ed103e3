"""Refuses encoders whose last layer, which Flair reads, has other states in a newer release of transformers.

In release 5 the last of `hidden_states` is the output of the whole network, after its last normalisation. Here BioGPT,
ModernBERT and RoBERTa-PreLayerNorm give the states before it, which a classifier of release 5 was not trained on.
"""

from __future__ import annotations

import torch
from torch import nn
from transformers import PreTrainedModel

from ..errors import UnsupportedModelError
from ..wording import shorten
from .vetting.newer_release import is_newer

_LENGTH = 4


def check_last_layer(network: nn.Module) -> None:
    """Check that encoders which a newer release saved give the same states of the last layer here.

    Raises:
        UnsupportedModelError: one does not.
    """
    found = [module for module in network.modules() if isinstance(module, PreTrainedModel)]
    parts = {id(part) for encoder in found for part in encoder.modules() if part is not encoder}
    for encoder in found:
        version = encoder.config.transformers_version
        if id(encoder) not in parts and is_newer({"transformers_version": version}) and not _ties_last_states(encoder):
            raise UnsupportedModelError(
                f"The model's encoder was saved by transformers {shorten(version, 20)}, which gives the states of the "
                f"last layer of {shorten(encoder.config.model_type, 40)} after its last normalisation, and the "
                "release here gives them before it: it would compute something else. Save the model with "
                "transformers 4 to have it explained."
            )


def _ties_last_states(encoder: PreTrainedModel) -> bool:
    ids = torch.arange(_LENGTH, device=encoder.device)[None]
    try:
        with torch.no_grad():
            given = encoder.eval()(input_ids=ids, output_hidden_states=True, return_dict=True)
        return torch.equal(given.hidden_states[-1], given.last_hidden_state)
    except Exception:  # some networks need other inputs and fail in their own ways; then nothing is known
        return False
