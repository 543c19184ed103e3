"""The columns and heights of the tables of a run's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

_ROW, _HEAD = 35, 38
_STRONGEST = (
    "Share of its documents in which it is one of the 5 strongest words, for or against. The 95 % interval follows."
)
_SAME_SIGN = "Share of its documents in which it has the sign of its sum. The 95 % interval follows."


def logits(title: str | None = None, meaning: str | None = None) -> Any:
    """A column of logits, to three significant digits, so that small values are not shown as zero."""
    return st.column_config.NumberColumn(title, format="%+.3g", help=meaning)


def share(title: str, meaning: str | None = None) -> Any:
    """A column of shares."""
    return st.column_config.NumberColumn(title, format="percent", help=meaning)


MEANS: Mapping[str, Any] = {
    "mean": logits(meaning="Of one occurrence, in logits. The 95 % interval follows."),
    "mean_low": logits("from"),
    "mean_high": logits("to"),
    "top": share("of the 5 strongest", _STRONGEST),
    "top_low": share("from"),
    "top_high": share("to"),
    "consistency": share("same sign", _SAME_SIGN),
    "consistency_low": share("from"),
    "consistency_high": share("to"),
}
"""The columns of `rank_words` that describe a word's occurrences and documents."""


def fit_height(table: pd.DataFrame, most: int) -> int:
    """The height of a table in pixels: what its rows take, and at most `most`."""
    return min(_HEAD + _ROW * len(table), most)
