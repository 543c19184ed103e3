"""How a report prints: whole, on white, with its colours, on paper of any size."""

from __future__ import annotations

import plotly.graph_objects as go

_FULL, _HALF = 680, 330
"""The width between the margins of A4 and Letter, in pixels at 96 an inch, and that of one of two columns."""

_LOWER, _AROUND = 0.5, 70
"""How much closer rows are on paper, and the pixels around them: two charts of 24 bars then fit on a Letter page."""

_TALL = 500
"""The height in pixels above which a confusion matrix is drawn lower, too."""

_SMALL = 10
"""The font size of charts on paper, in pixels: 7.5 points."""

PAPER_STYLE = """<style>
@page { margin: 14mm; }
@media print {
  :root, body { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; line-height: 1.4; orphans: 3; widows: 3; }
  .whylight *, .scale, td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h1 { font-size: 15pt; margin-top: 0; } h2 { font-size: 12pt; margin: 1.1rem 0 .5rem; }
  h3 { font-size: 10.5pt; margin: .5rem 0 .1rem; } h3 + p { margin: 0; }
  h1, h2, h3, h2 + p, h3 + p, .whylight-legend { break-after: avoid; }
  p, li, tr, .plot, .together { break-inside: avoid; } .grid.long { display: block; }
  .whylight { font-size: 10.5pt; line-height: 1.7; padding: .5rem .8rem; orphans: 4; widows: 4;
    box-decoration-break: clone; -webkit-box-decoration-break: clone; }
  .save { display: none; }
  .whylight summary { font-size: 9pt; margin: 0; }
  .wide { overflow: visible; } .grid { grid-template-columns: 1fr 1fr; gap: .4rem 1rem; margin-top: .6rem; }
  .grid > * { overflow: visible; } .grid > .broad { grid-column: 1 / -1; }
  table { font-size: 8.5pt; } th, td { padding: .12rem .5rem .12rem 0; } th.number { white-space: normal; }
  .facts th { width: 7.5rem; }
  .facts th, .whylight-legend { opacity: 1; color: #555; }
  .guide { max-width: none; font-size: 9pt; } .guide h3 { font-size: 9.5pt; margin: .4rem 0 .1rem; }
  .guide li { margin: .1rem 0; }
  .context { display: table-cell; }
  summary { font-size: 12pt; margin: 1.1rem 0 .4rem; list-style: none; }
  summary::-webkit-details-marker { display: none; }
  details:not([open]) summary { font-size: 9pt; font-weight: 400; color: #555; margin: .4rem 0; }
  details:not([open]) summary::after { content: " (closed when this was printed)"; }
  details[open] summary { break-after: avoid; }
  .plot > div, .js-plotly-plot, .js-plotly-plot .plot-container, .js-plotly-plot .svg-container {
    width: 100% !important; height: auto !important; }
  .js-plotly-plot .main-svg { display: block; width: 100% !important; height: auto !important; }
  .js-plotly-plot .main-svg:first-of-type { position: static !important; }
}
</style>"""
"""Comes last, because it overrides the styles for screens."""

# A chart is drawn for the width of a screen. Before printing it is drawn again for paper, and its view box scales away
# whatever difference remains.
PAPER_SCRIPT = (
    f"<script>const paper = {{ full: {_FULL}, half: {_HALF}, letters: {_SMALL} }};"
    """
(() => {
  const charts = [...document.querySelectorAll(".js-plotly-plot")].map(chart => {
    const { width = null, height = null, font = {} } = chart.layout;
    return { chart, place: chart.closest(".plot"), screen: { width, height, "font.size": font.size ?? null } };
  });
  const folded = [...document.querySelectorAll(".whylight details:not([open])")];
  addEventListener("beforeprint", () => folded.forEach(one => { one.open = true; }));
  addEventListener("afterprint", () => folded.forEach(one => { one.open = false; }));
  addEventListener("beforeprint", () => charts.forEach(({ chart, place }) => {
    const width = place.closest(".grid > :not(.broad)") ? paper.half : paper.full, height = +place.dataset.height;
    Plotly.relayout(chart, { width, height, "font.size": paper.letters });
    chart.querySelectorAll(".main-svg").forEach(svg => svg.setAttribute("viewBox", `0 0 ${width} ${height}`));
  }));
  addEventListener("afterprint", () => charts.forEach(({ chart, screen }) => {
    chart.querySelectorAll(".main-svg").forEach(svg => svg.removeAttribute("viewBox"));
    Plotly.relayout(chart, { autosize: true, ...screen });
  }));
})();
</script>"""
)


def measure_height(figure: go.Figure) -> int:
    """The height of a chart on paper, in pixels: rows of bars, or of a large matrix, are drawn closer together."""
    height, kind = int(figure.layout.height), figure.data[0].type
    if kind == "bar" or (kind == "heatmap" and height > _TALL):
        return round(_LOWER * (height - _AROUND)) + _AROUND
    return height
