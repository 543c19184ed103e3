"""Pure functions: an explanation in, HTML, a Plotly figure or a table out. All text is escaped here."""

from .bars import draw_labels, draw_words
from .curves import draw_curves
from .highlight import STYLE, render_legend, render_text, tint
from .table import tabulate_labels, tabulate_side_by_side, tabulate_units
from .units import Unit, format_logits, format_value, measure, strongest

__all__ = [
    "STYLE",
    "Unit",
    "draw_curves",
    "draw_labels",
    "draw_words",
    "format_logits",
    "format_value",
    "measure",
    "render_legend",
    "render_text",
    "strongest",
    "tabulate_labels",
    "tabulate_side_by_side",
    "tabulate_units",
    "tint",
]
