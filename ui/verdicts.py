"""What the page Trust says of its measures, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from attribution import Explanation
from attribution.faithfulness import Faithfulness, Metric, correlate_ranks

from .labels import name_label

_ALIKE, _ALIKE_IN_PART = 0.8, 0.5
"""Rank correlations from which explanations are said to agree, or to agree in part."""


def show_evidence(metric: Metric) -> None:
    """A verdict in a sentence, with the size of the effect and how far it may be chance."""
    lead, low, high = (f"{value:.2f}".replace("-", "−") for value in (metric.lead, *metric.lead_interval))
    size = (
        f"as the strongest 1 to 50 % of them go, the probability falls by {lead} more in the mean than as random ones "
        f"go ({low} to {high} over 95 % of 20 random orders)."
    )
    if metric.evidence == "strong":
        st.success(f"**Strong evidence** that these words matter to the model: {size}", icon=":material/check_circle:")
    elif metric.evidence == "weak":
        st.info(f"**Weak evidence** that these words matter to the model: {size}", icon=":material/info:")
    else:
        st.warning(
            f"**No evidence** that these words matter more than others: {size} Another method or baseline may find "
            "words that do, or the model goes by no few words.",
            icon=":material/help:",
        )


def say_removal(found: Faithfulness, label: str) -> str:
    """What the strongest words do, in one sentence that needs no statistics."""
    verb = "Deleting" if found.how == "delete" else "Masking"
    words = f"{found.words} strongest words" if found.words > 1 else "strongest word"
    others = f"{found.words} random words" if found.words > 1 else "a random word"
    return (
        f"{verb} the {words} for :primary[{name_label(label)}] takes its probability from "
        f"{found.probability:.2f} to {found.without_strongest:.2f}; {verb.lower()} {others}, "
        f"to {found.without_random:.2f}."
    )


def say_agreement(explanations: Sequence[Explanation]) -> str:
    """How far the order of the words is the same from every baseline, in a sentence."""
    correlations = [correlate_ranks(explanations[0], one) for one in explanations[1:]]
    known = [one for one in correlations if one == one]
    if not known:
        return "No other baseline tells one word from another."
    lowest = f"{min(known):.2f}".replace("-", "−")
    if min(known) >= _ALIKE:
        return f"The baselines agree on which words matter: rank correlation with the first {lowest} or more."
    if min(known) >= _ALIKE_IN_PART:
        return f"The baselines agree in part on which words matter: rank correlation with the first down to {lowest}."
    return (
        f"Which words matter **depends on the baseline**: rank correlation with the first down to {lowest}. Go by the "
        "one that is most faithful."
    )
