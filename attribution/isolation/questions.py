"""What can be asked of a model in a process of its own: what is imported here, and what the model says of itself."""

from __future__ import annotations

from ..ablation import deciding_words, faithfulness, what_if
from ..classifiers import Text
from ..explaining import abilities, explain, lessons, long_texts
from ..explanation import Prediction
from ..model import QUESTIONS, ModelFacts, asks_model
from ..opened_model import OpenedModel

__all__ = ["QUESTIONS", "abilities", "deciding_words", "explain", "faithfulness", "lessons", "long_texts", "what_if"]


@asks_model
def predict(model: OpenedModel, text: Text) -> Prediction:
    """As `Model.predict`."""
    return model.predict(text)


@asks_model
def describe(model: OpenedModel) -> dict[str, object]:
    """As `Model.describe`."""
    return model.describe()


@asks_model
def tell_facts(model: OpenedModel) -> ModelFacts:
    """As `Model.facts`."""
    return model.facts
