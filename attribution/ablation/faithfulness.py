"""Whether an explanation shows what the model does: words are removed in its order, and the model is asked again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..classifiers import Text
from ..encoders.pauses import give_way
from ..errors import AttributionError
from ..explanation import Explanation, Floats
from ..model import asks_model
from ..opened_model import OpenedModel
from .measures import HOWS, SHARES, Faithfulness, How, Metric
from .without import delete_from, mask_words, predict_left

_Order = npt.NDArray[np.intp]
_LOG_ODDS_SHARE = 0.2
_HEADLINE_WORDS = 5
_BATCH_TOKENS = 4096  # tokens in one forward pass, which limits the memory that it takes

Progress = Callable[[float], None]
"""Called with the share of the work that is done."""


@asks_model
def measure_faithfulness(
    model: OpenedModel,
    text: Text,
    explanation: Explanation,
    *,
    how: How = "delete",
    orders: int = 20,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Faithfulness:
    """Ask the model again with words removed in the explanation's order, and in random orders.

    Args:
        model: the model that was explained.
        text: the text, or the pair, that was explained.
        explanation: gives label and order: the word that speaks most for the label comes first.
        how: `delete` takes words out of the part of the text that the model read, and reads it anew; `mask` replaces
            their embeddings by the mask token's, or by the padding token's or zeros if the model has no mask token.
        orders: how many random orders it is compared with.
        seed: the seed that these are drawn with.
        on_progress: called with the share of the work that is done.

    Raises:
        ValueError: an unknown `how`, or no orders.
        AttributionError: the explanation is of fewer than two words, or of a value that is no probability.
    """
    options: dict[str, Any] = {"how": how, "orders": orders, "seed": seed, "on_progress": on_progress}
    return compare_faithfulness(model, text, [explanation], **options)[0]


@asks_model
def compare_faithfulness(
    model: OpenedModel,
    text: Text,
    explanations: Sequence[Explanation],
    *,
    how: How = "delete",
    orders: int = 20,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> tuple[Faithfulness, ...]:
    """Measure several explanations of one label against the same random orders.

    Arguments and errors are those of `measure_faithfulness`.
    """
    if how not in HOWS or orders < 1:
        raise ValueError(f"Expected one of {', '.join(HOWS)} and at least one order, got {how!r} and {orders}.")
    count = len(explanations[0].spans)
    if count < 2:
        raise AttributionError("The text has one word only, so there are no words to compare.")
    if explanations[0].explains_value:
        raise AttributionError("Faithfulness is measured by a label's probability, but this model predicts a value.")
    asked = _Questions(model, text, explanations[0], how)
    own = [
        _Removal(asked, np.argsort([-word.attribution for word in explanation.words()], kind="stable"))
        for explanation in explanations
    ]
    random = [_Removal(asked, np.random.default_rng((seed, number)).permutation(count)) for number in range(orders)]
    for number, removal in enumerate([*own, *random]):
        removal.measure()
        if on_progress:
            on_progress((number + 1) / (len(own) + orders))
    return tuple(_judge(asked, removal, random, how) for removal in own)


def _judge(asked: _Questions, own: _Removal, random: Sequence[_Removal], how: How) -> Faithfulness:
    words = min(_HEADLINE_WORDS, len(own.order) - 1)
    return Faithfulness(
        how=how,
        comprehensiveness=_compare(own, random, lambda removal: removal.comprehensiveness, higher=True),
        sufficiency=_compare(own, random, lambda removal: removal.sufficiency, higher=False),
        log_odds=_compare(own, random, lambda removal: removal.log_odds, higher=False),
        shares=np.array([0, *own.counts]) / len(own.order),
        curves={
            "explanation": own.curve,
            "random": np.mean([removal.curve for removal in random], axis=0),
            "reverse": _Removal(asked, own.order[::-1]).curve,
        },
        words=words,
        probability=asked.whole,
        without_strongest=asked.without(own.order[:words]),
        without_random=float(np.mean([asked.without(removal.order[:words]) for removal in random])),
    )


def _compare(
    first: _Removal, others: Sequence[_Removal], metric: Callable[[_Removal], float], *, higher: bool
) -> Metric:
    return Metric(metric(first), np.array([metric(removal) for removal in others]), higher)


class _Removal:
    """One order of words, and the label's probability as they are removed."""

    def __init__(self, asked: _Questions, order: _Order) -> None:
        self._asked, self.order = asked, order
        self.counts = [max(1, round(share * len(order))) for share in SHARES]

    def measure(self) -> None:
        """Ask for all that the measures need at once, so that masked texts share passes."""
        self._asked.ask([frozenset(self.order[:count].tolist()) for count in self.counts])
        self._asked.ask([frozenset(self.order[count:].tolist()) for count in self.counts])

    @cached_property
    def curve(self) -> Floats:
        """The probability with none, then with each share of the first words removed."""
        return np.array([self._asked.whole, *(self._asked.without(self.order[:count]) for count in self.counts)])

    @property
    def comprehensiveness(self) -> float:
        return float(self._asked.whole - self.curve[1:].mean())

    @property
    def sufficiency(self) -> float:
        kept = [self._asked.without(self.order[count:]) for count in self.counts]
        return float(self._asked.whole - np.mean(kept))

    @property
    def log_odds(self) -> float:
        after = self.curve[1 + SHARES.index(_LOG_ODDS_SHARE)]
        return float(np.log(max(after, 1e-12)) - np.log(max(self._asked.whole, 1e-12)))


class _Questions:
    """The label's probability without some of the words; the model is asked once for each set."""

    def __init__(self, model: OpenedModel, text: Text, explanation: Explanation, how: How) -> None:
        self._model = model.with_labels([explanation.label]) if model.open_labels else model
        self._label, self._how = explanation.label, how
        self._encoded = self._model.read(text).encodings[explanation.label]
        self._explanation = replace(explanation, source=text)
        self._answers: dict[frozenset[int], float] = {}
        self.ask([frozenset()])

    @property
    def whole(self) -> float:
        """The label's probability with all words."""
        return self._answers[frozenset()]

    def without(self, words: _Order) -> float:
        """The label's probability without these words."""
        asked = frozenset(words.tolist())
        self.ask([asked])
        return self._answers[asked]

    def ask(self, sets: Sequence[frozenset[int]]) -> None:
        """Ask the model about those of the sets that it was not asked about before."""
        new = [words for words in dict.fromkeys(sets) if words not in self._answers]
        answer = self._delete if self._how == "delete" else self._mask
        self._answers.update(zip(new, answer(new), strict=True))

    def _delete(self, sets: Sequence[frozenset[int]]) -> list[float]:
        return [self._delete_one(words) for words in sets]

    def _delete_one(self, words: frozenset[int]) -> float:
        prediction = predict_left(self._model, delete_from(self._explanation, words))
        return self._mask([words])[0] if prediction is None else prediction.probability_of(self._label)

    def _mask(self, sets: Sequence[frozenset[int]]) -> list[float]:
        size = max(1, _BATCH_TOKENS // len(self._encoded.tokens))
        found: list[float] = []
        for start in range(0, len(sets), size):
            found += self._mask_batch(sets[start : start + size])
        return found

    def _mask_batch(self, sets: Sequence[frozenset[int]]) -> list[float]:
        give_way()
        with torch.no_grad():
            logits = self._model.encoder.logits(mask_words(self._encoded, sets), self._encoded)
        return [self._model.kind.probability(self._label, row) for row in logits.cpu().double()]
