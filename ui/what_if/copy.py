"""What the What-if page shows: a copy of the text, to change word by word or to rewrite."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from attribution import Explanation, Model
from attribution.ablation.deciding_words import Finding
from attribution.ablation.what_if import Change, Variant, explain_variant, vary
from attribution.explaining.explain import find_words
from attribution.methods import Method
from attribution.render import say_chance, say_how, strongest
from attribution.texts.tokens import Span

from ..choices.settings import View
from ..computed import explain_together, keep
from ..shown.change import show_difference, show_headline, show_labels, show_sides
from ..shown.clickable import show_words
from ..shown.downloads import offer_change as offer_change_downloads
from ..shown.saving import offer_saving
from ..wording import shorten

_COPY, _COPIED, _TOUCHED = "what_if_text", "_what_if_original", "_what_if_words"
_RESTORED = "_what_if_restored"
_CLICKS = {"dropped": ":material/backspace: drops it", "masked": ":material/texture: masks it"}


@dataclass(frozen=True, slots=True)
class Copy:
    """The reader's copy: `states` maps the index of a changed word to "dropped" or "masked"."""

    text: str
    states: dict[int, str]

    def words(self, state: str) -> set[int]:
        """The indices of the words in a state."""
        return {word for word, found in self.states.items() if found == state}


def take_copy(text: str) -> Copy:
    """The copy as the reader left it; a new text on the Explain page starts a new copy."""
    if st.session_state.get(_COPIED) != text:
        st.session_state[_COPIED] = text
        set_copy(text)
    written = str(st.session_state.setdefault(_COPY, text))
    touched, states = st.session_state.get(_TOUCHED, (written, {}))
    return Copy(written, dict(states) if touched == written else {})


def set_copy(text: str, dropped: Collection[int] = ()) -> None:
    """Begin a new copy, with the given words dropped."""
    st.session_state[_COPY] = text
    st.session_state[_TOUCHED] = (text, dict.fromkeys(dropped, "dropped"))


def rewrite_copy(text: str) -> None:
    """Draw the box in which the copy can be rewritten, and its buttons."""
    st.text_area("Rewrite your copy", key=_COPY, height=190, persist_state="session")
    with st.container(horizontal=True, key="copy_actions"):
        st.button("Ask the model", key="what_if_ask", type="primary", icon=":material/question_answer:")
        st.button("Start again", key="what_if_reset", icon=":material/undo:", on_click=set_copy, args=(text,))


def show_both(
    model: Model, text: str, copy: Copy, label: str, method: Method, view: View, found: Finding | None
) -> Change | None:
    """Draw both texts on one colour scale, with the prediction for each; None while the texts are the same.

    Raises:
        AttributionError: nothing is left of the copy, or it cannot be explained.
    """
    spans = find_words(model, copy.text, label)
    copy = _mark(copy, spans)
    # The reader may have changed words beyond what this model, or this label, reads of the text.
    read = Copy(copy.text, {word: state for word, state in copy.states.items() if word < len(spans)})
    variant, places = vary(copy.text, spans, dropped=read.words("dropped"), masked=read.words("masked"))
    (before,) = explain_together(model, text, [label], method)
    dropped, masked = (tuple(spans[word] for word in sorted(read.words(state))) for state in ("dropped", "masked"))
    change = Change(before, _explain(model, variant, label, method), copy.text, dropped, masked, found)
    is_changed = variant != Variant(text)
    if is_changed:
        show_headline(change)
    else:
        st.markdown("## The copy is still the same. Click a word in it, or rewrite it.")
    _choose_click()

    def draw_copy() -> None:
        show_words(
            copy.text,
            spans,
            states=read.states,
            places=places,
            explanation=change.after,
            scale=strongest([before, change.after]),
            unread_from=change.unread_from,
            key="what_if_copy",
            on_press=partial(_touch, copy),
        )

    show_sides(change, view, draw_copy)
    if not is_changed:
        return None
    show_labels(change)
    show_difference(change)
    return change


def _mark(copy: Copy, spans: Sequence[Span]) -> Copy:
    """Mark the words that were dropped or masked in a saved copy, where one was just restored."""
    restored: Change | None = st.session_state.pop(_RESTORED, None)
    if restored is None or restored.copy != copy.text:
        return copy
    states = dict.fromkeys(restored.dropped, "dropped") | dict.fromkeys(restored.masked, "masked")
    marked = Copy(copy.text, {word: states[span] for word, span in enumerate(spans) if span in states})
    st.session_state[_TOUCHED] = (marked.text, marked.states)
    return marked


def restore_copy(change: Change) -> None:
    """Let the next run of the page begin with the copy of a saved change."""
    st.session_state[_COPIED] = change.before.text
    set_copy(change.copy)
    st.session_state[_RESTORED] = change


def _choose_click() -> None:
    st.segmented_control(
        "A click on a word of your copy",
        list(_CLICKS),
        key="what_if_click",
        default="dropped",
        required=True,
        format_func=_CLICKS.__getitem__,
        persist_state="session",
        help="Drop takes the word out of the text. Mask keeps its place, and gives the model the mask token instead. "
        "Click a dropped or masked word to put it back.",
    )


def _touch(copy: Copy, word: int) -> None:
    """Drop or mask a word, or put it back."""
    states = dict(copy.states)
    if states.pop(word, None) is None:
        # Read the choice now: the page may not have been redrawn since it changed.
        states[word] = st.session_state.get("what_if_click") or "dropped"
    st.session_state[_TOUCHED] = (copy.text, states)


def _explain(model: Model, variant: Variant, label: str, method: Method) -> Explanation:
    if not variant.masked:
        return explain_together(model, variant.text, [label], method)[0]
    key = ("variant", model.identity, model.labels, variant, label, method)
    with st.spinner("Asking the model …"):
        return keep(key, lambda: explain_variant(model, variant, label, method))


def offer_change(change: Change | None, view: View) -> None:
    """Offer the downloads of a change, and a button that saves it; nothing while there is no change."""
    if change is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="downloads"):
        offer_change_downloads(change, view)
        went = f"{say_chance(change.before)} to {say_chance(change.after)}"
        offer_saving(change, f"{shorten(change.before.label, 24)}, {went}: {say_how(change)}")
