"""Pure functions: an explanation in, HTML, a Plotly figure or a table out. All text is escaped here."""

from .charts.bars import draw_labels, draw_words
from .charts.curves import draw_curves
from .charts.data_set import WordBar, draw_calibration, draw_confusion, draw_label_words, draw_spread
from .colours import PLAIN_BELOW, tint
from .csv import to_csv
from .guide import GUIDE
from .numbers import format_count, format_logits, format_share, format_signed, format_value, measure, name_unit
from .pages.change import (
    quote_word,
    render_change,
    render_copy,
    say_chance,
    say_change,
    say_files,
    say_finding,
    say_how,
    say_side_effects,
    tabulate_change,
)
from .pages.comparison import Comparison, render_comparison, say_scales
from .pages.data_set import Summary, render_summary
from .pages.explanation import About, render_fragment, render_page, tabulate_facts
from .pages.trial import find_scales, render_trial, say_trial, tabulate_sides, tabulate_trial
from .pieces import Unit, split, strongest
from .sentences import (
    say,
    say_cautions,
    say_completeness,
    say_doubts,
    say_evaluations,
    say_joined,
    say_method,
    say_reader,
    say_sum,
    say_trust,
    say_unknown,
    say_unread,
)
from .tables import SIDES, tabulate_labels, tabulate_side_by_side, tabulate_units
from .text.difference import render_difference
from .text.highlight import (
    STYLE,
    Paint,
    paint_words,
    render_legend,
    render_passage,
    render_shared_legend,
    render_text,
    say_folded,
)
from .text.keyboard import KEYS_SCRIPT
from .text.paragraphs import split_lines
from .verdicts import MEASURES, WAYS, say_agreement, say_best, say_evidence, say_half, say_removal

__all__ = [
    "GUIDE",
    "KEYS_SCRIPT",
    "MEASURES",
    "PLAIN_BELOW",
    "SIDES",
    "STYLE",
    "WAYS",
    "About",
    "Comparison",
    "Paint",
    "Summary",
    "Unit",
    "WordBar",
    "draw_calibration",
    "draw_confusion",
    "draw_curves",
    "draw_label_words",
    "draw_labels",
    "draw_spread",
    "draw_words",
    "find_scales",
    "format_count",
    "format_logits",
    "format_share",
    "format_signed",
    "format_value",
    "measure",
    "name_unit",
    "paint_words",
    "quote_word",
    "render_change",
    "render_comparison",
    "render_copy",
    "render_difference",
    "render_fragment",
    "render_legend",
    "render_page",
    "render_passage",
    "render_shared_legend",
    "render_summary",
    "render_text",
    "render_trial",
    "say",
    "say_agreement",
    "say_best",
    "say_cautions",
    "say_chance",
    "say_change",
    "say_completeness",
    "say_doubts",
    "say_evaluations",
    "say_evidence",
    "say_files",
    "say_finding",
    "say_folded",
    "say_half",
    "say_how",
    "say_joined",
    "say_method",
    "say_reader",
    "say_removal",
    "say_scales",
    "say_side_effects",
    "say_sum",
    "say_trial",
    "say_trust",
    "say_unknown",
    "say_unread",
    "split",
    "split_lines",
    "strongest",
    "tabulate_change",
    "tabulate_facts",
    "tabulate_labels",
    "tabulate_side_by_side",
    "tabulate_sides",
    "tabulate_trial",
    "tabulate_units",
    "tint",
    "to_csv",
]
