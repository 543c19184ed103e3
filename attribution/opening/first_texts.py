"""Lets a model read a few ordinary texts: what fails on all of them would otherwise fail on a reader's first one."""

from __future__ import annotations

from contextlib import suppress
from typing import NoReturn

import numpy as np

from ..classifiers import Text
from ..encoders.pauses import giving_way
from ..errors import AttributionError, CheckpointError, EmptyTextError, FidelityError
from ..opened_model import OpenedModel
from .failures import failures_told

_SHORT = "The committee met on Monday and did not agree."
_SCRIPTS = "Im März 2024 — 東京で会議。 Мы согласны! שלום, مرحبا, नमस्ते 😀👩‍🔬 №7 ½"
_LONG = " ".join(
    ("The report names three reasons for the delay, and the second of them is the weather.", "Nobody was surprised.")
    * 16
)
_UNBROKEN = "".join(filter(str.isalpha, _LONG))[:1500]
_SECOND = "Nobody was surprised by that."
_LABELS = ("agreement", "weather")


def try_model(model: OpenedModel) -> None:
    """Let a model read a short text, one in many scripts, and one of three hundred words, and predict.

    A word of 1500 letters is cut into tokens alone, which is where a pattern of the tokenizer may take forever.
    A text that this model cannot read is no failure of the model: one without words that it knows, or one that is too
    long for it. The short text has to be read, if the model finds any words in it.

    Raises:
        FidelityError: the network that would be explained predicts something else for the short text.
        UnsupportedModelError: how it reads a text cannot be followed.
        CheckpointError: it fails on a text, or predicts what is no number.
    """
    if model.open_labels:
        model = model.with_labels(_LABELS)
    for text, read in ((_SHORT, _read), (_UNBROKEN, _cut), (_SCRIPTS, _read), (_LONG, _read)):
        try:
            read((text, _SECOND) if model.takes_pair else text, model)
        except EmptyTextError:
            continue
        except AttributionError as error:
            if text == _SHORT or not (type(error) is AttributionError or isinstance(error, FidelityError)):
                raise


class _Enough(BaseException):
    """The text has been cut into tokens, and the network would read it now."""


def _cut(text: Text, model: OpenedModel) -> None:
    def stop() -> NoReturn:
        raise _Enough

    with giving_way(stop), suppress(_Enough), failures_told("The model cannot cut a text into tokens"):
        model.read(text)


def _read(text: Text, model: OpenedModel) -> None:
    with failures_told("The model cannot read an ordinary text"):
        prediction = model.read(text).prediction
        if not np.isfinite(prediction.probabilities).all():
            raise CheckpointError(
                "The model predicts what is no number for an ordinary text, so it cannot be explained."
            )
        model.check_fidelity(text, prediction)
