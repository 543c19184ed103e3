"""The label's probability as words are removed, as a Plotly figure."""

from __future__ import annotations

import plotly.graph_objects as go

from ...ablation.measures import Faithfulness
from ..colours import OPPOSE, SUPPORT

_GREY = "#8a94a6"
_LINES = {
    "explanation": ("strongest words for it first", SUPPORT, "solid", "circle"),
    "random": ("random words (mean)", _GREY, "dash", "diamond"),
    "reverse": ("strongest words against it first", OPPOSE, "dot", "square"),
}


def draw_curves(faithfulness: Faithfulness) -> go.Figure:
    """Probability against the share of words removed: in the explanation's order, at random, in reverse."""
    figure = go.Figure()
    shares = [100 * share for share in faithfulness.shares]
    for name, (said, colour, dash, symbol) in _LINES.items():
        figure.add_scatter(
            x=shares,
            y=faithfulness.curves[name],
            name=said,
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2.5},
            marker={"symbol": symbol, "size": 8},
            hovertemplate="%{x:.0f} % of the words removed: %{y:.3f}<extra></extra>",
        )
    figure.update_layout(
        height=340,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        dragmode=False,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        hovermode="x unified",
    )
    figure.update_xaxes(title="words removed (%)", fixedrange=True, tickvals=list(range(0, 101, 10)))
    figure.update_yaxes(title="probability", rangemode="tozero", fixedrange=True)
    return figure
