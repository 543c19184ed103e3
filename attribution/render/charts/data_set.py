"""Plotly figures of a whole data set: words of a label, confusions, calibration, the spread of a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from ..colours import OPPOSE, SUPPORT
from ..numbers import format_logits, format_share
from .bars import lay_out, plain, shorten_name

_GREY = "#8a94a6"
_SHADES = [[0, "rgba(47,123,191,0)"], [1, "rgba(47,123,191,.5)"]]
_NAME_LENGTHS = (14, 20, 28)
_ERROR_SHADES = [[0, "rgba(217,100,14,0)"], [1, "rgba(217,100,14,.5)"]]


class WordBar(NamedTuple):
    """What the bar of a word carries as `customdata`; `word` is the word itself, `shown` what Plotly may draw of it."""

    shown: str
    documents: int
    occurrences: int
    low: str
    high: str
    top: str
    word: str


def _field(name: str, form: str = "") -> str:
    """A field of `WordBar` in a template of Plotly's."""
    return f"%{{customdata[{WordBar._fields.index(name)}]{form}}}"


def draw_label_words(table: pd.DataFrame, *, by: str = "sum") -> go.Figure:
    """The words for and against one label, as `rank_words` has them, with their intervals; the strongest on top."""
    table = table.sort_values(by, ignore_index=True)
    values = table[by].to_numpy(float)
    low, high = (table[f"{by}_{end}"].to_numpy(float) for end in ("low", "high"))
    names = [shorten_name(word) for word in table["word"]]
    return go.Figure(
        go.Bar(
            x=values,
            y=list(range(len(table))),
            orientation="h",
            marker_color=[SUPPORT if value > 0 else OPPOSE for value in values],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": np.nan_to_num(high - values),
                "arrayminus": np.nan_to_num(values - low),
                "color": _GREY,
                "thickness": 1.3,
                "width": 2,
            },
            customdata=[
                WordBar(plain(word), documents, times, format_logits(least), format_logits(most), top, word)
                for word, documents, times, least, most, top in zip(
                    table["word"],
                    table["documents"],
                    table["occurrences"],
                    low,
                    high,
                    map(format_share, table["top"]),
                    strict=True,
                )
            ],
            hovertemplate=f"<b>{_field('shown')}</b> %{{x:+.3f}} logits (95 %: {_field('low')} to {_field('high')})<br>"
            f"{_field('documents', ':,')} documents, {_field('occurrences', ':,')} times<br>"
            f"among the strongest in {_field('top')} of them<extra></extra>",
        ),
        lay_out(names, f"{by} of attributions (logits)", _reach(low, high, values), automargin=True),
    )


def _reach(*values: NDArray[np.float64]) -> list[float]:
    found = np.concatenate([np.nan_to_num(one) for one in values]) if len(values[0]) else np.zeros(1)
    lowest, highest = min(0.0, float(found.min())), max(0.0, float(found.max()))
    room = 0.06 * ((highest - lowest) or 1.0)
    return [lowest - room if lowest else 0.0, highest + room if highest else 0.0]


def draw_confusion(
    matrix: NDArray[np.int64], labels: Sequence[str], *, selected: tuple[str, str] | None = None
) -> go.Figure:
    """Documents by gold label (rows) and prediction (columns): hits blue, errors orange; each cell can be selected.

    A cell's `customdata` is [gold, predicted]. Its colour shows its share of its row.
    """
    figure = go.Figure()
    _add_shades(figure, matrix)
    _add_cells(figure, matrix, labels)
    if selected is not None and set(selected) <= set(labels):
        row, column = (labels.index(name) for name in selected)
        figure.add_shape(
            type="rect", x0=column - 0.48, x1=column + 0.48, y0=row - 0.48, y1=row + 0.48, line={"width": 3}
        )
    _lay_out_matrix(figure, labels)
    return figure


def _add_shades(figure: go.Figure, matrix: NDArray[np.int64]) -> None:
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    hits = np.eye(len(matrix), dtype=bool)
    for kept, shades in ((hits, _SHADES), (~hits, _ERROR_SHADES)):
        figure.add_heatmap(
            z=np.where(kept, shares, np.nan),
            zmin=0,
            zmax=1 if shades is _SHADES else max(0.15, float(np.where(hits, 0, shares).max(initial=0))),
            colorscale=shades,
            showscale=False,
            hoverinfo="skip",
            xgap=2,
            ygap=2,
        )


def _add_cells(figure: go.Figure, matrix: NDArray[np.int64], labels: Sequence[str]) -> None:
    """The cells of a heat map cannot be selected, so each gets a square marker that can."""
    count = len(labels)
    rows, columns = np.indices((count, count)).reshape(2, -1)
    figure.add_scatter(
        x=columns,
        y=rows,
        mode="markers+text",
        text=[f"{value:,}" if value else "·" for value in matrix.ravel()],
        textfont={"size": 13 if count <= 8 else 10},
        marker={"symbol": "square", "size": max(14, min(40, 300 // max(count, 1))), "color": "rgba(128,128,128,0.01)"},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        customdata=[[labels[row], labels[column]] for row, column in zip(rows, columns, strict=True)],
        hovertext=[
            f"gold <b>{shorten_name(labels[row])}</b>, filed as <b>{shorten_name(labels[column])}</b>: "
            f"{matrix[row, column]:,} of {matrix[row].sum():,}"
            for row, column in zip(rows, columns, strict=True)
        ],
        hoverinfo="text",
    )


def _lay_out_matrix(figure: go.Figure, labels: Sequence[str]) -> None:
    count = len(labels)
    figure.update_layout(
        height=max(230, min(46 * count + 130, 720)),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        dragmode=False,
        clickmode="event+select",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    ticks = {
        "tickvals": list(range(count)),
        "ticktext": _shorten_apart(labels),
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }
    figure.update_xaxes(
        title="filed as", range=[-0.5, count - 0.5], side="bottom", autotickangles=[0, -40, 90], **ticks
    )
    figure.update_yaxes(title="gold label", range=[count - 0.5, -0.5], **ticks)


def _shorten_apart(labels: Sequence[str]) -> list[str]:
    """Labels shortened as much as they can be while staying distinct, if the chart has room for that."""
    for length in _NAME_LENGTHS:
        names = [shorten_name(label, length) for label in labels]
        if len(set(names)) == len(set(labels)):
            break
    return names


def draw_calibration(table: pd.DataFrame) -> go.Figure:
    """Accuracy against the mean probability, by tenths; on the dashed line the two are equal."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", line={"color": _GREY, "dash": "dash", "width": 1.5}, hoverinfo="skip"
    )
    most = float(table["documents"].max()) if len(table) else 1.0
    figure.add_scatter(
        x=100 * table["confidence"],
        y=100 * table["accuracy"],
        mode="lines+markers",
        line={"color": SUPPORT, "width": 2.5},
        marker={"color": SUPPORT, "size": [8 + 14 * float(np.sqrt(one / most)) for one in table["documents"]]},
        customdata=table["documents"].to_numpy().reshape(-1, 1),
        hovertemplate="%{customdata[0]:,} documents with a probability of %{x:.0f} % on average, %{y:.0f} % of them "
        "right<extra></extra>",
    )
    figure.update_layout(height=330, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False, showlegend=False)
    figure.update_xaxes(title="probability of the prediction (%)", range=[0, 103], fixedrange=True, automargin=True)
    figure.update_yaxes(title="right (%)", range=[0, 105], fixedrange=True, automargin=True)
    return figure


def draw_spread(spread: pd.DataFrame, sample: pd.DataFrame) -> go.Figure:
    """The attributions of one word under each label: a box of quartiles, 5 % to 95 %, and some of them as dots."""
    figure = go.Figure()
    shown = spread.iloc[::-1].reset_index(drop=True)
    generator = np.random.default_rng(0)
    for place, row in enumerate(shown.to_dict("records")):
        colour = SUPPORT if row["mean"] > 0 else OPPOSE
        values = sample.loc[sample["label"] == row["label"], "attribution"].to_numpy(float)
        figure.add_scatter(
            x=values,
            y=place + generator.uniform(-0.32, 0.32, len(values)),
            mode="markers",
            marker={"color": colour, "size": 5, "opacity": 0.35},
            hovertemplate="%{x:+.3f}<extra></extra>",
        )
        figure.add_box(
            y=[place],
            orientation="h",
            q1=[row["q25"]],
            median=[row["q50"]],
            q3=[row["q75"]],
            lowerfence=[row["q05"]],
            upperfence=[row["q95"]],
            mean=[row["mean"]],
            line={"color": colour, "width": 2},
            fillcolor="rgba(0,0,0,0)",
            width=0.62,
            hoverinfo="x",
        )
    counted = zip(shown["label"], shown["occurrences"], strict=True)
    names = [f"{shorten_name(label)} ({count:,})" for label, count in counted]
    ends = [shown["lowest"].to_numpy(float), shown["highest"].to_numpy(float)]
    return figure.update_layout(lay_out(names, "attribution (logits)", _reach(*ends), rows=2))
