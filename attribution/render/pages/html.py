"""The frame of every report: one HTML file with its style and scripts, light or dark, on a screen and on paper."""

from __future__ import annotations

from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from ...explanation import Explanation
from ..sentences import say_cautions, say_trust
from ..text.highlight import STYLE
from ..text.keyboard import KEYS_SCRIPT
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

# Each chart is drawn before the rest of its grid exists, so all of them are fitted to it once the page is complete.
_SETTLE = "<script>window.dispatchEvent(new Event('resize'))</script>"


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
    """The whole document: `parts`, from `open_page` on, with the scripts and tags that end it."""
    return "\n".join([*parts, _SETTLE, PAPER_SCRIPT, f"<script>{KEYS_SCRIPT}</script>", "</main></body></html>\n"])


def embed(figure: go.Figure, name: str, *, broad: bool = False) -> str:
    """A figure as part of such a document; `name` is unique in it. A broad one spans all columns of the grid."""
    # Streamlit replaces Plotly's default template with its own, which leaves no room for axes outside Streamlit.
    figure.layout.template = "plotly"  # an update would be merged with the default one
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


def warn(explanation: Explanation) -> str:
    """Warnings, as HTML: that the numbers are not exact, not of the whole text, or not what decides."""
    sentences = say_cautions(explanation)
    if not _is_exact(explanation):
        sentences.insert(0, say_trust(explanation))
    return "".join(f'<p class="warning">{escape(sentence)}</p>' for sentence in sentences)


def affirm(explanation: Explanation) -> str:
    """What the numbers add up to, if they are as exact as was asked for; otherwise `warn` says it."""
    return f"<p>{escape(say_trust(explanation))}</p>" if _is_exact(explanation) else ""


def _is_exact(explanation: Explanation) -> bool:
    return explanation.converged and not explanation.cancelled
