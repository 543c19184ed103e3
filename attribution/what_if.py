"""What would have changed the model's mind: every claim is a text that the model was asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .errors import AttributionError, EmptyTextError
from .explanation import Explanation, Prediction
from .faithfulness import delete_words
from .model import Model

Progress = Callable[[float], None]
"""Called with the share of the work that is done, at most."""


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


def find_strongest_removal(
    model: Model, explanation: Explanation, *, on_progress: Progress | None = None
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


def find_flip(
    model: Model, explanation: Explanation, *, most: int = 30, on_progress: Progress | None = None
) -> Removal | None:
    """A small set of words without which the model files the text otherwise.

    Words go in the order of the attributions, the strongest for the label first where the text has it now, the
    strongest against it where it has not, until the label's assignment changes. Then each is put back if it changes
    without it as well, the weakest first, until none is. So no single word of the set can be spared; a smaller set of
    other words may exist.

    Args:
        model: the model that was explained.
        explanation: gives the label and the order.
        most: at most so many words are taken.
        on_progress: called with the share of the work that is done, at most.

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
    sign = 1 if has_it else -1
    ranked = sorted(
        (index for index, word in enumerate(explanation.words()) if sign * word.attribution > 0),
        key=lambda index: -sign * explanation.words()[index].attribution,
    )[:most]

    def flips(words: Sequence[int]) -> Removal | None:
        removal = asked.without(tuple(words))
        return removal if removal is not None and (label in removal.prediction.assigned) != has_it else None

    for count in range(1, len(ranked) + 1):
        if on_progress:
            on_progress(count / len(ranked))
        if (found := flips(ranked[:count])) is not None:
            return _prune(found, ranked[:count], flips)
    return None


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
    """What the model says of a text without some of its words."""

    def __init__(self, model: Model, explanation: Explanation) -> None:
        if len(explanation.texts) != 1 or explanation.prediction.value is not None:
            raise AttributionError("What would change the model's mind is told for labels of single texts only.")
        self._model = model.with_labels([explanation.label]) if model.open_labels else model
        self._label = explanation.label
        # What was not read would move up into the place of what is deleted.
        self._text = explanation.text[: explanation.truncated_at]
        self._spans = [(span.start, span.end) for span in explanation.spans]
        self._before = explanation.prediction.probability_of(explanation.label)

    def without(self, words: tuple[int, ...]) -> Removal | None:
        """None where no word would be left."""
        text = delete_words(self._text, [self._spans[word] for word in words])
        try:
            prediction = self._model.predict(text)
        except EmptyTextError:
            return None
        return Removal(tuple(sorted(words)), text, prediction, prediction.probability_of(self._label), self._before)
