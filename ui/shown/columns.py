"""Explanations in columns, on one scale: their texts, their strongest words, and every word of all of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import streamlit as st

from attribution import Explanation, Prediction
from attribution.render import (
    Comparison,
    draw_words,
    format_share,
    format_value,
    name_unit,
    render_legend,
    render_shared_legend,
    render_text,
    say_scales,
    tint,
)

from ..choices.settings import View
from ..wording import escape, name_label
from .charts import show_chart
from .downloads import offer_comparison
from .explanation import STYLED_CELLS, list_assigned, render_cautions, show_trust

_OWN = "own_scale"


@dataclass(frozen=True, slots=True)
class Column:
    """An explanation beside others.

    Attributes:
        name: what tables, charts and downloads call it; plain, and told apart from the others.
        title: its heading, Markdown.
        explanation: what is shown in it.
        about: a line below the heading, Markdown.
    """

    name: str
    title: str
    explanation: Explanation
    about: str = ""


def show_columns(columns: Sequence[Column], view: View) -> None:
    """Draw the coloured texts side by side, with one legend above, or one in each where each has its own scale."""
    explanations = [column.explanation for column in columns]
    st.toggle("Each on a scale of its own", key=_OWN, bind="query-params")
    comparison = _compare("", columns)
    scales = comparison.scales(view.unit)
    for sentence in say_scales(comparison, view.unit):
        st.caption(f":material/info: {escape(sentence)}")
    if not comparison.own_scales:
        st.html(render_shared_legend(explanations, scales[0]))
    for number, (place, column, scale) in enumerate(zip(st.columns(len(columns)), columns, scales, strict=True)):
        with place:
            st.markdown(f"### {column.title}")
            if column.about:
                st.markdown(column.about)
            show_trust(column.explanation, key=f"badges_{number}")
            legend = render_legend(column.explanation, scale) if comparison.own_scales else ""
            text = render_text(column.explanation, unit=view.unit, scale=scale)
            st.html(render_cautions(column.explanation) + legend + text)


def show_rest(
    title: str, columns: Sequence[Column], said: str, view: View, contrast: Explanation | None = None
) -> None:
    """Draw what comes below columns: the strongest words, unless a contrast shows them; every word; the downloads.

    `title` is the report's; `said` is what words that change sides do: "speak for one label and against another".
    """
    comparison = _compare(title, columns, contrast)
    if contrast is None:
        _show_bars(columns, comparison, view)
    _show_table(comparison, said)
    offer_comparison(comparison, view)


def _compare(title: str, columns: Sequence[Column], contrast: Explanation | None = None) -> Comparison:
    own_scales = bool(st.session_state.get(_OWN))
    return Comparison(title, {column.name: column.explanation for column in columns}, contrast, own_scales)


def _show_bars(columns: Sequence[Column], comparison: Comparison, view: View) -> None:
    """The strongest words of each side by side."""
    scales = comparison.scales(view.unit)
    how = "each on a scale of its own" if comparison.own_scales else "on one scale"
    st.markdown(f"### Strongest words of each, {how}")
    for number, (place, column, scale) in enumerate(zip(st.columns(len(columns)), columns, scales, strict=True)):
        with place:
            st.caption(column.title)
            figure = draw_words(column.explanation, top_k=view.top_k, unit=view.unit, scale=scale)
            show_chart(figure, key=f"words_{number}_chart", alt=f"Strongest words, {column.name}")


def _show_table(comparison: Comparison, said: str) -> None:
    """Every word with its number in each column, those that change sides most first."""
    table = comparison.tabulate()
    names: list[Hashable] = list(comparison.columns)
    changing, shared = int(table["depends"].sum()), int(table[names].notna().all(axis=1).sum())
    st.markdown(f"### {_count(changing, shared, comparison, said)}")
    scale = float(table[names].abs().max().max()) or 1.0
    styled = table.style.map(lambda value: "" if value != value else tint(value, scale), subset=names)
    styled = styled.format("{:+.3f}", subset=names, na_rep="–")
    where = "" if comparison.is_one_text else ", all its places in the text together"
    st.dataframe(
        styled if table.size < STYLED_CELLS else table,
        key="side_by_side",
        hide_index=True,
        placeholder="–",
        height=min(38 + 35 * max(len(table), 1), 380),
        column_config={
            "depends": st.column_config.CheckboxColumn(
                "flips",
                width="small",
                help="For in one column and against in another, by 8 % of that column's strongest word or more.",
            ),
            **{
                name: st.column_config.Column(help=f"What the word adds, in {name_unit(explanation)}{where}.")
                for name, explanation in comparison.columns.items()
            },
            **{
                f"{name}: times": st.column_config.NumberColumn(width="small", help="How often the word is there.")
                for name in names
            },
        },
    )


def _count(changing: int, shared: int, comparison: Comparison, said: str) -> str:
    if comparison.is_one_text:
        return f"{changing} of {shared} words {said}"
    several = "texts" if len({one.texts for one in comparison.columns.values()}) > 1 else "columns"
    texts = f"{'both' if len(comparison.columns) == 2 else 'all'} {several}"
    return f"{changing} of {shared} words that {texts} have {said}" if shared else f"No word is in {texts}"


def name_score(prediction: Prediction, label: str) -> str:
    """A label with its probability, or the value, in Markdown."""
    if prediction.value is not None:
        return format_value(prediction.value)
    chance = format_share(prediction.probability_of(label))
    if prediction.thresholds is None:
        return f"{name_label(label)} {chance}"
    limit = format_share(float(prediction.thresholds[prediction.labels.index(label)]))
    return f"{name_label(label)} {chance} (assigned above {limit})"


def say_filed(prediction: Prediction, label: str) -> str:
    """What a text is filed under, and the probability of the explained label if it is another, in Markdown."""
    if prediction.value is not None:
        return f"Its value is :primary[{format_value(prediction.value)}]"
    filed = f"Filed under {list_assigned(prediction) if prediction.assigned else 'no label'}"
    return filed if prediction.assigned == (label,) else f"{filed} · {name_score(prediction, label)}"
