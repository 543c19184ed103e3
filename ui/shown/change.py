"""A text beside its changed copy, on the page where it is changed and where it was saved."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from attribution import Explanation
from attribution.ablation.deciding_words import Finding
from attribution.ablation.what_if import Change
from attribution.render import (
    quote_word,
    render_copy,
    render_difference,
    render_legend,
    render_text,
    say_chance,
    say_change,
    say_files,
    say_finding,
    say_side_effects,
    strongest,
    tabulate_change,
)

from ..choices.settings import View
from ..wording import escape, isolate, name_label
from .explanation import show_trust, show_unread

_MOST_LABELS = 8


def show_change(change: Change, view: View) -> None:
    """A change as it was saved: the copy is drawn as it is, and nothing in it can be clicked."""
    show_headline(change)
    scale = strongest([change.before, change.after])
    show_sides(change, view, lambda: st.html(render_copy(change, scale=scale)))
    show_labels(change)
    show_difference(change)
    if change.found is not None:
        st.markdown(f"### Words that decide\n\n{say_found(change.found, change.before)}")


def show_headline(change: Change) -> None:
    """What was changed and what came of it."""
    said = say_change(change, name=_paint_label, quote=_quote)
    if not change.before.explains_value:
        said += f" {say_files(change.before.prediction, change.after.prediction, name=_paint_label)}"
    st.markdown(f"## {said}")
    for sentence in say_side_effects(change):
        st.caption(f":material/info: {escape(sentence)}")


def show_sides(change: Change, view: View, draw_copy: Callable[[], object]) -> None:
    """Both texts on one scale, the second one as `draw_copy` draws it."""
    before, after = change.before, change.after
    scale = strongest([before, after])
    show_unread(before)
    st.html(render_legend(before, scale))
    left, right = st.columns(2)
    with left:
        st.markdown(f"### As it was: {_measure(before)}")
        show_trust(before, key="badges_0")
        st.html(render_text(before, unit=view.unit, scale=scale))
    with right:
        st.markdown(f"### Your copy: {_measure(after)}")
        show_trust(after, key="badges_1")
        draw_copy()


def show_labels(change: Change) -> None:
    """The labels that moved most."""
    if change.before.explains_value:
        return
    table = tabulate_change(change)
    st.markdown("### Every label" if len(table) <= _MOST_LABELS else "### The labels that moved most")
    st.dataframe(
        table[:_MOST_LABELS].assign(change=table["change"].round(1) + 0.0),  # + 0.0 makes -0.0 zero
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
                help="The copy's probability minus the text's, in percentage points.",
            ),
        },
    )


def show_difference(change: Change) -> None:
    """What was rewritten, word by word."""
    if change.is_rewritten:
        st.markdown("### What was rewritten")
        st.html(render_difference(change.before.text, change.copy))


def say_found(found: Finding, explanation: Explanation) -> str:
    """The words that decide, as Markdown."""
    return say_finding(found, explanation, name=name_label, quote=_write_boldly)


def _measure(explanation: Explanation) -> str:
    chance = say_chance(explanation)
    return chance if explanation.explains_value else f"{name_label(explanation.label)} {chance}"


def _paint_label(label: str) -> str:
    return f":primary[{name_label(label)}]"


def _quote(word: str) -> str:
    return quote_word(isolate(escape(word)))


def _write_boldly(word: str) -> str:
    return f"**{isolate(escape(word))}**"
