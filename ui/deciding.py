"""The words that decide: one that moves a label most, or the few without which the model files the text otherwise."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from attribution import Explanation, Model
from attribution.methods import Method
from attribution.render import format_share
from attribution.what_if import Removal, find_flip, find_strongest_removal, rank_for_flip

from .labels import isolate, name_label, shorten
from .markdown import escape
from .results import explain_together, keep
from .what_if import set_copy

_ASKED = "_what_if_asked"
_MOST = 30


def find_changes(model: Model, text: str, label: str, method: Method) -> None:
    """Look for the word that moves the label most, or for a small set of words that decides it, when asked to."""
    with st.container(horizontal=True, key="find_actions"):
        one = st.button("Which word moves it most?", key="find_word", icon=":material/search:")
        some = st.button("Which words decide it?", key="find_flip", icon=":material/flip:")
    asked = (model.identity, model.labels, text, label, method)
    if one or some:
        st.session_state[_ASKED] = (asked, "word" if one else "flip")
    if st.session_state.get(_ASKED, (None,))[0] != asked:
        return
    (explanation,) = explain_together(model, text, [label], method)
    if st.session_state[_ASKED][1] == "word":
        _show_word(
            _search("word", asked, lambda show: find_strongest_removal(model, explanation, on_progress=show)),
            explanation,
        )
    else:
        _show_flip(
            _search("flip", asked, lambda show: find_flip(model, explanation, most=_MOST, on_progress=show)),
            explanation,
        )


def _search(
    name: str, asked: tuple[object, ...], find: Callable[[Callable[[float], None]], Removal | None]
) -> Removal | None:
    """What was found, now or before."""

    def compute() -> tuple[Removal | None]:
        place = st.empty()

        def show(done: float) -> None:
            place.progress(done, f"Asking the model without some words: {format_share(done)}")

        found = find(show)
        place.empty()
        return (found,)

    return keep(("what if", name, *asked), compute)[0]


def _show_word(found: Removal | None, explanation: Explanation) -> None:
    if found is None:
        st.info("The text has one word only.", icon=":material/info:")
        return
    st.success(
        f"Without **{_quote(found, explanation)}**, {_go(found, explanation)}; no other single word moves it further. "
        f"{_end(found, explanation)}",
        icon=":material/search:",
    )
    _offer(found, explanation)


def _show_flip(found: Removal | None, explanation: Explanation) -> None:
    if found is None:
        st.info(_say_none(explanation), icon=":material/search_off:")
        return
    count = len(found.words)
    words = "this word" if count == 1 else f"these {count} words, none of which can be spared"
    st.success(
        f"Without {words}: **{_quote(found, explanation)}**, {_go(found, explanation)}. {_end(found, explanation)}",
        icon=":material/flip:",
    )
    _offer(found, explanation)


def _say_none(explanation: Explanation) -> str:
    """What was tried in vain; of other labels it was not asked."""
    has_it, label = explanation.label in explanation.prediction.assigned, name_label(explanation.label)
    tried, side = min(_MOST, len(rank_for_flip(explanation))), "for" if has_it else "against"
    if not tried:
        return f"Nothing was tried: {explanation.method.title} tells of no word {side} {label}."
    gone = (
        f"without the one word {side} it" if tried == 1 else f"however many of the {tried} strongest words {side} it go"
    )
    return f"Nothing was found: the model {'still' if has_it else 'never'} files the text under {label}, {gone}."


def _quote(found: Removal, explanation: Explanation) -> str:
    words = explanation.words()
    return ", ".join(isolate(escape(shorten(words[index].text, 40))) for index in found.words)


def _go(found: Removal, explanation: Explanation) -> str:
    return (
        f"{name_label(explanation.label)} goes from {format_share(found.before)} to {format_share(found.probability)}"
    )


def _end(found: Removal, explanation: Explanation) -> str:
    if found.prediction.assigned == explanation.prediction.assigned:
        return "The model still files it as before."
    names = " and ".join(name_label(name) for name in found.prediction.assigned[:3]) or "no label"
    return f"The model then files it under {names}."


def _offer(found: Removal, explanation: Explanation) -> None:
    st.button(
        "See it in the copy",
        key="take_found",
        icon=":material/content_paste:",
        on_click=set_copy,
        args=(explanation.text[: explanation.truncated_at], found.words),
    )
