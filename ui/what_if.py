"""What the What-if page shows: a copy of the text to change, word by word or at will."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from attribution import Explanation, Model, Prediction
from attribution.methods import Method
from attribution.render import (
    format_share,
    format_value,
    render_difference,
    render_legend,
    render_text,
    strongest,
)
from attribution.what_if import Variant, explain_variant, vary

from .clickable import show_words
from .explained import show_trust
from .labels import name_label
from .results import explain_together, keep
from .settings import View

_COPY, _COPIED, _TOUCHED = "what_if_text", "_what_if_original", "_what_if_words"
_CLICKS = {"dropped": ":material/backspace: drops it", "masked": ":material/texture: masks it"}
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Copy:
    """The reader's copy: `states` tells of its words, by index, which are "dropped" or "masked"."""

    text: str
    states: dict[int, str]

    def words(self, state: str) -> set[int]:
        """Which words are in a state."""
        return {word for word, found in self.states.items() if found == state}


def take_copy(text: str) -> Copy:
    """The copy as the reader left it; another text on the Explain page brings a new one."""
    if st.session_state.get(_COPIED) != text:
        st.session_state[_COPIED] = text
        set_copy(text)
    written = str(st.session_state.setdefault(_COPY, text))
    touched, states = st.session_state.get(_TOUCHED, (written, {}))
    return Copy(written, dict(states) if touched == written else {})


def set_copy(text: str, dropped: Collection[int] = ()) -> None:
    """Begin a new copy, some of its words dropped."""
    st.session_state[_COPY] = text
    st.session_state[_TOUCHED] = (text, dict.fromkeys(dropped, "dropped"))


def rewrite_copy(text: str) -> None:
    """The box in which the copy can be written anew."""
    st.text_area("Rewrite your copy", key=_COPY, height=190, persist_state="session")
    with st.container(horizontal=True, key="copy_actions"):
        st.button("Ask the model", key="what_if_ask", type="primary", icon=":material/question_answer:")
        st.button("Start again", key="what_if_reset", icon=":material/undo:", on_click=set_copy, args=(text,))


def show_both(model: Model, text: str, copy: Copy, label: str, method: Method, view: View) -> None:
    """Both texts with their words coloured on one scale, what the model says of each, and what changed.

    Raises:
        AttributionError: nothing is left of the copy, or it cannot be explained.
    """
    spans = model.encode(copy.text, label).spans
    # What was touched may be more than this model, or this label, reads of the text.
    read = Copy(copy.text, {word: state for word, state in copy.states.items() if word < len(spans)})
    variant, places = vary(copy.text, spans, dropped=read.words("dropped"), masked=read.words("masked"))
    (before,) = explain_together(model, text, [label], method)
    after = _explain(model, variant, label, method)
    st.markdown(f"## {_say(before, after, changed=(variant != Variant(text)))}")
    scale = strongest([before, after])
    _choose_click()
    st.html(render_legend(before, scale))
    left, right = st.columns(2)
    with left:
        st.markdown(f"### As it was: {_measure(before)}")
        show_trust(before, key="badges_0")
        st.html(render_text(before, unit=view.unit, scale=scale))
    with right:
        st.markdown(f"### Your copy: {_measure(after)}")
        show_trust(after, key="badges_1")
        show_words(
            copy.text,
            spans,
            states=read.states,
            places=places,
            explanation=after,
            scale=scale,
            key="what_if_copy",
            on_press=partial(_touch, copy),
        )
    if before.prediction.value is None and variant != Variant(text):
        _show_labels(before.prediction, after.prediction)


def _choose_click() -> None:
    st.segmented_control(
        "A click on a word of your copy",
        list(_CLICKS),
        key="what_if_click",
        default="dropped",
        required=True,
        format_func=_CLICKS.__getitem__,
        persist_state="session",
        help="Drop takes the word out of the text. Mask leaves its place, and gives the model the mask token in place "
        "of the word. A click on a word that is gone puts it back.",
    )


def _touch(copy: Copy, word: int) -> None:
    """Drop or mask a word, or put it back."""
    states = dict(copy.states)
    if states.pop(word, None) is None:
        # As chosen now: the page may not have been drawn again since.
        states[word] = st.session_state.get("what_if_click") or "dropped"
    st.session_state[_TOUCHED] = (copy.text, states)


def _explain(model: Model, variant: Variant, label: str, method: Method) -> Explanation:
    if not variant.masked:
        return explain_together(model, variant.text, [label], method)[0]
    key = ("variant", model.identity, model.labels, variant, label, method)
    with st.spinner("Asking the model …"):
        return keep(key, lambda: explain_variant(model, variant, label, method))


def show_difference(text: str, copy: Copy) -> None:
    """What was rewritten, word by word."""
    if copy.text != text:
        st.markdown("### What was rewritten")
        st.html(render_difference(text, copy.text))


def _say(before: Explanation, after: Explanation, *, changed: bool) -> str:
    if not changed:
        return "The copy is still the same. Click a word in it, or rewrite it."
    if before.prediction.value is not None:
        return f"The value goes from {_measure(before)} to {_measure(after)}."
    label = before.label
    chances = " to ".join(format_share(one.prediction.probability_of(label)) for one in (before, after))
    return f":primary[{name_label(label)}] goes from {chances}. {_say_files(before.prediction, after.prediction)}"


def _say_files(before: Prediction, after: Prediction) -> str:
    if before.assigned == after.assigned:
        return "The model files the copy as it did the text."
    names = " and ".join(f":primary[{name_label(name)}]" for name in after.assigned[:3]) or "no label"
    return f"The model files the copy under {names}."


def _measure(explanation: Explanation) -> str:
    prediction = explanation.prediction
    if prediction.value is not None:
        return format_value(prediction.value)
    return f"{name_label(explanation.label)} {format_share(prediction.probability_of(explanation.label))}"


def _show_labels(before: Prediction, after: Prediction) -> None:
    """The labels that moved most."""
    table = pd.DataFrame(
        {"label": before.labels, "as it was": before.probabilities, "your copy": after.probabilities}
    ).assign(change=100 * (after.probabilities - before.probabilities))
    order = table["change"].abs().sort_values(ascending=False).index[:_MOST_LABELS]
    st.markdown("### Every label" if len(table) <= _MOST_LABELS else "### The labels that moved most")
    st.dataframe(
        table.loc[order],
        key="what_if_labels",
        hide_index=True,
        column_config={
            **{
                name: st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
                for name in ("as it was", "your copy")
            },
            "change": st.column_config.NumberColumn(
                format="%+.1f points",
                width="small",
                help="The copy's probability less the text's, in percentage points.",
            ),
        },
    )
