"""A Plotly chart, with buttons that save it as a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

_CONFIG = {"displayModeBar": False}

# Plotly draws a chart in several stacked SVG layers, and its own export cannot be called from here; the layers are
# merged into one picture in the browser, without the server.
_SCRIPT = """
export default function({ data, parentElement }) {
  const draw = () => {
    const chart = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
    const layers = [...(chart?.querySelectorAll(".main-svg") ?? [])];
    if (!layers.length) return null;
    const { width, height } = layers[0].getBoundingClientRect();
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    picture.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.setAttribute("width", width);
    picture.setAttribute("height", height);
    const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    ground.setAttribute("width", "100%");
    ground.setAttribute("height", "100%");
    ground.setAttribute("fill", getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor);
    picture.append(ground, ...layers.map(layer => {
      const copy = layer.cloneNode(true);
      copy.style.background = "none";
      return copy;
    }));
    return { width, height, source: new XMLSerializer().serializeToString(picture) };
  };
  const save = (content, ending) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = `${data.name}.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  parentElement.querySelector(".svg").onclick = () => {
    const drawn = draw();
    if (drawn) save(new Blob([drawn.source], { type: "image/svg+xml" }), "svg");
  };
  parentElement.querySelector(".png").onclick = () => {
    const drawn = draw();
    if (!drawn) return;
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = 2 * drawn.width;
      canvas.height = 2 * drawn.height;
      const context = canvas.getContext("2d");
      context.scale(2, 2);
      context.drawImage(image, 0, 0);
      canvas.toBlob(content => save(content, "png"), "image/png");
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(drawn.source);
  };
}
"""
_STYLE = """
div { display: flex; gap: .3rem; align-items: center; justify-content: flex-end; font-size: .84rem;
  color: light-dark(#5c6068, #b4b9c3); }
button { font: inherit; color: inherit; cursor: pointer; padding: .1rem .5rem; border-radius: .35rem;
  border: 1px solid rgba(128,128,128,.4); background: none; }
button:hover, button:focus-visible { border-color: currentColor; }
"""
_saving = st.components.v2.component(
    "whylight_saving",
    html='<div>Save the chart <button class="png">PNG</button><button class="svg">SVG</button></div>',
    css=_STYLE,
    js=_SCRIPT,
)


def show_chart(figure: go.Figure, *, key: str, alt: str, on_point: Callable[[], None] | None = None) -> None:
    """Draw a chart, and offer it as PNG and SVG.

    `alt` is what a screen reader reads out; `on_point` is called when a part of the chart is clicked, with the
    selection in `st.session_state[key].selection`.
    """
    options: dict[str, Any] = {"on_select": on_point, "selection_mode": "points"} if on_point else {}
    st.plotly_chart(figure, key=key, config=_CONFIG, alt=alt, **options)
    _saving(key=f"save_{key}", data={"chart": key, "name": f"whylight-{key.removesuffix('_chart')}"})
