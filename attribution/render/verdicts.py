"""What measures of faithfulness say, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ablation.measures import HOWS, MUCH, Faithfulness, How, Metric, correlate_ranks, find_clearly_best
from ..explanation import Explanation
from .numbers import format_share, format_signed

_ALIKE, _ALIKE_IN_PART = 0.8, 0.5
"""Rank correlations from which explanations are said to agree, or to agree in part."""

MEASURES = {
    "comprehensiveness": (
        "Comprehensiveness",
        "How far the probability falls without the strongest words: the mean over the strongest 1, 5, 10, 20 and 50 %. "
        "High is good. ERASER, DeYoung and others 2020.",
    ),
    "sufficiency": (
        "Sufficiency",
        "How far the probability falls when only the strongest words stay: the same mean. Low is good, and it can be "
        "negative. ERASER, DeYoung and others 2020.",
    ),
    "log_odds": (
        "Log-odds at 20 %",
        "The logarithm of the probability without the strongest 20 % of the words over the probability with them. "
        "Low is good. Shrikumar and others 2017.",
    ),
}
"""The title of each measure, and what it means."""

WAYS: dict[How, str] = dict(zip(HOWS, ("deleted from the text", "replaced by the mask or padding token"), strict=True))
"""What each way of removing words is called."""


def say_evidence(metric: Metric) -> tuple[str, str]:
    """A verdict in a sentence, with the size of the effect and how far it may be chance: its opening, and the rest."""
    lead, low, high = (format_signed(value).removeprefix("+") for value in (metric.lead, *metric.lead_interval))
    size = (
        f"without the strongest 1 to 50 % of them, the probability falls by {lead} more on average than without as "
        f"many random ones ({low} to {high} over 95 % of {len(metric.random)} random orders)."
    )
    if metric.evidence == "no":
        return "No evidence", (
            f" that these words matter more than others: {size} Another method or baseline may find words that do, or "
            "the model may not rely on just a few words."
        )
    strong = f" Evidence counts as strong from {MUCH:.2f} on." if metric.evidence == "weak" else ""
    return f"{metric.evidence.title()} evidence", f" that these words matter to the model: {size}{strong}"


def say_removal(found: Faithfulness, label: str, *, name: Callable[[str], str] = str) -> str:
    """What the strongest words do, in one sentence that needs no statistics."""
    verb = "Deleting" if found.how == "delete" else "Masking"
    words = f"{found.words} strongest words" if found.words > 1 else "strongest word"
    others = f"{found.words} random words" if found.words > 1 else "a random word"
    return (
        f"{verb} the {words} for {name(label)} takes its probability from "
        f"{found.probability:.2f} to {found.without_strongest:.2f}; {verb.lower()} {others}, "
        f"to {found.without_random:.2f}."
    )


def say_half(found: Faithfulness) -> str:
    """What half of the words do, because a few words of a long text may hardly matter."""
    verb = "Deleting" if found.how == "delete" else "Masking"
    half, random = float(found.curves["explanation"][-1]), float(found.curves["random"][-1])
    share = format_share(float(found.shares[-1]))
    went = f"from {found.probability:.2f} to {half:.2f}"
    return f"{verb} the strongest {share} of the words takes it {went}; as many random ones, to {random:.2f}."


def say_best(names: Sequence[str], measured: Sequence[Faithfulness], *, name: Callable[[str], str] = str) -> str:
    """Which of several explanations is clearly more faithful than the first, or that none is, in a sentence."""
    best = find_clearly_best(measured)
    if best is None:
        return f"On this text, none of the others is clearly more faithful than {name(names[0])}."
    values = [one.comprehensiveness.value for one in measured]
    return (
        f"On this text, {name(names[best])} is clearly more faithful than {name(names[0])}: without its strongest "
        f"words the probability falls by {values[best]:.2f} on average, without those of the other by {values[0]:.2f} "
        "(comprehensiveness)."
    )


def say_agreement(explanations: Sequence[Explanation]) -> str:
    """How far the order of the words is the same from every baseline, in a sentence."""
    correlations = [correlate_ranks(explanations[0], one) for one in explanations[1:]]
    known = [one for one in correlations if one == one]
    if not known:
        return "The baselines cannot be compared: the first, or every other one, gives all words the same attribution."
    lowest = format_signed(min(known)).removeprefix("+")
    if min(known) >= _ALIKE:
        return f"The baselines agree on which words matter: rank correlation with the first {lowest} or more."
    if min(known) >= _ALIKE_IN_PART:
        return f"The baselines agree in part on which words matter: rank correlation with the first down to {lowest}."
    return (
        f"Which words matter depends on the baseline: rank correlation with the first down to {lowest}. Use "
        "the one that is most faithful."
    )
