"""A coloured text whose words can be clicked, by mouse, finger or keyboard."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import streamlit as st

from attribution import Explanation
from attribution.render import Paint, paint_words, say_folded, split_lines
from attribution.texts.tokens import Span

_SCRIPT = """
export default function({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".whylight");
  const shown = JSON.stringify(data);
  if (box.shown === shown) return;
  // A press may redraw the page with another box: the word that was pressed keeps the focus.
  const lost = document.activeElement === document.body ? window.whylightPressed ?? null : null;
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.word : lost;
  box.shown = shown;
  box.dataset.label = data.label;
  const paragraphs = [];
  const add = (span, begins) => {
    if (begins) {
      const paragraph = document.createElement("div");
      paragraph.dir = "auto";
      paragraphs.push(paragraph);
    }
    paragraphs.at(-1).append(span);
  };
  data.parts.forEach((part, index) => {
    const span = document.createElement("span");
    span.textContent = part.text;
    if (part.word === undefined) {
      if (part.look) span.className = part.look;
      return add(span, index === 0 || part.begins);
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
    add(span, index === 0 || part.begins);
  });
  box.replaceChildren(...paragraphs);
  if (data.folded) {
    const unread = [...box.querySelectorAll("div:has(> .unread)")];
    box.querySelectorAll(".unread").forEach(span => { span.className = ""; });
    const folded = document.createElement("details");
    folded.className = "unread";
    folded.open = box.unfolded ?? false;
    folded.ontoggle = () => { box.unfolded = folded.open; };
    folded.append(document.createElement("summary"), ...unread);
    folded.firstChild.setAttribute("aria-label", data.folded);
    box.append(folded);
  }
  const words = [...box.querySelectorAll(".word")];
  const current = words.find(word => word.dataset.word === focused) ?? words[0];
  if (current) current.tabIndex = 0;
  if (focused !== null) current?.focus({ preventScroll: true });
  const press = word => {
    window.whylightPressed = word.dataset.word;
    setTriggerValue("pressed", Number(word.dataset.word));
  };
  box.onfocusin = () => { window.whylightPressed = null; };
  box.onclick = event => {
    const word = event.target.closest(".word");
    if (word) press(word);
  };
  box.onkeydown = event => {
    const place = words.indexOf(document.activeElement);
    if (place < 0) return;
    if (event.key === "Enter" || event.key === " ") press(words[place]);
    else {
      const moved = { ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1,
        Home: 0, End: words.length - 1 };
      const next = words[moved[event.key]];
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
    html='<div class="whylight" data-keys="own" dir="auto" role="group" aria-label="The words of your copy"></div>',
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
    unread_from: int | None,
    key: str,
    on_press: Callable[[int], None],
) -> None:
    """Draw a text whose words can be clicked.

    Args:
        text: the whole copy, dropped words included.
        spans: its words.
        states: "dropped" or "masked", by word.
        places: where each word that is left begins in the explained text.
        explanation: colours the words.
        scale: the attribution that is drawn in full colour.
        unread_from: the place from which the model reads nothing, or None.
        key: the widget's key.
        on_press: called with the index of the word that was clicked.
    """

    def press() -> None:
        pressed = st.session_state[key].get("pressed")
        if pressed is not None and 0 <= int(pressed) < len(spans):
            on_press(int(pressed))

    paints = _find_paints(paint_words(explanation, scale=scale), places)
    parts = list(_describe(text, spans, states, paints, unread_from))
    folded = "" if unread_from is None else say_folded(len(text) - unread_from)
    for part, before in zip(parts[1:], parts, strict=False):
        is_fold = bool(folded) and before.get("look") == "unread-from"
        part["begins"] = is_fold or before["text"].endswith(("\r", "\n"))
    _clickable(
        key=key,
        data={"label": explanation.label, "parts": parts, "folded": folded},
        on_pressed_change=press,
    )


def _find_paints(paints: Mapping[int, Paint], places: Mapping[int, int]) -> dict[int, Paint]:
    """How each word that is left of a copy is drawn; `places` has where it begins in the explained text.

    In scripts without spaces, words of the explained text may be longer than those of the copy: a word of the copy then
    takes the colour of the word that it lies in.
    """
    starts = sorted(paints)
    return {
        word: paints[starts[bisect_right(starts, place) - 1]] for word, place in places.items() if place >= starts[0]
    }


def _describe(
    text: str,
    spans: tuple[Span, ...],
    states: Mapping[int, str],
    paints: Mapping[int, Paint],
    unread_from: int | None,
) -> Iterator[dict[str, Any]]:
    """The words, what stands between them, and what the model does not read, as the script draws them."""
    end = 0
    for word, span in enumerate(spans):
        if span.start < end:  # it shares its characters with the word before
            continue
        yield from ({"text": line} for line in split_lines(text[end : span.start]))
        end = span.end
        shown = {"text": text[span.start : end], "word": word, "state": states.get(word, "")}
        paint = paints.get(word)
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
    unread = len(text) if unread_from is None else max(end, unread_from)
    yield from ({"text": line} for line in split_lines(text[end:unread]))
    if unread < len(text):
        yield {"text": "", "look": "unread-from"}
        yield from ({"text": line, "look": "unread"} for line in split_lines(text[unread:]))
