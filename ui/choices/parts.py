"""A text that is longer than the model reads, split into parts that are each explained as a text."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from attribution import Explanation, Model, Prediction
from attribution.classifiers import Text
from attribution.explaining.long_texts import MOST_PARTS, Part, split_to_be_read
from attribution.render import format_share, format_value

from ..computed import keep
from ..page import reported
from ..wording import name_label
from .drafts import START, WHOLE
from .texts import submit

_ALL = 0
_STRETCH = -1  # cut for another model, which reads more or less


def offer_parts(model: Model, text: Text, explanation: Explanation) -> None:
    """Where the model does not read all of a text, a button that takes it apart, and then the choice of a part."""
    if not isinstance(text, str):
        return
    whole, start = str(st.session_state.get(WHOLE) or ""), int(st.session_state.get(START) or 0)
    if whole and whole[start : start + len(text)] == text:
        _choose(whole, _split(model, whole), start, start + len(text))
    elif explanation.truncated_at is not None:
        st.button(
            "Read it in parts",
            key="read_in_parts",
            icon=":material/splitscreen:",
            on_click=_take_apart,
            args=(text,),
            help="Each part is short enough for the model to read all of it, and is explained as a text of its own.",
        )


def _take_apart(text: str) -> None:
    st.session_state[WHOLE], st.session_state[START] = text, 0


def _split(model: Model, text: str) -> tuple[Part, ...]:
    """The parts; none where the model reads all of the text, or where it reads nothing of it."""

    def compute() -> tuple[Part, ...]:
        with st.spinner("Reading the text in parts …"):
            return split_to_be_read(model, text)

    with reported():
        parts = keep(("parts", model.identity, model.labels, text), compute)
        return parts if len(parts) > 1 else ()
    return ()


def _choose(whole: str, parts: tuple[Part, ...], start: int, end: int) -> None:
    places = {_ALL: (0, len(whole))} | {number: (part.start, part.end) for number, part in enumerate(parts, 1)}
    shown = {_ALL: "The whole text, as far as it is read" if parts else "The whole text"}
    shown |= {number: f"{number}: {_say(part.prediction)}" for number, part in enumerate(parts, 1)}
    number = next((number for number, place in places.items() if place == (start, end)), _STRETCH)
    if number == _ALL and not parts:
        return
    if number == _STRETCH:
        places[_STRETCH], shown[_STRETCH] = (start, end), "A part that was cut for another model"
    if number != _ALL:
        named = f"part {number} of {len(parts)}" if number != _STRETCH else "a part of the text"
        st.caption(
            f":material/splitscreen: This is {named}: the characters {start + 1:,} to {end:,} of {len(whole):,}. "
            "Everything below is about this part alone."
        )
    st.session_state["part"] = number
    st.pills(
        "Parts of the text, and what the model predicts for each alone",
        list(shown),
        key="part",
        required=True,
        format_func=shown.__getitem__,
        on_change=_submit,
        args=(whole, places),
    )
    if len(parts) == MOST_PARTS and whole[parts[-1].end :].strip():
        st.caption(f"These are its first {MOST_PARTS} parts, {format_share(parts[-1].end / len(whole))} of the text.")


def _say(prediction: Prediction) -> str:
    if prediction.value is not None:
        return format_value(prediction.value)
    label, probability = prediction.ranked()[0]
    return f"{name_label(label)} {format_share(probability)}"


def _submit(whole: str, places: Mapping[int, tuple[int, int]]) -> None:
    start, end = places[st.session_state["part"]]
    submit(whole[start:end], start)
