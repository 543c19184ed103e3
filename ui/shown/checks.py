"""The checks of an explanation that come before the question of whether it is faithful."""

from __future__ import annotations

import math

import streamlit as st

from attribution import Explanation


def show_gates(explanation: Explanation) -> None:
    """A table of checks, with their outcomes and meanings."""
    st.markdown("### What was checked before")
    read_as = explanation.model.read_as
    fidelity = (
        (
            f"read as {read_as} did",
            "Today's library may predict differently; the text is read as it was when the model was saved.",
        )
        if read_as
        else ("agrees to 0.00001", "The network explained here gives every label the library's own probability.")
    )
    checks = {
        "Fidelity": fidelity,
        "Convergence": (
            "as exact as asked for" if explanation.converged else "not converged",
            "Whether more points or samples are needed by the method's own settings.",
        ),
        "Evaluations": (
            str(explanation.evaluations),
            "Gradients of the model that were computed, or forward passes by methods without gradients.",
        ),
    }
    if not math.isnan(explanation.baseline_score):
        checks["Sum"] = (
            f"misses {100 * abs(explanation.relative_gap):.2f} %",
            "The attributions should add up to what the score gained from the baseline to the text.",
        )
    st.dataframe(
        {
            "check": list(checks),
            "outcome": [outcome for outcome, _ in checks.values()],
            "meaning": [meaning for _, meaning in checks.values()],
        },
        key="gates",
        hide_index=True,
    )
