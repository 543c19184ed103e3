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
        "How much probability goes with the strongest words: the mean over the strongest 1, 5, 10, 20 and 50 %. "
        "High is good. ERASER, DeYoung and others 2020.",
    ),
    "sufficiency": (
        "Sufficiency",
        "How much probability is missing when only the strongest words stay: the same mean. Low is good, and it can be "
        "negative. ERASER, DeYoung and others 2020.",
    ),
    "log_odds": (
        "Log-odds at 20 %",
        "The logarithm of the probability without the strongest 20 % of the words over the probability with them. "
        "Low is good. Shrikumar and others 2017.",
    ),
}
"""What each measure is called, and what it means."""

WAYS: dict[How, str] = dict(zip(HOWS, ("deleted from the text", "replaced by the mask, or padding"), strict=True))
"""How words are taken away."""


def say_evidence(metric: Metric) -> tuple[str, str]:
    """A verdict in a sentence, with the size of the effect and how far it may be chance: its first words, the rest."""
    lead, low, high = (format_signed(value).removeprefix("+") for value in (metric.lead, *metric.lead_interval))
    size = (
        f"as the strongest 1 to 50 % of them go, the probability falls by {lead} more in the mean than as random ones "
        f"go ({low} to {high} over 95 % of {len(metric.random)} random orders)."
    )
    if metric.evidence == "no":
        return "No evidence", (
            f" that these words matter more than others: {size} Another method or baseline may find words that do, or "
            "the model goes by no few words."
        )
    strong = f" From {MUCH:.2f} on it is called strong." if metric.evidence == "weak" else ""
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
    """What half of the words do, for few of a long text may do next to nothing."""
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
        f"On this text, {name(names[best])} is clearly more faithful than {name(names[0])}: its strongest words take "
        f"{values[best]:.2f} of the probability with them, those of the other {values[0]:.2f} (comprehensiveness)."
    )


def say_agreement(explanations: Sequence[Explanation]) -> str:
    """How far the order of the words is the same from every baseline, in a sentence."""
    correlations = [correlate_ranks(explanations[0], one) for one in explanations[1:]]
    known = [one for one in correlations if one == one]
    if not known:
        return "No other baseline tells one word from another."
    lowest = format_signed(min(known)).removeprefix("+")
    if min(known) >= _ALIKE:
        return f"The baselines agree on which words matter: rank correlation with the first {lowest} or more."
    if min(known) >= _ALIKE_IN_PART:
        return f"The baselines agree in part on which words matter: rank correlation with the first down to {lowest}."
    return (
        f"Which words matter depends on the baseline: rank correlation with the first down to {lowest}. Go by the "
        "one that is most faithful."
    )
