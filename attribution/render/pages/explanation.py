"""An explanation as one HTML file that needs nothing else: it opens offline, prints, and is light or dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any, cast

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from ...explanation import Explanation, MethodTraits
from ..charts.bars import draw_labels, draw_words
from ..guide import point_to_limits, render_limits, tell_limits
from ..pieces import Unit, format_logits, format_share, format_value, measure, strongest
from ..sentences import say_cautions, say_trust
from ..tables import tabulate_units
from ..text.highlight import STYLE, render_legend, render_text, tint
from .keys import KEYS_SCRIPT
from .paper import PAPER_SCRIPT, PAPER_STYLE, measure_height

_PAGE = """<style>
:root { color-scheme: light dark; }
body { font-family: "Source Sans", "Segoe UI", system-ui, sans-serif; line-height: 1.5; margin: 0 auto;
  max-width: 62rem; padding: 1.5rem 1rem 3rem; background: light-dark(#fff, #0e1117);
  color: light-dark(#262730, #fafafa); }
.name { font-weight: 600; margin: 0; } .note { margin: .2rem 0 1rem; unicode-bidi: plaintext; }
h1 { font-size: 1.5rem; line-height: 1.3; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; font-size: .9rem; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .22rem .7rem .22rem 0; overflow-wrap: anywhere;
  border-bottom: 1px solid rgba(128,128,128,.25); } td { unicode-bidi: plaintext; }
th { font-weight: 600; } .number { text-align: right; white-space: nowrap; }
.facts th { width: 13rem; font-weight: 400; opacity: .75; }
summary { font-size: 1.15rem; font-weight: 700; margin: 2rem 0 .6rem; cursor: pointer; }
@media (max-width: 640px) { .facts th { width: 6rem; } .context { display: none; } }
.save { text-align: right; font-size: .84rem; opacity: .8; } .save button { font: inherit; cursor: pointer; }
.guide { max-width: 44rem; } .guide h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
.guide ul { margin: 0; padding-left: 1.2rem; } .guide li { margin: .25rem 0; } .pointer { font-size: .86rem; }
a { color: inherit; }
.warning { border-left: 4px solid #d9640e; padding: .3rem .8rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr)); gap: 1rem; }
.grid > * { min-width: 0; overflow: hidden; } .grid > .broad { grid-column: 1 / -1; } .wide { overflow-x: auto; }
.js-plotly-plot text { fill: currentColor !important; }
</style>"""
# A chart is drawn when its own place is all that there is of the grid.
_SETTLE = "<script>window.dispatchEvent(new Event('resize'))</script>"


@dataclass(frozen=True, slots=True)
class About:
    """What a reader calls what a report tells of.

    Attributes:
        model_names: what models are called, by the SHA-256 of their files.
        name: of what was saved; empty for what was not.
        note: the reader's own, of several lines.
    """

    model_names: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    note: str = ""

    def render(self) -> str:
        """Name and note as HTML, nothing where there are none."""
        note = "<br>".join(map(escape, self.note.splitlines()))
        return "".join(
            f'<p class="{look}" dir="auto">{said}</p>'
            for look, said in (("name", escape(self.name)), ("note", note))
            if said
        )


_NOTHING = About()


def render_fragment(explanation: Explanation) -> str:
    """What a notebook shows of an explanation: the headline, the legend and the coloured text."""
    scale = strongest([explanation])
    sentences = [say(explanation), say_trust(explanation), *say_cautions(explanation)]
    said = f'<p class="whylight-note">{escape(" ".join(sentences))}</p>'
    return STYLE + said + render_legend(explanation, scale) + render_text(explanation, scale=scale)


def render_page(
    explanation: Explanation,
    *,
    top_k: int = 12,
    unit: Unit = "word",
    created: datetime | None = None,
    about: About = _NOTHING,
) -> str:
    """A report as one HTML document, Plotly's own script in it (about 4.5 MB), for a browser without a network."""
    parts = [
        *open_page(f"Whylight: {explanation.label}"),
        about.render(),
        f"<h1>{escape(say(explanation))}</h1>",
        affirm(explanation),
        warn(explanation),
        point_to_limits(),
        render_legend(explanation, strongest([explanation], unit)),
        render_text(explanation, unit=unit),
        '<section class="together">',
        f"<h2>{'Strongest words for and against' if explanation.method.signed else 'Words that move it most'}</h2>",
        embed(draw_words(explanation, top_k=top_k, unit=unit), "words"),
        "</section>",
    ]
    if explanation.prediction.value is None:
        chart = embed(draw_labels(explanation.prediction, label=explanation.label), "labels")
        parts.append(f'<section class="together"><h2>Every label</h2>{chart}</section>')
    parts += [
        tabulate_facts({explanation.label: explanation}, [created or datetime.now(UTC)], about.model_names),
        _tabulate_pieces(explanation, unit),
        render_limits(tell_limits([explanation])),
    ]
    return close_page(parts)


def open_page(title: str, *, charts: bool = True) -> list[str]:
    """The beginning of an HTML document that needs nothing else, up to where its content starts.

    Without `charts` Plotly's own script, 4.5 MB, is left out.
    """
    return [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # Nothing in the text or the labels can load or send anything, even if the escaping should fail.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
        "style-src 'unsafe-inline'; img-src data: blob:\">",
        STYLE,
        _PAGE,
        PAPER_STYLE,
        f"<script>{get_plotlyjs()}</script>" if charts else "",
        "</head><body><main>",
    ]


def open_with(sentence: str) -> str:
    """The sentence that a document begins with; no percentage in it is broken between two lines."""
    return f"<h1>{escape(sentence).replace(' %', '&nbsp;%')}</h1>"


def close_page(parts: list[str]) -> str:
    """The whole document, of its beginning and its content."""
    return "\n".join([*parts, _SETTLE, PAPER_SCRIPT, f"<script>{KEYS_SCRIPT}</script>", "</main></body></html>\n"])


def say(explanation: Explanation) -> str:
    """What the model says of the text, in a sentence."""
    prediction = explanation.prediction
    if prediction.value is not None:
        return f"The model gives this the value {format_value(prediction.value)}."
    assigned = ", ".join(f"{name} ({format_share(prediction.probability_of(name))})" for name in prediction.assigned)
    files = f"The model files this under {assigned}." if assigned else "The model files this under no label."
    if explanation.label in prediction.assigned and len(prediction.assigned) == 1:
        return f"{files} Why?"
    return f"{files} What spoke for {explanation.label} ({format_share(prediction.probability_of(explanation.label))})?"


def warn(explanation: Explanation) -> str:
    """What a reader must know of the numbers: that they are not exact, not of the whole text, or not what decides."""
    sentences = say_cautions(explanation)
    if not _is_exact(explanation):
        sentences.insert(0, say_trust(explanation))
    return "".join(f'<p class="warning">{escape(sentence)}</p>' for sentence in sentences)


def affirm(explanation: Explanation) -> str:
    """What the numbers add up to, where they are as exact as was asked for; else it is among the warnings."""
    return f"<p>{escape(say_trust(explanation))}</p>" if _is_exact(explanation) else ""


def _is_exact(explanation: Explanation) -> bool:
    return explanation.converged and not explanation.cancelled


def embed(figure: go.Figure, name: str, *, broad: bool = False) -> str:
    """A figure as a part of such a document; `name` is its own in it. A broad one has all columns of a grid."""
    # Streamlit makes a template of its own Plotly's default; axes have no room in it where Streamlit does not draw.
    figure.layout.template = "plotly"  # an update would mix it with the default one
    figure.update_layout(paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)")
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(gridcolor="rgba(128,128,128,.25)", zerolinecolor="rgba(128,128,128,.6)")
    options = {"displayModeBar": False, "responsive": True}
    html = figure.to_html(full_html=False, include_plotlyjs=False, config=options, div_id=name)
    buttons = "".join(
        f"<button onclick=\"Plotly.downloadImage('{name}', "
        f"{{format: '{kind}', scale: 2, filename: 'whylight-{name}'}})\">{kind.upper()}</button>"
        for kind in ("png", "svg")
    )
    look = "plot broad" if broad else "plot"
    return (
        f'<div class="{look}" data-height="{measure_height(figure)}">{html}'
        f'<div class="save">Save the chart {buttons}</div></div>'
    )


def tabulate_facts(
    explanations: Mapping[str, Explanation],
    made: Sequence[datetime],
    model_names: Mapping[str, str] = _NOTHING.model_names,
) -> str:
    """Where explanations come from, each under its name; what holds for all stands there once.

    `made` is when: of each of them, or once for all. `model_names` are as in `About`.
    """
    columns = [_list_facts(explanation, model_names) for explanation in explanations.values()]
    for facts, moment in zip(columns, made if len(made) > 1 else [*made] * len(columns), strict=True):
        facts["Made"] = moment.isoformat(timespec="seconds")
    rows = [] if len(columns) == 1 else ["<tr><td></td>" + _cells(list(explanations), "th") + "</tr>"]
    for fact in dict.fromkeys(name for facts in columns for name in facts):
        values = [facts.get(fact, "–") for facts in columns]
        shown = _cells(values) if len(set(values)) > 1 else f'<td colspan="{len(values)}">{escape(values[0])}</td>'
        rows.append(f"<tr><th>{escape(fact)}</th>{shown}</tr>")
    table = f'<div class="wide"><table class="facts">{"".join(rows)}</table></div>'
    return f'<section class="together"><h2>Where this comes from</h2>{table}</section>'


def _cells(values: list[str], tag: str = "td") -> str:
    return "".join(f"<{tag}>{escape(value)}</{tag}>" for value in values)


def _list_facts(explanation: Explanation, model_names: Mapping[str, str]) -> dict[str, str]:
    model = explanation.model
    name = model_names.get(model.sha256)
    facts = {
        **({"Model": name} if name else {}),
        "Model (SHA-256)": model.sha256,
        "Kind of model": f"{model.classifier} over {model.embeddings}, {model.encoder}",
        "Label": explanation.label,
        "Method": say_method(explanation.method),
        "How exact": say_trust(explanation),
        "Text (SHA-256)": explanation.text_sha256,
        "Text": f"{len(explanation.text):,} characters, {len(explanation.spans):,} words read",
        "Read": _say_read(explanation),
        "With": ", ".join(f"{package} {version}" for package, version in model.versions),
    }
    if model.read_as:
        facts["Read as"] = f"{model.read_as} did"
    if (said := say_reader(model.multi_label_by_reader)) is not None:
        facts["Labels"] = said
    return facts


def say_method(method: MethodTraits) -> str:
    """A method with its settings: baseline, tolerance, precision and whatever else it has."""
    settings = ", ".join(f"{name} {value}" for name, value in asdict(cast(Any, method)).items() if value)
    return f"{method.title}; {settings}"


def say_reader(multi_label: bool | None) -> str | None:
    """What a reader said of the labels of a model whose file says nothing; None where no reader did."""
    if multi_label is None:
        return None
    do = "do not exclude" if multi_label else "exclude"
    return f"{do} each other, as the reader said; the model's file does not say"


def _say_read(explanation: Explanation) -> str:
    length, end = len(explanation.text), explanation.truncated_at
    read = "all of it" if end is None else f"the first {end:,} of {length:,} characters"
    if explanation.skipped is None:
        return read
    return f"{read}, without the characters {explanation.skipped.start + 1:,} to {explanation.skipped.end:,}"


def _tabulate_pieces(explanation: Explanation, unit: Unit) -> str:
    scale = strongest([explanation], unit) or 1.0
    table = tabulate_units(explanation, unit=unit).sort_values("rank")
    rows = "".join(
        f'<tr><td class="number">{rank}</td>'
        f'<td style="{tint(attribution, scale)}">{escape(name)}</td>'
        f'<td class="number">{format_logits(attribution, 4)}</td>'
        f'<td class="context">{escape(context)}</td></tr>'
        for rank, name, attribution, context in table[["rank", unit, "attribution", "context"]].itertuples(
            index=False, name=None
        )
    )
    head = (
        f'<tr><th class="number">rank</th><th>{unit}</th><th class="number">{measure(explanation)}</th>'
        '<th class="context">context</th></tr>'
    )
    return (
        f"<details><summary>Every {unit}</summary><table><thead>{head}</thead><tbody>{rows}</tbody></table></details>"
    )
