"""The text with every word coloured, as HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

from ...explanation import Explanation
from ...segmentation import find_graphemes
from ...texts.tokens import Span, Word
from ...wording import shorten
from ..colours import OPPOSE, SUPPORT, opacity, to_rgb
from ..numbers import format_logits, measure
from ..pieces import Piece, Unit, split, strongest
from .paragraphs import Paragraphs

_LONG = 1500  # characters: a longer unread part is folded, so that it does not bury the text that was read
_UNREAD = "The model did not read this."
_SHORT = 32  # characters of a label in the legend, or of a word in a tooltip
_LOGITS = "A logit is the number that the model computes for a label before turning it into a probability."


# Colours are translucent over the page's own background, so they work in light and dark themes alike.
STYLE = f"""<style>
.whylight {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.85; font-size: 1.06rem;
  border: 1px solid rgba(128,128,128,.28); border-radius: .6rem; padding: 1rem 1.25rem; }}
.whylight .word {{ border-radius: .22em; padding: .12em 0; outline-offset: 1px; }}
.whylight .unknown {{ outline: 1px dashed color-mix(in srgb, currentColor 60%, transparent); outline-offset: 0; }}
.whylight .word:hover, .whylight .word:focus {{ outline: 2px solid currentColor; }}
.whylight .for {{ background: rgba({to_rgb(SUPPORT)},var(--w)); }}
.whylight .against {{ background: rgba({to_rgb(OPPOSE)},var(--w)); text-decoration: underline dotted;
  text-decoration-thickness: .1em; text-underline-offset: .22em; }}
.whylight.passage {{ font-size: .96rem; line-height: 1.7; padding: .5rem .8rem; max-height: 11.5rem;
  overflow-y: auto; }}
.whylight .sought {{ background: none; color: inherit; font-weight: 700; box-shadow: 0 .16em 0 currentColor; }}
.whylight-note {{ font-size: .86rem; opacity: .8; margin: 0 0 .45rem; }}
.whylight-doubt {{ border-left: 4px solid #d9640e; padding: .3rem .8rem; margin: 0 0 .8rem; }}
.whylight .unread {{ color: color-mix(in srgb, currentColor 72%, transparent); }}
.whylight .unread-from::before {{ content: "not read from here on"; display: block; border-top: 2px dashed #d9640e;
  font-size: .8rem; line-height: 1.6; margin-top: .5rem; }}
.whylight summary {{ cursor: pointer; white-space: normal; }}
.whylight summary::before {{ content: attr(aria-label); }}
.whylight .word:focus::after {{ content: attr(title); position: fixed; right: 1rem; bottom: 1rem; z-index: 9;
  max-width: min(26rem, calc(100vw - 2rem)); white-space: pre-line; background: #262730; color: #fafafa;
  font-size: .84rem; line-height: 1.45; padding: .45em .7em; border-radius: .4em; text-decoration: none; }}
.whylight .word[role=button] {{ cursor: pointer; }}
.whylight .word.dropped {{ text-decoration: line-through; opacity: .55; }}
.whylight .word.masked {{ background: repeating-linear-gradient(135deg, rgba(128,128,128,.5) 0 3px,
  rgba(128,128,128,.12) 3px 6px); opacity: .8; text-decoration: none; }}
.whylight-difference {{ unicode-bidi: plaintext; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.7; }}
.whylight-difference del {{ opacity: .6; }}
.whylight-difference ins {{ text-decoration: underline; text-decoration-thickness: .12em; font-weight: 600; }}
.whylight-legend {{ display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .7rem; font-size: .86rem;
  opacity: .8; margin-bottom: .45rem; }}
.whylight-legend .ends {{ display: inline-flex; flex-wrap: nowrap; align-items: center; gap: .5rem; }}
.whylight-legend .scale {{ width: clamp(4rem, 20vw, 9rem); height: .6rem; border-radius: .3rem;
  background: linear-gradient(90deg, rgba({to_rgb(OPPOSE)},.62), rgba({to_rgb(OPPOSE)},0) 50%,
  rgba({to_rgb(SUPPORT)},0) 50%, rgba({to_rgb(SUPPORT)},.62)); }}
.whylight-legend .scale.half {{ background: linear-gradient(90deg, rgba({to_rgb(SUPPORT)},0),
  rgba({to_rgb(SUPPORT)},.62)); }}
.whylight-legend .against {{ text-decoration: underline dotted; text-underline-offset: .22em; }}
.whylight-legend .hint {{ margin-left: auto; }}
@media print {{ .whylight-legend .screen {{ display: none; }}
  .whylight.passage, .whylight .unread.long {{ max-height: none; overflow: visible; }}
  .whylight .unread {{ opacity: 1; color: #777; }} }}
</style>"""


def render_text(explanation: Explanation, *, unit: Unit = "word", scale: float | None = None) -> str:
    """The whole text as HTML, in a `div.whylight` of `span.word`, its own paragraphs and spacing kept.

    Subwords that share a letter are drawn as one. Each paragraph runs in its own direction.
    `scale` is the attribution (in logits) that takes the full colour; by default the strongest of this explanation.
    """
    scale = scale or strongest([explanation], unit) or 1.0
    text = explanation.text
    parts, place = Paragraphs(text), 0
    pieces = _widen(text, [one for one in split(explanation, unit) if not one.special and one.end > one.start])
    total = len(pieces)
    for start, group in groupby(pieces, key=_overlapping()):
        run = list(group)
        end = max(piece.end for piece in run)
        _add_gap(parts, text[place:start], place, explanation.unread)
        parts.add(_render_run(run, text[start:end], scale, total, measure(explanation), is_first=not place))
        place = end
    _add_gap(parts, text[place:], place, explanation.unread)
    return f'<div class="whylight" dir="auto" data-label="{escape(explanation.label)}">{parts.render()}</div>'


def render_passage(
    text: str,
    words: Sequence[Word],
    *,
    label: str,
    scale: float,
    window: tuple[int, int] | None = None,
    sought: int | None = None,
    sought_end: int | None = None,
) -> str:
    """A text, or the part of it in `window`, as HTML, coloured by the words of an earlier explanation.

    The words are those of one explanation, in the order of the text. The word that starts at `sought` is marked, and
    so are the words after it that end at or before `sought_end`.
    """
    first, last = window or (0, len(text))
    order = sorted(range(len(words)), key=lambda index: -abs(words[index].attribution))
    ranks = {index: rank for rank, index in enumerate(order, start=1)}
    letters = find_graphemes(text)
    first, last = letters.begin(first), letters.end(last)
    parts, place = Paragraphs(text), first
    parts.add("…" if first else "")
    for index, word in enumerate(words):
        if word.start < place or word.end > last:
            continue
        piece = Piece(word.text, word.start, word.end, word.attribution, ranks[index], ())
        parts.add_text(text[place : word.start])
        shown = _render_run(
            [piece], text[word.start : word.end], scale or 1.0, len(words), "logits", is_first=place == first
        )
        is_sought = sought is not None and (
            word.start == sought or (sought < word.start and word.end <= (sought_end or 0))
        )
        parts.add(f'<mark class="sought">{shown}</mark>' if is_sought else shown)
        place = word.end
    parts.add_text(text[place:last])
    parts.add("…" if last < len(text) else "")
    return f'<div class="whylight passage" dir="auto" data-label="{escape(label)}">{parts.render()}</div>'


def _widen(text: str, pieces: list[Piece]) -> list[Piece]:
    """Pieces widened to whole graphemes, because a subword may be only part of a letter."""
    letters = find_graphemes(text)
    return [replace(piece, start=letters.begin(piece.start), end=letters.end(piece.end)) for piece in pieces]


def _add_gap(parts: Paragraphs, gap: str, start: int, unread: Sequence[Span]) -> None:
    """Add the text between two words, or after the last, and mark the parts of it that the model did not read."""
    place = 0
    for stretch in unread:
        if max(start, stretch.start) < stretch.end <= start + len(gap):
            first = max(place, stretch.start - start)  # it may begin in a word, which is shown
            parts.add_text(gap[place:first])
            place = stretch.end - start
            add_unread(parts, gap[first:place])
    parts.add_text(gap[place:])


def add_unread(parts: Paragraphs, text: str) -> None:
    """Add text that the model did not read: grey, after a mark where reading ended; folded if it is long."""
    if not text:
        return
    parts.add('<span class="unread-from"></span>')
    if not (said := say_folded(len(text))):
        parts.add_text(text, lambda line: f'<span class="unread" title="{_UNREAD}">{escape(line)}</span>')
        return
    inside = Paragraphs(text)
    inside.add_text(text)
    parts.add(f'<details class="unread"><summary aria-label="{said}"></summary>{inside.render()}</details>')


def say_folded(length: int) -> str:
    """The summary that stands in for unread text of this length; empty if the text is too short to be folded."""
    return f"{length:,} characters that the model did not read" if length > _LONG else ""


def render_legend(explanation: Explanation, scale: float, *, label: str | None = None) -> str:
    """What the colours mean, with the attribution that takes the full colour.

    `label` replaces the name of the label in a legend of several explanations; by default its own name is used.
    """
    label, other = (
        shorten(" ".join(name.split()), _SHORT) for name in (label or explanation.label, explanation.rather_than or "")
    )
    against, supporting = f"for {other}" if other else f"against {label}", f"for {label}"
    unit, deed = "logits", "hover or tap a word for its number"
    if explanation.explains_value:
        against, supporting = "lowers the value", "raises the value"
        unit, deed = "", "hover or tap a word for what it adds"
    if not explanation.method.signed:
        against, supporting = "", f"moves {label}, up or down"
        unit, deed = "the method has no sign", "hover or tap a word for its number"
    return (
        '<div class="whylight-legend">'
        f"{_render_scale(against, scale)}{format_logits(scale)}</span><span>{escape(supporting)}</span>"
        f'<span class="hint" title="{_LOGITS if unit == "logits" else ""}">{unit}'
        f'<span class="screen">{"; " if unit else ""}{deed}</span></span></div>'
    )


def render_shared_legend(explanations: Sequence[Explanation], scale: float) -> str:
    """What the colours of explanations side by side mean.

    Usually one legend; one more where signed and unsigned methods, or labels and predicted values, are mixed.
    """
    label = None if len({one.label for one in explanations}) == 1 else "the column’s label"
    kinds = {(one.method.signed, not one.explains_value): one for one in reversed(explanations)}
    return "".join(render_legend(one, scale, label=label) for one in reversed(kinds.values()))


def _render_scale(against: str, scale: float) -> str:
    """The scale's left end and its colours; only half of the scale if the method has no sign."""
    if not against:
        return (
            '<span class="ends">0<span class="scale half" role="img" aria-label="from plain, nothing, to blue, much">'
            "</span>"
        )
    return (
        f'<span class="against">{escape(against)}</span><span class="ends">{format_logits(-scale)}'
        '<span class="scale" role="img" aria-label="from orange, against, to blue, for"></span>'
    )


def _overlapping() -> Callable[[Piece], int]:
    """A grouping key: subwords that share characters (bytes of one letter) are drawn as one."""
    reach = start = -1

    def key(piece: Piece) -> int:
        nonlocal reach, start
        if piece.start >= reach:
            start = piece.start
        reach = max(reach, piece.end)
        return start

    return key


def _render_run(
    run: list[Piece], shown: str, scale: float, total: int, measured_in: str, *, is_first: bool = False
) -> str:
    """A word; the first one can be reached by keyboard, and leads to the others (`KEYS_SCRIPT`)."""
    paint = _paint(run, scale, total, measured_in)
    style = f' style="--w:{paint.strength:.2f}"' if paint.strength else ""
    return (
        f'<span class="{" ".join(["word", *paint.look.split()])}"{style} tabindex="{0 if is_first else -1}" '
        f'data-attribution="{paint.attribution:.6g}" title="{escape(paint.tooltip)}">{escape(shown)}</span>'
    )


@dataclass(frozen=True, slots=True)
class Paint:
    """How a word is drawn: `look` is "for" or "against", and "unknown"; `strength` is how opaque its colour is."""

    attribution: float
    look: str
    strength: float
    tooltip: str


def paint_words(explanation: Explanation, *, scale: float | None = None) -> dict[int, Paint]:
    """How each word is drawn, by the index of its first character; `scale` is that of `render_text`."""
    scale = scale or strongest([explanation]) or 1.0
    pieces = split(explanation, "word")
    return {piece.start: _paint([piece], scale, len(pieces), measure(explanation)) for piece in pieces}


def _paint(run: list[Piece], scale: float, total: int, measured_in: str) -> Paint:
    value = sum(piece.attribution for piece in run)
    strength = opacity(value, scale)
    look = "" if not strength else "for" if value > 0 else "against"
    if any(piece.unknown for piece in run):
        look = f"{look} unknown".strip()
    return Paint(value, look, strength, _tooltip(run, value, total, measured_in))


def _tooltip(run: list[Piece], value: float, total: int, measured_in: str) -> str:
    word = shorten(" ".join("".join(piece.text for piece in run).split()), _SHORT)
    lines = [f"“{word}” {format_logits(value, 3)} {measured_in} · rank {run[0].rank} of {total}"]
    subwords = run[0].subwords or (tuple((piece.text, piece.attribution) for piece in run) if len(run) > 1 else ())
    if len(subwords) > 1:
        lines.append("subwords: " + ", ".join(f"{text} {format_logits(part, 3)}" for text, part in subwords))
    if any(piece.unknown for piece in run):
        lines.append("The model does not know this word.")
    return "\n".join(lines)
