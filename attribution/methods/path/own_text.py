"""A baseline that the reader writes."""

from __future__ import annotations

import torch
from torch import Tensor

from ...encoders import EncodedText, Encoder, TextEncoder
from ...errors import AttributionError, EmptyTextError, UnsupportedModelError


def lay_out_text(encoder: Encoder, encoded: EncodedText, text: str) -> Tensor:
    """[1, T, E]: the tokens of another text in the places of this one's, then padding; special tokens stay.

    A text that is longer is cut off.

    Raises:
        AttributionError: the text is empty.
        UnsupportedModelError: the model is not a transformer that reads one text.
    """
    if not isinstance(encoder, TextEncoder) or not encoder.interchangeable:
        raise UnsupportedModelError(
            "The vectors of this model's words cannot take each other's places, so no text can be its baseline. "
            "Choose another baseline."
        )
    try:
        other = encoder.encode(text)
    except EmptyTextError as error:
        raise AttributionError("The baseline's own text is empty. Write at least one word.") from error
    start = encoded.baselines.get("pad", encoded.baselines["zero"]).clone()
    places = _text_places(encoded)
    vectors = other.embedded[0, _text_places(other)][: len(places)]
    start[0, places[: len(vectors)]] = vectors
    return start


def _text_places(encoded: EncodedText) -> Tensor:
    return torch.tensor([place for place, token in enumerate(encoded.tokens) if not token.special])
