"""A text that is longer than the model reads: its parts, each of them a text of its own."""

from __future__ import annotations

import streamlit as st

from attribution import Explanation, Model, Prediction
from attribution.classifiers import Text
from attribution.long_texts import MOST_PARTS, Part, split_to_be_read
from attribution.render import format_share, format_value

from .drafts import WHOLE
from .labels import name_label
from .page import reported
from .results import keep
from .texts import submit

_ALL = 0


def offer_parts(model: Model, text: Text, explanation: Explanation) -> None:
    """Where the model does not read all of a text, a button that takes it apart, and then the choice of a part."""
    if not isinstance(text, str):
        return
    whole = st.session_state.get(WHOLE)
    parts = _split(model, whole) if whole and text in whole else ()
    if whole and (text == whole or any(whole[part.start : part.end] == text for part in parts)):
        _choose(whole, parts, text)
    elif explanation.truncated_at is not None:
        st.button(
            "Read it in parts",
            key="read_in_parts",
            icon=":material/splitscreen:",
            on_click=st.session_state.__setitem__,
            args=(WHOLE, text),
            help="Each part is one that the model reads to its end, and is a text of its own.",
        )


def _split(model: Model, text: str) -> tuple[Part, ...]:
    def compute() -> tuple[Part, ...]:
        with st.spinner("Reading the text in parts …"):
            return split_to_be_read(model, text)

    with reported():
        return keep(("parts", model.identity, model.labels, text), compute)
    return ()


def _choose(whole: str, parts: tuple[Part, ...], text: str) -> None:
    if not parts:
        return
    shown = {_ALL: "The whole text, as far as it is read"} | {
        number: f"{number}: {_say(part.prediction)}" for number, part in enumerate(parts, 1)
    }
    chosen = (number for number, part in enumerate(parts, 1) if whole[part.start : part.end] == text)
    number = st.session_state["part"] = next(chosen, _ALL)
    if number != _ALL:
        part = parts[number - 1]
        st.caption(
            f":material/splitscreen: This is part {number} of {len(parts)}: the characters {part.start + 1:,} to "
            f"{part.end:,} of {len(whole):,}. All that is said here is of this part alone."
        )
    st.pills(
        "Parts of the text, and what the model says of each alone",
        list(shown),
        key="part",
        required=True,
        format_func=shown.__getitem__,
        on_change=_submit,
        args=(whole, parts),
    )
    if len(parts) == MOST_PARTS and parts[-1].end < len(whole):
        st.caption(f"These are its first {MOST_PARTS} parts, {format_share(parts[-1].end / len(whole))} of the text.")


def _say(prediction: Prediction) -> str:
    if prediction.value is not None:
        return format_value(prediction.value)
    label, probability = prediction.ranked()[0]
    return f"{name_label(label)} {format_share(probability)}"


def _submit(whole: str, parts: tuple[Part, ...]) -> None:
    number = st.session_state["part"]
    submit(whole if number == _ALL else whole[parts[number - 1].start : parts[number - 1].end])
