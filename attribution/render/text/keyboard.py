"""How coloured words are reached by keyboard and read aloud, in reports and on pages."""

from __future__ import annotations

# Tab stops once at each text, and arrow keys move from word to word, so that nobody has to tab through a thousand
# words. A word has an accessible name only while it has the focus: a screen reader that reads on should say the text.
KEYS_SCRIPT = """
const texts = ".whylight[data-label]:not([data-keys=own])";
const nth = number => {
  const last = number % 100 >= 11 && number % 100 <= 13 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[number % 10] ?? "th";
  return `${number}${last}`;
};
const tell = (word, text) => {
  const value = Number(word.dataset.attribution), [, rank, total] = word.title.match(/rank (\\d+) of (\\d+)/) ?? [];
  const side = value === 0 ? "neither for nor against" : value > 0 ? "for" : "against";
  const size = `${value < 0 ? "minus" : "plus"} ${Number(Math.abs(value).toPrecision(2))}`;
  const place = rank ? `, ${nth(Number(rank))} of ${total}` : "";
  const known = word.classList.contains("unknown") ? ", not known to the model" : "";
  return `${word.textContent}, ${side} ${text.dataset.label}, ${size}${place}${known}`;
};
document.addEventListener("focusin", event => {
  const text = event.target.closest?.(texts), word = event.target.closest?.(".word");
  if (!text || !word) return;
  word.setAttribute("role", "img");
  word.setAttribute("aria-label", tell(word, text));
});
document.addEventListener("focusout", event => {
  if (!event.target.closest?.(texts)) return;
  event.target.removeAttribute("role");
  event.target.removeAttribute("aria-label");
});
document.addEventListener("keydown", event => {
  const text = event.target.closest?.(texts), word = event.target.closest?.(".word");
  if (!text || !word || event.ctrlKey || event.metaKey || event.altKey) return;
  const words = [...text.querySelectorAll(".word")], place = words.indexOf(word);
  const places = { ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1,
    Home: 0, End: words.length - 1 };
  const next = words[places[event.key]];
  if (!(event.key in places)) return;
  event.preventDefault();
  if (!next || next === word) return;
  word.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
"""
"""JavaScript that runs once in a document."""
