"""Several explanations side by side as one HTML file, with the contrast of two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

import pandas as pd

from ...explanation import Explanation
from ..charts.bars import draw_words
from ..colours import PLAIN_BELOW, tint
from ..guide import point_to_limits, render_limits, tell_limits
from ..numbers import format_logits
from ..pieces import Unit, strongest
from ..sentences import say
from ..tables import is_one_text, tabulate_forms, tabulate_side_by_side
from ..text.highlight import render_legend, render_shared_legend, render_text
from .explanation import About, tabulate_facts
from .html import affirm, close_page, embed, open_page, warn

_NOTHING = About()
_LONG = 1200
"""Characters: on paper, longer texts are printed one below the other, because columns would be too narrow."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Explanations to be shown side by side.

    Attributes:
        title: what is compared, in a line.
        columns: the explanations by their names, from left to right.
        contrast: of two of them, one label rather than the other; its bars are drawn instead of the columns'.
        own_scales: whether each column is coloured relative to its own strongest word, not that of all columns.
    """

    title: str
    columns: Mapping[str, Explanation]
    contrast: Explanation | None = None
    own_scales: bool = False

    @property
    def is_one_text(self) -> bool:
        """Whether the same words are in the same places in all columns."""
        return is_one_text(list(self.columns.values()))

    def scales(self, unit: Unit = "word") -> list[float]:
        """The attribution that takes the full colour in each column."""
        explanations = list(self.columns.values())
        if self.own_scales:
            return [strongest([one], unit) for one in explanations]
        return [strongest(explanations, unit)] * len(explanations)

    def find_pale(self, unit: Unit = "word") -> list[str]:
        """The columns in which no word is strong enough for a colour on the scale of all."""
        scale = strongest(list(self.columns.values()), unit)
        return [name for name, one in self.columns.items() if strongest([one], unit) < PLAIN_BELOW * scale]

    def tabulate(self) -> pd.DataFrame:
        """Every word by its place, or by its form where the texts differ; those that change sides come first.

        Within both groups, the words that differ most between the columns come first.
        """
        table = (tabulate_side_by_side if self.is_one_text else tabulate_forms)(self.columns)
        values = table[list(self.columns)].fillna(0)
        spread = values.max(axis=1) - values.min(axis=1)
        order = table.assign(spread=spread).sort_values(["depends", "spread"], ascending=False, kind="stable")
        return order.drop(columns="spread")


def render_comparison(
    comparison: Comparison,
    *,
    top_k: int = 8,
    unit: Unit = "word",
    created: datetime | None = None,
    about: About = _NOTHING,
) -> str:
    """The report as one HTML document that works offline, because Plotly's script (about 4.5 MB) is in it."""
    columns, scales = list(comparison.columns.values()), comparison.scales(unit)
    is_long = any(len(one.text) > _LONG for one in columns)
    parts = [
        *open_page(f"Whylight: {comparison.title}"),
        f"<h1>{escape(comparison.title)}</h1>",
        point_to_limits(),
        "" if comparison.own_scales else render_shared_legend(columns, scales[0]),
        *(f'<p class="whylight-note">{escape(sentence)}</p>' for sentence in say_scales(comparison, unit)),
        f'<div class="{"grid long" if is_long else "grid"}">',
        *(
            _render_column(name, one, scale, unit, has_legend=comparison.own_scales)
            for (name, one), scale in zip(comparison.columns.items(), scales, strict=True)
        ),
        "</div>",
    ]
    if comparison.contrast is not None:
        parts += _render_contrast(comparison.contrast, top_k, unit)
    else:
        parts += _render_bars(comparison, scales, top_k, unit)
    limits = render_limits(tell_limits(columns, comparison.contrast))
    facts = tabulate_facts(comparison.columns, [created or datetime.now(UTC)], about.model_names)
    return close_page([*parts, facts, _render_table(comparison), limits])


def say_scales(comparison: Comparison, unit: Unit = "word") -> list[str]:
    """What a reader must know about the colour scales, in a sentence; none where one scale colours all columns."""
    if comparison.own_scales:
        return ["Each column has a scale of its own: the same colour can mean different numbers."]
    pale = comparison.find_pale(unit)
    if not pale:
        return []
    columns = " and ".join(f"“{name}”" for name in pale)
    return [
        f"Compared with the strongest word of all, no word of {columns} is strong enough for a colour: where many "
        "words share a score, as in a long text, each gets only a little of it."
    ]


def _render_column(name: str, explanation: Explanation, scale: float, unit: Unit, *, has_legend: bool) -> str:
    look = "" if len(explanation.text) > _LONG else "together"
    legend = render_legend(explanation, scale) if has_legend else ""
    return (
        f'<section class="{look}"><h2>{escape(name)}</h2>'
        f"<p>{escape(say(explanation))}</p>{warn(explanation)}{legend}"
        f"{render_text(explanation, unit=unit, scale=scale)}</section>"
    )


def _render_contrast(contrast: Explanation, top_k: int, unit: Unit) -> list[str]:
    scale = strongest([contrast], unit)
    return [
        f"<h2>Why {escape(contrast.label)} rather than {escape(contrast.rather_than or '')}?</h2>",
        affirm(contrast),
        warn(contrast),
        render_legend(contrast, scale),
        render_text(contrast, unit=unit, scale=scale),
        embed(draw_words(contrast, top_k=top_k, unit=unit), "contrast"),
    ]


def _render_bars(comparison: Comparison, scales: Sequence[float], top_k: int, unit: Unit) -> list[str]:
    how = "each on a scale of its own" if comparison.own_scales else "on one scale"
    parts = [f"<h2>Strongest words of each, {how}</h2>", '<div class="grid">']
    for number, ((name, one), scale) in enumerate(zip(comparison.columns.items(), scales, strict=True)):
        chart = embed(draw_words(one, top_k=top_k, unit=unit, scale=scale), f"words-{number}")
        parts.append(f'<section class="together"><h3>{escape(name)}</h3>{chart}</section>')
    return [*parts, "</div>"]


def _render_table(comparison: Comparison) -> str:
    found = comparison.tabulate()
    names = list(comparison.columns)
    scale = float(found[names].abs().max().max()) or 1.0
    head = "".join(f'<th class="number">{escape(name)}</th>' for name in names)
    rows = [
        f"<tr><td>{escape(str(row[0]))}</td>{''.join(_render_cell(value, scale) for value in row[1:])}</tr>"
        for row in found[["word", *names]].itertuples(index=False, name=None)
    ]
    table = f"<table><thead><tr><th>word</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    summary = "<summary>Every word, those that change sides first</summary>"
    return f'<details>{summary}<div class="wide">{table}</div></details>'


def _render_cell(value: float, scale: float) -> str:
    if value != value:
        return '<td class="number">–</td>'
    return f'<td class="number" style="{tint(value, scale)}">{format_logits(value, 4)}</td>'
