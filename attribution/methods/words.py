"""Which tokens a word is made of, for methods that remove whole words instead of tokens."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..encoders import EncodedText
from ..explanation import Floats


def words_of(encoded: EncodedText) -> Tensor:
    """Which tokens each word is made of, as bool [W, T]; special tokens belong to none."""
    return (_owners(encoded) == torch.arange(len(encoded.spans))[:, None]).to(encoded.embedded.device)


def replace_words(encoded: EncodedText, absent: Tensor, stand_in: Tensor) -> Tensor:
    """[B, T, E]: the embeddings with `stand_in` [1, T, E] in place of each of B sets of words.

    `absent` is bool [B, W], true for each word that is replaced.
    """
    members = words_of(encoded).float()
    tokens = absent.to(members.device, members.dtype) @ members > 0  # [B, T]
    return torch.where(tokens[..., None], stand_in, encoded.embedded)


def spread_over_tokens(values: Floats, encoded: EncodedText) -> Floats:
    """The values of words [W], shared evenly among the tokens of each: [T]. A word without tokens loses its value."""
    owners = _owners(encoded).numpy()
    counts = np.bincount(owners[owners >= 0], minlength=len(values))
    spread: Floats = np.where(owners >= 0, (values / counts.clip(min=1))[owners], 0.0)
    return spread


def _owners(encoded: EncodedText) -> Tensor:
    """The word of each token [T], -1 for special ones."""
    return torch.tensor([-1 if token.word is None else token.word for token in encoded.tokens])
