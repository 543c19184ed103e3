"""Words that decide: the one that moves a label most, or a small set without which its assignment changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from ..errors import AttributionError
from ..explanation import Explanation, Prediction
from ..model import asks_model
from ..opened_model import OpenedModel
from .without import delete_from, predict_left

Progress = Callable[[float], None]
"""Called with the share done of the most work that may be needed, up to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Removal:
    """A text without some of its words, and what the model says of it.

    Attributes:
        words: their indices in `Explanation.words()`, in the order of the text.
        text: what is left.
        prediction: what the model says of it.
        probability: of the explained label.
        before: the same, of the whole text.
    """

    words: tuple[int, ...]
    text: str
    prediction: Prediction
    probability: float
    before: float


Search = Literal["word", "flip"]
"""What is looked for: the word that moves a label most, or a small set of words that decides it."""


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What `find_strongest_removal` or `find_flip` found of the explained text."""

    search: Search
    removal: Removal


@asks_model
def find_strongest_removal(
    model: OpenedModel, explanation: Explanation, *, on_progress: Progress | None = None
) -> Removal | None:
    """The one word whose deletion moves the label's probability most, up or down; None where there is one word only.

    Every word is deleted in turn and the model asked: as many predictions as there are words.

    Raises:
        AttributionError: the explanation is of a pair of texts, or of a value.
    """
    asked = _Asked(model, explanation)
    count = len(explanation.spans)
    found: list[Removal] = []
    for word in range(count):
        if (removal := asked.without((word,))) is not None:
            found.append(removal)
        if on_progress:
            on_progress((word + 1) / count)
    return max(found, key=lambda removal: abs(removal.probability - removal.before), default=None)


@asks_model
def find_flip(
    model: OpenedModel, explanation: Explanation, *, most: int = 30, on_progress: Progress | None = None
) -> Removal | None:
    """A small set of words without which the label's assignment changes.

    Words are removed in the order of their attributions, until the label's assignment changes: the strongest for the
    label first if the text has it now, otherwise the strongest against it. Then words that are not needed for the
    change are put back, the weakest first, until every one is needed. A smaller set of other words may exist.

    Args:
        model: the model that was explained.
        explanation: gives the label and the order.
        most: how many words may be taken away at most.
        on_progress: called with the share done of the most work that may be needed.

    Returns:
        The set, or None where none was found among the first `most` words.

    Raises:
        ValueError: `most` is below 1.
        AttributionError: the explanation is of a pair of texts, or of a value.
    """
    if most < 1:
        raise ValueError(f"Expected at least one word, got {most}.")
    asked = _Asked(model, explanation)
    label, has_it = explanation.label, explanation.label in explanation.prediction.assigned
    ranked = rank_for_flip(explanation)[:most]

    def flips(words: Sequence[int]) -> Removal | None:
        removal = asked.without(tuple(words))
        return removal if removal is not None and (label in removal.prediction.assigned) != has_it else None

    for count in range(1, len(ranked) + 1):
        if on_progress:
            on_progress(count / len(ranked))
        if (found := flips(ranked[:count])) is not None:
            return _prune(found, ranked[:count], flips)
    return None


def rank_for_flip(explanation: Explanation) -> list[int]:
    """The words in the order in which `find_flip` takes them, the strongest first.

    They are the words for the label if the text has it, else those against it; an unsigned method has none against.
    """
    sign = 1 if explanation.label in explanation.prediction.assigned else -1
    strengths = [sign * word.attribution for word in explanation.words()]
    return sorted((index for index, one in enumerate(strengths) if one > 0), key=lambda index: -strengths[index])


def _prune(found: Removal, words: list[int], flips: Callable[[Sequence[int]], Removal | None]) -> Removal:
    kept = list(words)
    changed = True
    while changed:
        changed = False
        for word in reversed(kept):
            fewer = [one for one in kept if one != word]
            if fewer and (smaller := flips(fewer)) is not None:
                kept, found, changed = fewer, smaller, True
    return found


class _Asked:
    """Asks the model about a text without some of its words."""

    def __init__(self, model: OpenedModel, explanation: Explanation) -> None:
        if len(explanation.texts) != 1 or explanation.explains_value:
            raise AttributionError("Words that would change the prediction are only found for labels of single texts.")
        self._model = model.with_labels(explanation.prediction.labels) if model.open_labels else model
        self._label = explanation.label
        self._explanation = explanation
        self._before = explanation.prediction.probability_of(explanation.label)

    def without(self, words: tuple[int, ...]) -> Removal | None:
        """None where no word would be left."""
        text = cast(str, delete_from(self._explanation, words))  # pairs are refused in __init__
        if (prediction := predict_left(self._model, text)) is None:
            return None
        return Removal(tuple(sorted(words)), text, prediction, prediction.probability_of(self._label), self._before)
