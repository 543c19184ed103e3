"""Brings a part of the page into view."""

from __future__ import annotations

import streamlit as st

_SCRIPT = """
export default function({ data }) {
  if (data.key) document.querySelector(`.st-key-${data.key}`)?.scrollIntoView({ block: "center" });
}
"""
_scrolling = st.components.v2.component("whylight_scrolling", js=_SCRIPT)


def bring_into_view(key: str, *, place: str) -> None:
    """Scroll to the container with this key, once; an empty one scrolls nowhere.

    It is drawn in either case, after the container, so that nothing moves when there is no more to scroll to. `place`
    tells it from others on the page.
    """
    _scrolling(key=f"scroll_{place}", data={"key": key})
