"""What the What-if page shows: a copy of the text to change, and the words that decide."""

from __future__ import annotations

from collections.abc import Callable

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
from attribution.what_if import Removal, find_flip, find_strongest_removal

from .explained import show_trust
from .labels import isolate, name_label, shorten
from .markdown import escape
from .results import explain_together, keep, predict
from .settings import View

_COPY, _COPIED, _ASKED = "what_if_text", "_what_if_original", "_what_if_asked"
_MOST = 30


def edit_copy(text: str) -> str:
    """The copy as the reader left it; another text on the Explain page brings a new one."""
    if st.session_state.get(_COPIED) != text:
        st.session_state[_COPIED] = st.session_state[_COPY] = text
    st.session_state.setdefault(_COPY, text)
    copy = st.text_area("Your copy", key=_COPY, height=190, persist_state="session")
    with st.container(horizontal=True, key="copy_actions"):
        st.button("Ask the model", key="what_if_ask", type="primary", icon=":material/question_answer:")
        st.button("Start again", key="what_if_reset", icon=":material/undo:", on_click=_set_copy, args=(text,))
    return copy


def _set_copy(text: str) -> None:
    st.session_state[_COPY] = text


def show_both(model: Model, text: str, copy: str, label: str, method: Method, view: View) -> None:
    """Both predictions, what changed, and both texts with their words coloured on one scale."""
    if copy == text:
        st.info("The copy is still the same. Change a word, or look for the words that decide.", icon=":material/edit:")
        return
    second = predict(model, copy)
    if second is None:
        return
    explanations = [explain_together(model, one, [label], method)[0] for one in (text, copy)]
    st.markdown(f"## {_say(explanations[0].prediction, second, label)}")
    st.html(render_difference(text, copy))
    scale = strongest(explanations, view.unit)
    for number, (place, title, one) in enumerate(
        zip(st.columns(2), ("As it was", "Your copy"), explanations, strict=True)
    ):
        with place:
            st.markdown(f"### {title}: {_measure(one.prediction, label)}")
            show_trust(one, key=f"badges_{number}")
            st.html(render_legend(one, scale) + render_text(one, unit=view.unit, scale=scale))


def _say(before: Prediction, after: Prediction, label: str) -> str:
    if before.value is not None and after.value is not None:
        return f"The value goes from {format_value(before.value)} to {format_value(after.value)}."
    chances = f"{format_share(before.probability_of(label))} to {format_share(after.probability_of(label))}"
    return f":primary[{name_label(label)}] goes from {chances}. {_say_files(before, after)}"


def _say_files(before: Prediction, after: Prediction) -> str:
    if before.assigned == after.assigned:
        return "The model files the copy as it did the text."
    names = " and ".join(f":primary[{name_label(name)}]" for name in after.assigned[:3]) or "no label"
    return f"The model files the copy under {names}."


def _measure(prediction: Prediction, label: str) -> str:
    if prediction.value is not None:
        return format_value(prediction.value)
    return f"{name_label(label)} {format_share(prediction.probability_of(label))}"


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
            place.progress(done, f"Asking the model without some words: {done:.0%}")

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
    _offer(found)


def _show_flip(found: Removal | None, explanation: Explanation) -> None:
    if found is None:
        st.info(
            f"Nothing was found: the model files the text as before, whatever number of the {_MOST} strongest words "
            "goes.",
            icon=":material/search_off:",
        )
        return
    count = len(found.words)
    words = "this word" if count == 1 else f"these {count} words, none of which can be spared"
    st.success(
        f"Without {words}: **{_quote(found, explanation)}**, {_go(found, explanation)}. {_end(found, explanation)}",
        icon=":material/flip:",
    )
    _offer(found)


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


def _offer(found: Removal) -> None:
    st.button(
        "Put this into the copy",
        key="take_found",
        icon=":material/content_paste:",
        on_click=_set_copy,
        args=(found.text,),
    )
