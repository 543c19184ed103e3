"""What a model is made of."""

from __future__ import annotations

import html

import streamlit as st

from attribution import Model
from attribution.explaining.abilities import draw_modules, tell_training

from ..wording import escape


def show_facts(model: Model) -> None:
    """The model's facts, the training parameters of its card, and its module tree."""
    st.header("The model")
    for note in model.notes:
        st.info(escape(note), icon=":material/history:")
    _show_table({name: _say(value) for name, value in model.describe().items()}, "facts")
    if parameters := tell_training(model):
        st.header("How it was trained")
        _show_table(parameters, "training")
    st.header("Its modules")
    # st.code cannot take keyboard focus, so it could not be scrolled by keyboard.
    tree = html.escape(draw_modules(model))
    st.html(f'<pre class="modules" tabindex="0" role="region" aria-label="Its modules">{tree}</pre>')


def _show_table(rows: dict[str, str], key: str) -> None:
    st.dataframe(
        {"fact": list(rows), "value": list(rows.values())},
        key=key,
        hide_index=True,
        height=38 + 35 * min(len(rows), 20),
        column_config={
            "fact": st.column_config.TextColumn(width=170),
            "value": st.column_config.TextColumn(width="large"),
        },
    )


def _say(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
