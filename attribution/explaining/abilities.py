"""What can be chosen of a method with a model, found by giving it a short text; and what a page tells of it."""

from __future__ import annotations

from itertools import islice

from ..classifiers import Text
from ..encoders import EncodedText
from ..model import asks_model
from ..opened_model import OpenedModel
from ..wording import quote, shorten

_SENTENCE = "It arrived on time and works well."
"""Any text does, as long as every model reads something of it."""

_MOST_PARAMETERS, _LONGEST_PARAMETER = 100, 500
"""Flair writes some twenty parameters; a card can hold any number, of any length."""


@asks_model
def offer_baselines(model: OpenedModel) -> tuple[str, ...]:
    """The baselines that a model can give, by the names that methods have for them.

    Raises:
        AttributionError: the model reads nothing of an ordinary sentence.
    """
    own = ["text"] if model.encoder.interchangeable else []
    deleting = [] if model.takes_pair or model.open_labels else ["delete"]
    return (*_read(model).baselines, "average", *own, *deleting)


@asks_model
def draw_modules(model: OpenedModel) -> str:
    """The tree of the network's modules, as torch writes it."""
    return str(model.classifier)


@asks_model
def tell_training(model: OpenedModel) -> dict[str, str]:
    """The training parameters in the model's card, the first hundred, each cut to what a table shows."""
    parameters = model.card.get("training_parameters")
    if not isinstance(parameters, dict):
        return {}
    return {_cut(name): _cut(value) for name, value in islice(parameters.items(), _MOST_PARAMETERS)}


def _cut(value: object) -> str:
    return shorten(value, _LONGEST_PARAMETER) if isinstance(value, str) else quote(value, _LONGEST_PARAMETER)


def _read(model: OpenedModel) -> EncodedText:
    text: Text = (_SENTENCE, _SENTENCE) if model.takes_pair else _SENTENCE
    return next(iter(model.read(text).encodings.values()))
