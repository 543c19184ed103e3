"""Why one label rather than another."""

from __future__ import annotations

from dataclasses import replace

from .errors import AttributionError
from .explanation import Explanation

_ENOUGH, _FLOOR = 0.01, 0.02


def contrast(first: Explanation, second: Explanation) -> Explanation:
    """The words that speak for one label rather than for another.

    Attributions are linear in the score (Sundararajan, Taly and Yan 2017, section 3.4), so those of the difference of
    two scores are the difference of theirs, and what all labels share cancels out. It has converged where both
    have, and where it misses at most 1 % of the difference of the two, or 0.02 logits.

    Args:
        first: an explanation of the label that words are to speak for.
        second: one of another label, of the same text by the same model and method.

    Returns:
        An explanation of `first.label`, with `rather_than` set.

    Raises:
        AttributionError: the two are not of the same, or the method is not linear.
    """
    if (first.model, first.texts, first.method) != (second.model, second.texts, second.method):
        raise AttributionError("A contrast is of two labels on one text, by one model and one method.")
    if not first.method.linear:
        raise AttributionError(
            f"{first.method.title} is not linear in the score, so two of its explanations have no difference. "
            "Choose another method."
        )
    found = replace(
        first,
        attributions=first.attributions - second.attributions,
        score=first.score - second.score,
        baseline_score=first.baseline_score - second.baseline_score,
        evaluations=max(first.evaluations, second.evaluations),
        cancelled=first.cancelled or second.cancelled,
        rather_than=second.label,
    )
    near = not abs(found.gap) > max(_FLOOR, _ENOUGH * abs(found.score - found.baseline_score))
    return replace(found, converged=first.converged and second.converged and near)
