"""The words that decide: the one that moves a label most, or the few without which the label's assignment changes."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from attribution import Explanation, Model
from attribution.ablation.deciding_words import (
    Finding,
    Progress,
    Removal,
    Search,
    find_flip,
    find_strongest_removal,
    rank_for_flip,
)
from attribution.methods import Method
from attribution.render import format_share

from ..computed import explain_together, keep
from ..shown.change import say_found
from ..wording import name_label
from .copy import set_copy

_ASKED = "_what_if_asked"
_MOST = 30
_ICONS = {"word": ":material/search:", "flip": ":material/flip:"}
_FINDERS: dict[Search, Callable[[Model, Explanation, Progress], Removal | None]] = {
    "word": lambda model, explanation, show: find_strongest_removal(model, explanation, on_progress=show),
    "flip": lambda model, explanation, show: find_flip(model, explanation, most=_MOST, on_progress=show),
}


def find_changes(model: Model, text: str, label: str, method: Method) -> Finding | None:
    """Look for the word that moves the label most, or for a small set of words that decides it, when asked to.

    A result stays as long as text, label, model and method do; None where nothing was asked for or found.
    """
    with st.container(horizontal=True, key="find_actions"):
        one = st.button("Which word moves it most?", key="find_word", icon=":material/search:")
        some = st.button("Which words decide it?", key="find_flip", icon=":material/flip:")
    asked = (model.identity, model.labels, text, label, method)
    if one or some:
        st.session_state[_ASKED] = (asked, "word" if one else "flip")
    if st.session_state.get(_ASKED, (None,))[0] != asked:
        return None
    (explanation,) = explain_together(model, text, [label], method)
    search: Search = st.session_state[_ASKED][1]
    removal = _search(search, asked, lambda show: _FINDERS[search](model, explanation, show))
    if removal is None:
        _say_nothing(search, explanation)
        return None
    found = Finding(search, removal)
    st.success(say_found(found, explanation), icon=_ICONS[search])
    _offer(removal, explanation)
    return found


def _search(
    name: str, asked: tuple[object, ...], find: Callable[[Callable[[float], None]], Removal | None]
) -> Removal | None:
    """The result of a search, from the cache or computed now with its progress shown."""

    def compute() -> tuple[Removal | None]:
        place = st.empty()

        def show(done: float) -> None:
            place.progress(done, f"Asking the model without some words: {format_share(done)}")

        found = find(show)
        place.empty()
        return (found,)

    return keep(("what if", name, *asked), compute)[0]


def _say_nothing(search: Search, explanation: Explanation) -> None:
    if search == "word":
        st.info("The text has one word only.", icon=":material/info:")
    else:
        st.info(_say_none(explanation), icon=":material/search_off:")


def _say_none(explanation: Explanation) -> str:
    """Say which words were removed without changing whether the text gets this label."""
    has_it, label = explanation.label in explanation.prediction.assigned, name_label(explanation.label)
    tried, side = min(_MOST, len(rank_for_flip(explanation))), "for" if has_it else "against"
    if not tried:
        return f"Nothing was tried: {explanation.method.title} found no word {side} {label}."
    gone = (
        f"without the one word {side} it"
        if tried == 1
        else f"however many of the {tried} strongest words {side} it are removed"
    )
    return f"Nothing was found: the model {'still' if has_it else 'never'} files the text under {label}, {gone}."


def _offer(found: Removal, explanation: Explanation) -> None:
    st.button(
        "See it in the copy",
        key="take_found",
        icon=":material/content_paste:",
        on_click=set_copy,
        args=(explanation.text[: explanation.truncated_at], found.words),
    )
