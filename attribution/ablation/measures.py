"""Measures of how faithful an explanation is, and comparisons of several explanations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.stats import spearmanr

from ..explanation import Explanation, Floats

How = Literal["delete", "mask"]
Evidence = Literal["strong", "weak", "no"]
HOWS: tuple[How, ...] = get_args(How)

SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
"""The shares of words over which ERASER averages."""

CLEARLY, MUCH = 0.05, 0.2
"""The comprehensiveness by which one explanation is clearly more faithful than another, or much more: a convention.
On four texts, explanations that differ by less than the first cannot be told apart (`benchmarks/RESULTS.md`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """A measure of one order of words, and the same measure of random orders.

    Attributes:
        value: of the explanation's order.
        random: float64 [R], of R random orders.
        higher_is_better: whether a faithful order has a high value.
    """

    value: float
    random: Floats
    higher_is_better: bool

    @property
    def percentile(self) -> float:
        """The share of random orders that are less faithful, 0 to 1; a tie counts half."""
        return float(((self._leads > 0) + 0.5 * (self._leads == 0)).mean())

    @property
    def lead(self) -> float:
        """How much more faithful than random orders on average, in the units of the value."""
        return float(self._leads.mean())

    @property
    def lead_interval(self) -> tuple[float, float]:
        """The middle 95 % of the leads over single random orders."""
        low, high = np.quantile(self._leads, [0.025, 0.975])
        return float(low), float(high)

    @property
    def evidence(self) -> Evidence:
        """What a lead in comprehensiveness says: its size counts, and not how many random orders it beats."""
        low, _ = self.lead_interval
        if self.lead >= MUCH and low > CLEARLY:
            return "strong"
        return "weak" if self.lead > CLEARLY and low > 0 else "no"

    @property
    def _leads(self) -> Floats:
        return (self.value - self.random) * (1 if self.higher_is_better else -1)


@dataclass(frozen=True, slots=True, eq=False)
class Faithfulness:
    """How the label's probability p responds to the removal of words in an explanation's order.

    Attributes:
        how: whether words are deleted from the text or replaced by the mask token.
        comprehensiveness: mean of p(text) - p(text without the first k of its words) over the shares k of `SHARES`:
            the area over the perturbation curve. DeYoung and others 2020 (ERASER), https://arxiv.org/abs/1911.03429;
            their sum over five shares is divided by six, because k = 0 counts as well.
        sufficiency: mean of p(text) - p(the first k of its words alone), likewise; low is good.
        log_odds: log of p(text without the first 20 %) / p(text); low is good. Shrikumar, Greenside and Kundaje 2017,
            https://arxiv.org/abs/1704.02685, as for texts in Sanyal and Ren 2021, https://arxiv.org/abs/2108.13654.
        shares: float64 [S], shares of words removed, from 0; at least one word is, so in short texts they are larger
            than those of `SHARES`.
        curves: p at each share, [S]: "explanation", "random" (the mean of all random orders) and "reverse".
        words: how many words the headline is about.
        probability: p(text).
        without_strongest: p without that many of the strongest words.
        without_random: the mean p without that many random words.
    """

    how: How
    comprehensiveness: Metric
    sufficiency: Metric
    log_odds: Metric
    shares: Floats
    curves: dict[str, Floats]
    words: int
    probability: float
    without_strongest: float
    without_random: float


def find_clearly_best(measured: Sequence[Faithfulness]) -> int | None:
    """The index of the explanation that beats the first by more than `CLEARLY` in comprehensiveness, else None."""
    values = [one.comprehensiveness.value for one in measured]
    best = max(range(len(values)), key=values.__getitem__)
    return best if values[best] - values[0] > CLEARLY else None


def correlate_ranks(first: Explanation, second: Explanation) -> float:
    """Spearman's rank correlation of two explanations' words, by absolute size where one of the methods has no sign.

    NaN where one of them gives all words the same attribution.
    """
    values = [[word.attribution for word in explanation.words()] for explanation in (first, second)]
    if not (first.method.signed and second.method.signed):
        values = [[abs(value) for value in one] for one in values]
    if any(len(set(one)) < 2 for one in values):
        return float("nan")
    return float(spearmanr(*values).statistic)
