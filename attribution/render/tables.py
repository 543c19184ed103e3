"""Tables of words and labels, as pandas data frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import pandas as pd

from ..explanation import Explanation, Prediction
from .colours import PLAIN_BELOW
from .pieces import Unit, context, split


def tabulate_units(explanation: Explanation, *, unit: Unit = "word") -> pd.DataFrame:
    """Every word, or subword, with its attribution in logits, in the order of the text.

    Columns: the unit's name, attribution, rank, start, end, context; `subwords` for words, `special` for subwords.
    """
    rows = []
    for piece in split(explanation, unit):
        row: dict[str, object] = {
            unit: piece.text,
            "attribution": piece.attribution,
            "rank": piece.rank,
            "start": piece.start,
            "end": piece.end,
            "context": "" if piece.special else context(explanation.text, piece.start, piece.end),
        }
        if unit == "word":
            row["subwords"] = " ".join(text for text, _ in piece.subwords)
        else:
            row["special"] = piece.special
        rows.append(row)
    return pd.DataFrame(rows)


def tabulate_labels(prediction: Prediction) -> pd.DataFrame:
    """Every label in decoder order: index, label, probability, logit; threshold in multi-label models."""
    table = pd.DataFrame(
        {
            "index": range(len(prediction.labels)),
            "label": list(prediction.labels),
            "probability": prediction.probabilities,
            "logit": prediction.logits,
        }
    )
    if prediction.thresholds is not None:
        table["threshold"] = prediction.thresholds
    return table


def tabulate_side_by_side(explanations: Mapping[str, Explanation]) -> pd.DataFrame:
    """Every word with its attribution in each of several explanations of one text, by their names.

    Columns: word, the names, `depends`, context. `depends` is true where the sign depends on the explanation: the word
    is coloured for the label in one of them and against it in another.
    """
    first = next(iter(explanations.values()))
    words = first.words()
    table = pd.DataFrame({"word": [word.text for word in words]})
    for name, explanation in explanations.items():
        table[name] = [word.attribution for word in explanation.words()]
    table["depends"] = _changes_sign(table[list(explanations)])
    table["context"] = [context(first.text, word.start, word.end) for word in words]
    return table


def tabulate_forms(explanations: Mapping[str, Explanation]) -> pd.DataFrame:
    """Every word of several texts with the sum of its attributions in each, by the names of their explanations.

    Upper and lower case count as one. Columns: word, the names (NaN where a text lacks the word), `depends` as in
    `tabulate_side_by_side`, and for each name how many `times` the word is there.
    """
    spellings: dict[str, str] = {}
    sums: dict[str, dict[str, float]] = {name: {} for name in explanations}
    times: dict[str, Counter[str]] = {name: Counter() for name in explanations}
    for name, explanation in explanations.items():
        for word in explanation.words():
            form = word.text.lower()
            spellings.setdefault(form, word.text)
            sums[name][form] = sums[name].get(form, 0.0) + word.attribution
            times[name][form] += 1
    table = pd.DataFrame({"word": list(spellings.values())})
    for name in explanations:
        table[name] = pd.Series([sums[name].get(form) for form in spellings], dtype=float)
    table["depends"] = _changes_sign(table[list(explanations)])
    for name in explanations:
        table[f"{name}: times"] = [times[name][form] for form in spellings]
    return table


def is_one_text(explanations: Collection[Explanation]) -> bool:
    """Whether all have the same words in the same places, as `tabulate_side_by_side` requires."""
    return len({(one.texts, one.spans) for one in explanations}) == 1


SIDES = f"Words below {100 * PLAIN_BELOW:.0f} % of the strongest are on neither side."
"""Which words cannot change sides, in a sentence."""


def _changes_sign(values: pd.DataFrame) -> pd.Series:
    """Which rows are coloured for in one column and against in another; what is missing or next to zero is neither."""
    seen = values.where(values.abs() >= PLAIN_BELOW * values.abs().max())
    return (seen.max(axis=1) > 0) & (seen.min(axis=1) < 0)
