"""How right an explanation is, and what of the text it does not tell of, in words."""

from __future__ import annotations

import math
from bisect import bisect_right

from ..errors import shorten
from ..explanation import Explanation
from ..segmentation import find_cuts

_BY_CHANCE = 2


def say_trust(explanation: Explanation) -> str:
    """How right the numbers are, in a sentence."""
    if explanation.cancelled:
        return "A preview: it was stopped before its end."
    if math.isnan(explanation.baseline_score):
        doubt = "" if explanation.converged else " Not converged: it needs more samples."
        return f"{explanation.method.title}: the words' numbers are no shares of the score.{doubt}"
    state = "Converged" if explanation.converged else "Not converged"
    return f"{state}: it {say_completeness(explanation)}, {explanation.evaluations} evaluations."


def say_completeness(explanation: Explanation) -> str:
    """How nearly the words' numbers add up to the difference of the scores, as in "accounts for 99.9 % of the score".

    Where that difference is next to nothing, a share of it tells nothing, and the miss itself is named.
    """
    name, unit = ("score", " logits") if explanation.prediction.value is None else ("value", "")
    missed = abs(explanation.relative_gap)
    if explanation.converged:
        if name == "value" or missed > 0.05:
            return f"accounts for the {name} within {max(abs(explanation.gap), 1e-4):.1g}{unit}"
        return f"accounts for {100 * (1 - missed):.1f} % of the score"
    if missed >= 10:
        return f"does not add up to the {name}"
    amount = f"{abs(explanation.gap):.1g}" if name == "value" else f"{100 * missed:.1f} %"
    return f"misses {amount} of the {name}"


def say_unread(explanation: Explanation) -> list[str]:
    """What the model did not read of the text, in a sentence for each stretch."""
    sentences = []
    if explanation.skipped is not None:
        count = explanation.skipped.end - explanation.skipped.start
        sentences.append(f"The model did not read the last {count:,} characters of the first text.")
    if explanation.truncated_at is not None:
        count = len(explanation.text) - explanation.truncated_at
        sentences.append(f"The model did not read the last {count:,} characters.")
    return sentences


def say_joined(explanation: Explanation) -> list[str]:
    """Where the model reads several words of a script without blanks in one piece, in a sentence; empty as a rule.

    Subwords that join two or three words by chance are not spoken of.
    """
    cuts = find_cuts(explanation.text)
    joined = []
    for token in explanation.tokens if cuts else ():
        if token.word is None:
            continue
        inside = bisect_right(cuts, token.end - 1) - bisect_right(cuts, token.start)
        whole = (token.start, token.end) == (explanation.spans[token.word].start, explanation.spans[token.word].end)
        if inside > _BY_CHANCE or (inside > 0 and whole):
            joined.append(explanation.text[token.start : token.end])
    if not joined:
        return []
    rest = f" and {len(joined) - 1:,} more" if len(joined) > 1 else ""
    return [
        f"The model itself reads “{shorten(joined[0], 24)}”{rest} as one piece each, so no word inside of it has a "
        "number of its own."
    ]
