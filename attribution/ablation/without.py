"""A text without some of its words, and what the model says of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch

from ..classifiers import Text
from ..encoders import EncodedText
from ..errors import EmptyTextError
from ..explanation import Explanation, Prediction
from ..methods.words import replace_words
from ..opened_model import OpenedModel
from ..texts.tokens import delete_words


def find_read(explanation: Explanation) -> Text:
    """The part of the text, or of the pair, that the model read: the rest would move up when words are deleted."""
    source = explanation.source or explanation.text
    if isinstance(source, str):
        return source[: explanation.truncated_at]
    first, second = source
    if explanation.skipped is not None:
        first = first[: explanation.skipped.start]
    unread = 0 if explanation.truncated_at is None else len(explanation.text) - explanation.truncated_at
    # If nothing of the second text was read, it is kept whole, because the model needs two texts.
    return first, second[: len(second) - unread] if unread < len(second) else second


def delete_from(explanation: Explanation, words: Collection[int]) -> Text:
    """What the model read of the text, or of the pair, without some of the explanation's words."""
    read, spans = find_read(explanation), [explanation.spans[word] for word in words]
    if isinstance(read, str):
        return delete_words(read, [(span.start, span.end) for span in spans])
    border = len(explanation.text) - len(explanation.texts[1])
    return (
        delete_words(read[0], [(span.start, span.end) for span in spans if span.start < border]),
        delete_words(read[1], [(span.start - border, span.end - border) for span in spans if span.start >= border]),
    )


def predict_left(model: OpenedModel, left: Text) -> Prediction | None:
    """The prediction for what `delete_from` left; None if no word is left, or none in one text of a pair."""
    try:
        return model.predict(left)
    except EmptyTextError:
        return None


def mask_words(encoded: EncodedText, sets: Sequence[Collection[int]]) -> torch.Tensor:
    """[B, T, E]: the embeddings of a text with each of B sets of words masked.

    The words are replaced by the mask token, the padding token or zeros: the first of these that the model offers.
    """
    absent = torch.zeros(len(sets), len(encoded.spans), dtype=torch.bool)
    for row, words in enumerate(sets):
        absent[row, sorted(words)] = True
    stand_in = next(encoded.baselines[name] for name in ("mask", "pad", "zero") if name in encoded.baselines)
    return replace_words(encoded, absent, stand_in)
