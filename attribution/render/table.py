"""Tables of words and labels, as pandas data frames."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..explanation import Explanation, Prediction
from .units import PLAIN_BELOW, Unit, context, split


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

    Columns: word, the names, `depends`, context. `depends` says that the sign does: the word is coloured for the label
    in one of them and against it in another.
    """
    first = next(iter(explanations.values()))
    words = first.words()
    table = pd.DataFrame({"word": [word.text for word in words]})
    signs = []
    for name, explanation in explanations.items():
        values = np.array([word.attribution for word in explanation.words()])
        table[name] = values
        seen = np.abs(values) >= PLAIN_BELOW * (np.abs(values).max() or 1.0)
        signs.append(np.sign(values) * seen)
    table["depends"] = np.logical_and(np.max(signs, axis=0) > 0, np.min(signs, axis=0) < 0)
    table["context"] = [context(first.text, word.start, word.end) for word in words]
    return table
