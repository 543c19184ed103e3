"""A coloured text whose words can be clicked, by mouse, finger or keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import streamlit as st

from attribution import Explanation
from attribution.render import paint_words
from attribution.tokens import Span

_SCRIPT = """
export default function({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".whylight");
  const shown = JSON.stringify(data);
  if (box.shown === shown) return;
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.word : null;
  box.shown = shown;
  box.dataset.label = data.label;
  box.replaceChildren(...data.parts.map(part => {
    const span = document.createElement("span");
    span.textContent = part.text;
    if (part.word === undefined) {
      if (part.look) span.className = part.look;
      return span;
    }
    span.className = ["word", part.look, part.state].filter(Boolean).join(" ");
    if (part.strength) span.style.setProperty("--w", part.strength);
    span.title = part.title;
    span.setAttribute("role", "button");
    span.setAttribute("aria-pressed", String(Boolean(part.state)));
    span.setAttribute("aria-label", part.state ? `${part.text}, ${part.state}` : part.text);
    span.dataset.word = part.word;
    span.dataset.attribution = part.attribution;
    span.tabIndex = -1;
    return span;
  }));
  const words = [...box.querySelectorAll(".word")];
  const current = words.find(word => word.dataset.word === focused) ?? words[0];
  if (current) current.tabIndex = 0;
  if (focused !== null) current?.focus({ preventScroll: true });
  const press = word => setTriggerValue("pressed", Number(word.dataset.word));
  box.onclick = event => {
    const word = event.target.closest(".word");
    if (word) press(word);
  };
  box.onkeydown = event => {
    const place = words.indexOf(document.activeElement);
    if (place < 0) return;
    if (event.key === "Enter" || event.key === " ") press(words[place]);
    else {
      const next = words[place + ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key] ?? 0)];
      if (!next || next === words[place]) return;
      words[place].tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
    event.preventDefault();
  };
}
"""

_clickable = st.components.v2.component(
    "whylight_words",
    html='<div class="whylight" dir="auto" role="group" aria-label="The words of your copy"></div>',
    js=_SCRIPT,
    isolate_styles=False,
)


def show_words(
    text: str,
    spans: tuple[Span, ...],
    *,
    states: Mapping[int, str],
    places: Mapping[int, int],
    explanation: Explanation,
    scale: float,
    key: str,
    on_press: Callable[[int], None],
) -> None:
    """Draw a text, and tell which of its words was clicked.

    Args:
        text: all of it, with what was dropped.
        spans: its words.
        states: "dropped" or "masked", by word.
        places: where each word that is left begins in the explained text.
        explanation: colours the words.
        scale: the attribution that takes the full colour.
        key: the widget's.
        on_press: called with the word.
    """

    def press() -> None:
        pressed = st.session_state[key].get("pressed")
        if pressed is not None and 0 <= int(pressed) < len(spans):
            on_press(int(pressed))

    paints = paint_words(explanation, scale=scale)

    def describe() -> Iterator[dict[str, object]]:
        end = 0
        for word, span in enumerate(spans):
            if span.start < end:  # it shares its characters with the word before
                continue
            if span.start > end:
                yield {"text": text[end : span.start]}
            end = span.end
            shown = {"text": text[span.start : end], "word": word, "state": states.get(word, "")}
            paint = paints.get(places.get(word, -1))
            if paint is None or shown["state"]:
                yield {**shown, "title": "Click to put it back." if shown["state"] else "", "attribution": 0}
                continue
            yield {
                **shown,
                "look": paint.look,
                "strength": round(paint.strength, 2),
                "title": paint.tooltip,
                "attribution": float(f"{paint.attribution:.6g}"),
            }
        yield {"text": text[end:]}

    _clickable(
        key=key,
        data={"label": explanation.label, "parts": list(describe())},
        on_pressed_change=press,
    )
