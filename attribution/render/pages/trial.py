"""Explanations that were put to the test, as a table and as one HTML file."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import pandas as pd

from ...ablation.measures import correlate_ranks
from ...ablation.trial import Trial
from ...explanation import Explanation
from ...wording import shorten
from ..charts.curves import draw_curves
from ..guide import point_to_limits, render_limits, tell_limits
from ..numbers import format_share, format_signed
from ..pieces import strongest
from ..tables import SIDES, tabulate_side_by_side
from ..text.highlight import render_legend, render_text
from ..verdicts import MEASURES, WAYS, say_agreement, say_best, say_evidence, say_half, say_removal
from .explanation import About, tabulate_facts
from .html import close_page, embed, open_page, open_with, warn

_NOTHING = About()


def say_trial(trial: Trial) -> str:
    """The verdict in a sentence."""
    if trial.question == "faithfulness":
        return "".join(say_evidence(trial.measured[0].comprehensiveness))
    if len(trial.names) == 1:
        return f"{trial.names[0]}: {''.join(say_evidence(trial.measured[0].comprehensiveness))}"
    return say_best(trial.names, trial.measured)


def tabulate_trial(trial: Trial) -> pd.DataFrame:
    """One row per explanation: its measures, its rank correlation with the first, and its evaluations."""
    return pd.DataFrame(
        {
            "": list(trial.names),
            "comprehensiveness": [one.comprehensiveness.value for one in trial.measured],
            "better than random": [100 * one.comprehensiveness.percentile for one in trial.measured],
            "sufficiency": [one.sufficiency.value for one in trial.measured],
            "log-odds": [one.log_odds.value for one in trial.measured],
            "rank correlation": [correlate_ranks(trial.explanations[0], one) for one in trial.explanations],
            "baseline itself": [_say_baseline(one) for one in trial.explanations],
            "evaluations": [one.evaluations for one in trial.explanations],
        }
    )


def tabulate_sides(trial: Trial) -> pd.DataFrame:
    """Every word's attribution from every baseline; words whose side depends on the baseline come first."""
    table = tabulate_side_by_side(dict(zip(trial.names, trial.explanations, strict=True)))
    return table.sort_values("depends", ascending=False, kind="stable")


def find_scales(trial: Trial) -> list[float]:
    """The attribution that takes the full colour: one for all baselines, but one per method, as their units differ."""
    together = strongest(trial.explanations)
    return [together if trial.question == "baselines" else strongest([one]) for one in trial.explanations]


def render_trial(trial: Trial, *, created: datetime | None = None, about: About = _NOTHING) -> str:
    """A report as one HTML document that works offline, because Plotly's script (about 4.5 MB) is in it."""
    label = trial.explanations[0].label
    parts = [*open_page(f"Whylight: trust, {label}"), about.render(), open_with(say_trial(trial)), point_to_limits()]
    if len(trial.names) == 1:
        (found,) = trial.measured
        parts.append(f"<p>{escape(say_removal(found, label))} {escape(say_half(found))}</p>")
    if trial.question == "baselines":
        table = tabulate_sides(trial)
        count = int(table["depends"].sum())
        parts.append(
            f"<p>{escape(say_agreement(trial.explanations))} {count} of {len(table)} words change sides with the "
            f"baseline. {SIDES}</p>"
        )
    parts += [_render_measures(trial), *_render_curves(trial), *_render_texts(trial), _render_settings(trial)]
    named = dict(zip(trial.names, trial.explanations, strict=True))
    facts = tabulate_facts(named, [created or datetime.now(UTC)], about.model_names)
    return close_page([*parts, facts, render_limits(tell_limits(trial.explanations))])


def _render_measures(trial: Trial) -> str:
    head = ["comprehensiveness", "lead over random", "better than", "sufficiency", "log-odds", "rank correlation"]
    rows = []
    for (name, value, share, sufficiency, log_odds, correlation), one in zip(
        tabulate_trial(trial).iloc[:, :6].itertuples(index=False, name=None), trial.measured, strict=True
    ):
        metric = one.comprehensiveness
        low, high = metric.lead_interval
        cells = [
            format_signed(value, 3),
            f"{format_signed(metric.lead)} ({format_signed(low)} to {format_signed(high)})",
            f"{share:.0f} % of random orders",
            format_signed(sufficiency, 3),
            format_signed(log_odds, 3),
            "–" if correlation != correlation else format_signed(correlation),
        ]
        shown = "".join(f'<td class="number">{cell}</td>' for cell in cells)
        rows.append(f"<tr><td>{escape(str(name))}</td>{shown}</tr>")
    # Without a minimum width, the name would break after every letter on a narrow page.
    titles = '<th style="min-width: 8rem"></th>' + "".join(f'<th class="number">{title}</th>' for title in head)
    notes = "".join(
        f'<p class="whylight-note"><b>{escape(title)}</b>: {escape(meaning)}</p>'
        for title, meaning in MEASURES.values()
    )
    return (
        f"<h2>Beside {trial.orders} random orders of the words</h2>"
        f'<div class="wide"><table><tr>{titles}</tr>{"".join(rows)}</table></div>{notes}'
    )


def _render_curves(trial: Trial) -> list[str]:
    parts = ["<h2>The probability as words go</h2>", '<div class="grid">' if len(trial.names) > 1 else "<div>"]
    for number, (name, one) in enumerate(zip(trial.names, trial.measured, strict=True)):
        title = f"<h3>{escape(name)}</h3>" if len(trial.names) > 1 else ""
        parts.append(f"<section>{title}{embed(draw_curves(one), f'curves-{number}')}</section>")
    return [*parts, "</div>"]


def _render_texts(trial: Trial) -> list[str]:
    parts = []
    for name, one, scale in zip(trial.names, trial.explanations, find_scales(trial), strict=True):
        parts += [f"<h2>{escape(name)}</h2>", warn(one), render_legend(one, scale), render_text(one, scale=scale)]
    return parts


def _render_settings(trial: Trial) -> str:
    facts = {
        "Words are": WAYS[trial.how],
        "Random orders": f"{trial.orders}, drawn with the seed {trial.seed}",
        "Words removed": "the strongest 1, 5, 10, 20 and 50 %, one at least",
        "Probability on the text": f"{trial.measured[0].probability:.4f}",
    }
    rows = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in facts.items())
    return f'<h2>How it was measured</h2><table class="facts">{rows}</table>'


def _say_baseline(explanation: Explanation) -> str:
    prediction = explanation.baseline_prediction
    if prediction is None or prediction.is_value:
        return ""
    label, probability = prediction.ranked()[0]
    return f"{shorten(' '.join(label.split()), 24)} {format_share(probability)}"
