"""Checks what came out of a checkpoint before Flair builds anything from it.

Flair and transformers follow what a state says: they download encoders and tokenizers by name, read files by path,
and fetch code where a configuration asks for it. So only known settings are passed on to them, in a new dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...errors import CheckpointError
from ..legacy import unwrap_state
from ..pickles.checkpoint import Checkpoint
from .models.naming import find_kind
from .models.states import Vetted, vet_classifier, vet_pair, vet_pair_regressor, vet_regressor, vet_tars

__all__ = ["Vetted", "vet"]

_KINDS = {
    "TARSClassifier": vet_tars,
    "TextClassifier": vet_classifier,
    "TextPairClassifier": vet_pair,
    "TextPairRegressor": vet_pair_regressor,
    "TextRegressor": vet_regressor,
}


def vet(checkpoint: Checkpoint, tokenizer: str | Path | None = None) -> Vetted:
    """Check a checkpoint's state; `tokenizer` is where to look for one that the file does not hold.

    Raises:
        UnsupportedModelError: another kind of Flair model, or embeddings that are not explained here.
        UnsafeCheckpointError: something that would be downloaded, read from the local disk or run.
        TokenizerMissingError: the file holds no tokenizer.
        CheckpointError: it is not a Flair model, or parts of it are missing or malformed.
    """
    state = unwrap_state(checkpoint.state)
    if not isinstance(state, Mapping):
        raise CheckpointError(
            f"Expected the dictionary that Flair's save() writes, got {type(state).__name__}. "
            "Upload the .pt file of a Flair text classifier."
        )
    return _KINDS[find_kind(state)](state, tokenizer)
