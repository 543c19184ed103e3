"""Plotly bars: the strongest words for and against a label, and the probabilities of all labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from ...explanation import Explanation, Prediction
from ...segmentation import find_graphemes
from ...wording import shorten
from ..colours import OPPOSE, SUPPORT
from ..numbers import format_logits, measure, name_unit
from ..pieces import Piece, Unit, context, split

_ROW = 25
_LABELS_SHOWN = 15
_GREY = "#8a94a6"


def draw_words(
    explanation: Explanation, *, top_k: int = 8, unit: Unit = "word", scale: float | None = None
) -> go.Figure:
    """The `top_k` strongest words for the label and the `top_k` strongest against it.

    The axis reaches as far as the bars do, or both ways to `scale`, which several charts can share.
    """
    pieces = sorted(
        (piece for piece in split(explanation, unit) if not piece.special), key=lambda piece: piece.attribution
    )
    against = [piece for piece in pieces if piece.attribution < 0][:top_k]
    supporting = [piece for piece in pieces if piece.attribution > 0][-top_k:]
    shown = against + supporting
    values = [piece.attribution for piece in shown]
    ends = values if scale is None else [-scale, scale]
    room = 0.28 * max((abs(value) for value in ends), default=1.0)
    lowest, highest = min([0.0, *ends]), max([0.0, *ends])
    reach = [lowest - room if lowest else 0.0, highest + room if highest else 0.0]
    return go.Figure(
        go.Bar(
            x=values,
            y=list(range(len(shown))),
            orientation="h",
            marker_color=[SUPPORT if value > 0 else OPPOSE for value in values],
            text=[format_logits(value) for value in values],
            textposition="outside",
            cliponaxis=False,
            customdata=[
                [plain(piece.text), plain(context(explanation.text, piece.start, piece.end)), piece.rank]
                for piece in shown
            ],
            hovertemplate=f"<b>%{{customdata[0]}}</b> %{{text}} {measure(explanation)}, rank %{{customdata[2]}}"
            "<br>%{customdata[1]}<extra></extra>",
        ),
        lay_out(_name(explanation, shown), f"attribution ({name_unit(explanation)})", reach),
    )


def draw_labels(prediction: Prediction, *, label: str | None = None) -> go.Figure:
    """The probability of every label (of the most probable, where there are many), the explained one in colour."""
    ranked = prediction.ranked()[:_LABELS_SHOWN]
    if label is not None and label not in [name for name, _ in ranked]:
        ranked = [*ranked[:-1], (label, prediction.probability_of(label))]
    ranked = ranked[::-1]
    names = [name for name, _ in ranked]
    values = [100 * probability for _, probability in ranked]
    logits = [float(prediction.logits[prediction.labels.index(name)]) for name in names]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=list(range(len(names))),
            orientation="h",
            marker_color=[SUPPORT if name == label else _GREY for name in names],
            text=[f"{value:.1f} %" for value in values],
            textposition="outside",
            cliponaxis=False,
            customdata=[[plain(name), logit] for name, logit in zip(names, logits, strict=True)],
            hovertemplate="<b>%{customdata[0]}</b> %{x:.2f} %<br>logit %{customdata[1]:+.3f}<extra></extra>",
        ),
        lay_out([shorten_name(name) for name in names], "probability (%)", [0, 135], tickvals=[0, 50, 100]),
    )
    if prediction.thresholds is not None:
        limits = [100 * prediction.thresholds[prediction.labels.index(name)] for name in names]
        figure.add_scatter(
            x=limits,
            y=list(range(len(names))),
            mode="markers",
            marker={"symbol": "line-ns", "size": 16, "line": {"width": 2, "color": OPPOSE}},
            hovertemplate="assigned above %{x:.0f} %<extra></extra>",
        )
    return figure


def lay_out(
    names: Sequence[str], title: str, reach: Sequence[float], *, rows: int = 1, **options: Any
) -> dict[str, Any]:
    """Height, margins and axes of horizontal bars, one per name, as one layout: separate updates are slower.

    Each bar takes the height of `rows` rows; `options` are those of the horizontal axis.
    """
    return {
        "height": _ROW * max(rows * len(names), 3) + 70,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "bargap": 0.22,
        "showlegend": False,
        "dragmode": False,
        "xaxis": {"title": title, "range": list(reach), "zeroline": True, "fixedrange": True, **options},
        "yaxis": {
            "range": [-0.6, max(len(names), 3 // rows) - 0.4],
            "tickvals": list(range(len(names))),
            "ticktext": list(names),
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
    }


def _name(explanation: Explanation, pieces: Sequence[Piece]) -> list[str]:
    """The names of the bars: a word that occurs twice gets the words before it, to tell its bars apart."""
    counts = Counter(piece.text for piece in pieces)
    names = []
    for piece in pieces:
        name = f"<b>{shorten_name(piece.text)}</b>"
        if counts[piece.text] > 1:
            before = " ".join(explanation.text[: piece.start].split()[-2:])
            name = f"{shorten_name(before, 14, keep_end=True)} {name}"
        names.append(name)
    return names


def shorten_name(text: str, length: int = 22, *, keep_end: bool = False) -> str:
    """A short name on one line, as Plotly shows it."""
    text = " ".join(text.split())
    if keep_end and len(text) > length:
        text = "…" + text[find_graphemes(text).end(len(text) + 1 - length) :]
    return plain(shorten(text, length))


def plain(text: str) -> str:
    """Escape a text for Plotly, which would read HTML tags, and formulas between dollar signs, in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("$", "&#36;")
