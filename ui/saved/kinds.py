"""The kinds of saved analyses: what each is called, how it is shown, and where it can be opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from attribution import Explanation
from attribution.ablation.trial import Trial
from attribution.ablation.what_if import Change
from attribution.report import Kind, Reported

from ..choices.settings import View
from ..shown.change import show_change
from ..shown.downloads import offer_change, offer_trial
from ..shown.explanation import show_details, show_text, show_trust, show_verdict
from ..shown.trial import say_measuring, show_curves, show_trial

if TYPE_CHECKING:
    from attribution.storage.analyses import Entry

NAMES: dict[Kind, str] = {"explanation": "Explanation", "what_if": "What if", "trust": "Trust"}
"""What a reader calls each kind: the name of its page."""

AGAIN: dict[Kind, tuple[str, str]] = {
    "explanation": ("Explain it again", "app.py"),
    "what_if": ("Open it in What if", "pages/what_if.py"),
    "trust": ("Open it in Trust", "pages/trust.py"),
}
"""The label of the button that opens a saved analysis again, and the page that it leads to."""


def show(reported: Reported, view: View, entry: Entry) -> None:
    """Draw a saved analysis as its report shows it, and its downloads."""
    match reported:
        case Change():
            show_change(reported, view)
            with st.container(horizontal=True, vertical_alignment="center", key="downloads"):
                offer_change(reported, view, entry)
        case Trial():
            st.caption(say_measuring(reported))
            show_trial(reported)
            show_curves(reported)
            with st.container(horizontal=True, vertical_alignment="center", key="downloads"):
                offer_trial(reported, entry)
        case Explanation():
            show_verdict(reported.prediction, reported.label)
            show_trust(reported)
            show_text(reported, view, st.empty())
            show_details(reported, view, entry=entry)
