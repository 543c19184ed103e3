"""Why one label rather than another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import AttributionError
from ..explanation import Explanation, Floats
from ..wording import shorten

_ENOUGH, _FLOOR = 0.01, 0.02


def contrast(first: Explanation, second: Explanation) -> Explanation:
    """The words that speak for one label rather than for another.

    Attributions are linear in the score (Sundararajan, Taly and Yan 2017, section 3.4), so those of the difference of
    two scores are the difference of theirs, and what all labels share cancels out. It has converged if both have, and
    if its gap is at most 1 % of what it should add up to, or 0.02 logits.

    Args:
        first: an explanation of the label that words are to speak for.
        second: one of another label, of the same text by the same model and method.

    Returns:
        An explanation of `first.label`, with `rather_than` set.

    Raises:
        AttributionError: the two differ in text, model or method, or the method is not linear; or the label is part of
            the input, and the model reads less of the text with one label than with the other.
    """
    if (first.model, first.texts, first.method) != (second.model, second.texts, second.method):
        raise AttributionError("A contrast needs two labels on the same text, by the same model and method.")
    if not first.method.linear:
        raise AttributionError(
            f"{first.method.title} is not linear in the score, so two of its explanations cannot be subtracted. "
            "Choose another method."
        )
    found = replace(
        first,
        attributions=_subtract(first, second),
        score=first.score - second.score,
        baseline_score=first.baseline_score - second.baseline_score,
        evaluations=max(first.evaluations, second.evaluations),
        learned_from=max(first.learned_from, second.learned_from),
        precision=first.precision if first.precision == second.precision else "bfloat16",
        cancelled=first.cancelled or second.cancelled,
        rather_than=second.label,
    )
    near = not abs(found.gap) > max(_FLOOR, _ENOUGH * abs(found.score - found.baseline_score))
    return replace(found, converged=first.converged and second.converged and near)


def _subtract(first: Explanation, second: Explanation) -> Floats:
    """[T], for the tokens of the first. Tokens of a label that is read before the text get 0."""
    if first.tokens == second.tokens:
        return first.attributions - second.attributions
    read = [np.array([not token.special for token in one.tokens]) for one in (first, second)]
    of_text = [[token for token in one.tokens if not token.special] for one in (first, second)]
    if first.spans != second.spans or of_text[0] != of_text[1]:
        raise AttributionError(
            f"After {shorten(first.label)!r} and {shorten(second.label)!r} the model reads different parts of this "
            "long text, so the two cannot be subtracted. Choose a shorter text."
        )
    values = np.zeros(len(first.tokens))
    values[read[0]] = first.attributions[read[0]] - second.attributions[read[1]]
    return values
