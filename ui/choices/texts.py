"""The text: a sample, or the reader's own."""

from __future__ import annotations

import streamlit as st

from attribution import demo
from attribution.classifiers import Text
from attribution.storage.drafts import Draft

from ..wording import escape, isolate, shorten
from .drafts import OTHER, SECOND, TEXT, WHOLE, keep_draft, put, take_draft

_FROM_LINK = "_text_of_a_link"


def write_text(*, pair: bool) -> Text | None:
    """The text last submitted, by the button or by the choice of a sample; None for a pair that lacks a text."""
    take_draft()
    samples = {sample.name: sample.text for sample in demo.samples()}
    first = next(iter(samples))
    if TEXT not in st.session_state:
        _follows_link()
        st.session_state[TEXT] = samples[first]
    st.session_state.setdefault("text", st.session_state[TEXT])
    text = st.text_area(
        "Text", key="text", height=190, persist_state="session", placeholder="Paste one or more paragraphs."
    )
    second = _write_second() if pair else ""
    with st.container(horizontal=True, vertical_alignment="center", key="text_actions"):
        if st.button("Explain", key="explain", type="primary", icon=":material/lightbulb:"):
            st.session_state[TEXT] = text
            if pair:
                st.session_state[SECOND] = second
        st.caption("or try", width="content")
        for index, (name, sample) in enumerate(samples.items()):
            st.button(name, key=f"sample_{index}", type="tertiary", on_click=submit, args=(sample,))
    submitted = _read_submitted(pair=pair)
    keep_draft()
    if text != st.session_state[TEXT] or (submitted is not None and pair and second != submitted[1]):
        st.caption(":material/edit: The text has changed since it was explained. Press **Explain** to update it.")
    elif submitted is None:
        st.info(
            "This model compares two texts. Write the second one, then press **Explain**.", icon=":material/compare:"
        )
    elif _is_sample_of_link(text):
        st.caption(
            ":material/link: A link holds no text, so this is a sample. Paste the text you mean; "
            "a saved analysis includes its own."
        )
    return submitted


def show_current_text(text: Text) -> None:
    """Say which text the page is about."""
    shown = text if isinstance(text, str) else " · ".join(text)
    why = (
        "A link holds no text, so this is a sample. Paste the text you mean on the Explain page."
        if _is_sample_of_link(text)
        else "It is chosen on the Explain page."
    )
    st.caption(f":material/article: {isolate(escape(shorten(shown, 110)))} {why}")


def _is_sample_of_link(text: Text) -> bool:
    """Whether the sample stands in for another text, which the sender of the link may have seen."""
    return _follows_link() and text == demo.samples()[0].text


def _follows_link() -> bool:
    """Whether this session began with the link to a view, and with no text."""
    if _FROM_LINK not in st.session_state:
        is_view = not {"label", "labels"}.isdisjoint(st.query_params)
        st.session_state[_FROM_LINK] = is_view and TEXT not in st.session_state
    return bool(st.session_state[_FROM_LINK])


def has_text() -> bool:
    """Whether this session has a text already."""
    return TEXT in st.session_state


def submitted_text(*, pair: bool) -> Text | None:
    """What was last submitted on any page, the first sample where nothing was; None for a pair that lacks a text."""
    take_draft()
    keep_draft()
    return _read_submitted(pair=pair)


def _read_submitted(*, pair: bool) -> Text | None:
    first = str(st.session_state.get(TEXT, demo.samples()[0].text))
    if not pair:
        return first
    second = str(st.session_state.get(SECOND, ""))
    return (first, second) if second.strip() else None


def _write_second() -> str:
    st.session_state.setdefault("second_text", st.session_state.get(SECOND, ""))
    return st.text_area(
        "Second text",
        key="second_text",
        height=110,
        persist_state="session",
        placeholder="Paste the text that it is compared with.",
    )


def submit(text: Text, start: int = 0) -> None:
    """Replace the reader's text by a text or a pair, and submit it.

    `start` is where the text begins in the one that was split into parts, if it is one of these.
    """
    first, second = (text, str(st.session_state.get(SECOND, ""))) if isinstance(text, str) else text
    other, whole = (str(st.session_state.get(key) or "") for key in (OTHER, WHOLE))
    put(Draft(first, second, other, whole, start))
