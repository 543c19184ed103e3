"""A text and its changed copy: what was changed, in words, and both as one HTML file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

import pandas as pd

from ...ablation.deciding_words import Finding
from ...ablation.what_if import Change, find_joined
from ...explanation import Explanation, Prediction
from ...texts.tokens import Span, find_kept
from ...wording import shorten
from ..guide import point_to_limits, render_limits, tell_limits
from ..numbers import format_share, format_signed, format_value
from ..pieces import Unit, strongest
from ..text.difference import render_difference
from ..text.highlight import Paint, add_unread, paint_words, render_legend, render_text
from ..text.paragraphs import Paragraphs
from .explanation import About, tabulate_facts
from .html import close_page, open_page, open_with, warn

Write = Callable[[str], str]
"""Writes a label's name or a word of the text into a sentence: as it is, or escaped for the output format."""

_NOTHING = About()
_MOST_WORDS = 5
_LONGEST_WORD = 40
_STRUCK = "Struck through: dropped from the text."
_HATCHED = "Hatched: the model is given the mask in its place."
_MASKED = "The model is given the mask in place of this word."


def quote_word(word: str) -> str:
    """A word of the text, in quotation marks."""
    return f"“{word}”"


def say_change(change: Change, *, name: Write = str, quote: Write = quote_word) -> str:
    """What was changed and what came of it, in a sentence: "Without “bill”, billing goes from 88 % to 17 %."."""
    how = say_how(change, quote=quote)
    went = f"{_name_explained(change.before, name)} goes from {' to '.join(_say_chances(change))}"
    return f"{how[0].upper()}{how[1:]}, {went}." if how else f"The copy is the same: {went}."


def say_how(change: Change, *, quote: Write = quote_word) -> str:
    """What was changed, as in "without “bill” and with “due” masked"; empty where nothing was."""
    ways = []
    if change.is_rewritten:
        ways.append("with the text rewritten")
    for before, spans, after in (("without ", change.dropped, ""), ("with ", change.masked, " masked")):
        if spans:
            ways.append(f"{before}{_list_words([change.copy[one.start : one.end] for one in spans], quote)}{after}")
    return _join(ways)


def say_side_effects(change: Change, *, quote: Write = quote_word) -> list[str]:
    """The side effects of dropping words, in sentences: joined words, and room for more of a long text."""
    said = []
    if joined := change.joined:
        words = _list_words([change.after.text[one.start : one.end] for one in joined], quote)
        each = "" if len(joined) == 1 else " each"
        said.append(f"The text around the dropped words is joined: the model reads {words} as one word{each}.")
    if change.before.truncated_at is not None and (change.dropped or change.is_rewritten):
        said.append(
            "The model reads only so much of a text: what is taken out of the copy makes room for later words that it "
            "did not read before. Masking makes no room."
        )
    return said


def say_files(before: Prediction, after: Prediction, *, name: Write = str) -> str:
    """Under which labels the copy is filed, in a sentence."""
    if before.assigned == after.assigned:
        return "The model files the copy as it did the text."
    return f"The model files the copy under {_list_labels(after, name)}."


def say_finding(found: Finding, explanation: Explanation, *, name: Write = str, quote: Write = quote_word) -> str:
    """The words that decide, and what the model says without them."""
    removal, words = found.removal, explanation.words()
    quoted = ", ".join(quote(shorten(words[index].text, _LONGEST_WORD)) for index in removal.words)
    went = f"{name(explanation.label)} goes from {format_share(removal.before)} to {format_share(removal.probability)}"
    if found.search == "word":
        said = f"Without {quoted}, {went}; no other single word moves it further."
    else:
        count = len(removal.words)
        these = "this word" if count == 1 else f"these {count} words"
        said = f"Without {these}: {quoted}, {went}."
    if removal.prediction.assigned == explanation.prediction.assigned:
        said += " The model still files it as before."
    else:
        said += f" The model then files it under {_list_labels(removal.prediction, name)}."
    if len(removal.words) > 1:
        still = "still" if explanation.label in explanation.prediction.assigned else "never"
        said += f" With any one of them back, it {still} files it under {name(explanation.label)}."
    return f"{said}{_say_joined(find_joined(explanation, removal.words), explanation, quote)}"


def _say_joined(joined: Sequence[tuple[int, int]], explanation: Explanation, quote: Write) -> str:
    """Which words are joined by the removal, so that the model may read them as another word."""
    if not joined:
        return ""
    (first, second), words = joined[0], explanation.words()
    whole = quote(shorten(words[first].text + words[second].text, _LONGEST_WORD))
    more = f", and so do {len(joined) - 1} more pairs" if len(joined) > 1 else ""
    both = f"{quote(shorten(words[first].text, _LONGEST_WORD))} and {quote(shorten(words[second].text, _LONGEST_WORD))}"
    return f" But {both} are joined then, and may be read as {whole}{more}."


def say_chance(explanation: Explanation) -> str:
    """The probability of the explained label, or the value."""
    prediction = explanation.prediction
    if prediction.value is not None:
        return format_value(prediction.value)
    return format_share(prediction.probability_of(explanation.label))


def _say_chances(change: Change) -> tuple[str, str]:
    """`say_chance` before and after; probabilities that look the same get up to two decimals to tell them apart."""
    said = say_chance(change.before), say_chance(change.after)
    if change.before.explains_value:
        return said
    shares = [100 * one.prediction.probability_of(one.label) for one in (change.before, change.after)]
    for digits in (1, 2):
        if said[0] == said[1]:
            said = f"{shares[0]:.{digits}f} %", f"{shares[1]:.{digits}f} %"
    return said


def _name_explained(explanation: Explanation, name: Write) -> str:
    return "the value" if explanation.explains_value else name(explanation.label)


def _list_labels(prediction: Prediction, name: Write) -> str:
    return " and ".join(map(name, prediction.assigned[:3])) or "no label"


def _list_words(words: Sequence[str], quote: Write) -> str:
    """The first of the words, and how many more there are."""
    shown = [quote(shorten(word, _LONGEST_WORD)) for word in words[:_MOST_WORDS]]
    if len(words) > _MOST_WORDS:
        shown.append(f"{len(words) - _MOST_WORDS} more words" if len(words) > _MOST_WORDS + 1 else "1 more word")
    return _join(shown)


def _join(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of the copy and how it is drawn."""

    start: int
    end: int
    look: str
    title: str = ""
    strength: float = 0.0
    attribution: float = 0.0


def render_copy(change: Change, *, scale: float | None = None) -> str:
    """The copy as HTML, like `render_text`: what is left is coloured, what was dropped struck through in its place."""
    scale = scale or strongest([change.before, change.after]) or 1.0
    text, place = change.copy, 0
    parts = Paragraphs(text)
    for stretch in sorted(_list_stretches(change, scale), key=lambda one: (one.start, one.end)):
        if stretch.start < place:  # it shares its characters with the word before
            continue
        parts.add_text(text[place : stretch.start])
        style = f' style="--w:{stretch.strength:.2f}"' if stretch.strength else ""
        parts.add(
            f'<span class="word {stretch.look}"{style} tabindex="-1" data-attribution="{stretch.attribution:.6g}" '
            f'title="{escape(stretch.title)}">{escape(text[stretch.start : stretch.end])}</span>'
        )
        place = stretch.end
    unread = len(text) if change.unread_from is None else max(place, change.unread_from)
    parts.add_text(text[place:unread])
    add_unread(parts, text[unread:])
    marks = [said for spans, said in ((change.dropped, _STRUCK), (change.masked, _HATCHED)) if spans]
    note = f'<div class="whylight-note">{" ".join(marks)}</div>' if marks else ""
    return f'<div class="whylight" dir="auto" data-label="{escape(change.after.label)}">{parts.render()}</div>{note}'


def _list_stretches(change: Change, scale: float) -> list[_Stretch]:
    dropped = {(one.start, one.end) for one in change.dropped}
    found = [_Stretch(start, end, "dropped", "Dropped from the copy.") for start, end in dropped]
    kept, masked = find_kept(change.copy, list(dropped)), change.variant.masked
    paints = paint_words(change.after, scale=scale)
    for span in change.after.spans:
        is_masked = any(span.start <= place < span.end for place in masked)
        for start, end in _trace(span, kept):
            found.append(
                _Stretch(start, end, "masked", _MASKED) if is_masked else _paint(start, end, paints[span.start])
            )
    return found


def _paint(start: int, end: int, paint: Paint) -> _Stretch:
    return _Stretch(start, end, paint.look, paint.tooltip, paint.strength, paint.attribution)


def _trace(span: Span, kept: Sequence[Span]) -> list[tuple[int, int]]:
    """Where a word of the remaining text is in the copy: in several places if something between them was dropped."""
    places, offset = [], 0
    for stretch in kept:
        length = stretch.end - stretch.start
        start, end = max(span.start, offset), min(span.end, offset + length)
        if start < end:
            places.append((stretch.start + start - offset, stretch.start + end - offset))
        offset += length
    return places


def tabulate_change(change: Change) -> pd.DataFrame:
    """Every label's probability on the text and on the copy, and the change in percentage points, the largest first."""
    before, after = change.before.prediction, change.after.prediction
    table = pd.DataFrame(
        {"label": before.labels, "as it was": before.probabilities, "your copy": after.probabilities}
    ).assign(change=100 * (after.probabilities - before.probabilities))
    return table.loc[table["change"].abs().sort_values(ascending=False, kind="stable").index]


def render_change(
    change: Change, *, unit: Unit = "word", created: datetime | None = None, about: About = _NOTHING
) -> str:
    """A report of a changed copy as one HTML document, for a browser without a network."""
    before, after = change.before, change.after
    scale = strongest([before, after])
    is_value = before.explains_value
    said = "" if is_value else f"<p>{escape(say_files(before.prediction, after.prediction))}</p>"
    parts = [
        *open_page(f"Whylight: what if, {before.label}", charts=False),
        about.render(),
        open_with(say_change(change)),
        said,
        *(f'<p class="warning">{escape(sentence)}</p>' for sentence in say_side_effects(change)),
        point_to_limits(),
        render_legend(before, scale),
        '<div class="grid">',
        _render_side("As it was", before, render_text(before, unit=unit, scale=scale)),
        _render_side("The copy", after, render_copy(change, scale=scale)),
        "</div>",
    ]
    if change.is_rewritten:
        parts.append(f"<h2>What was rewritten</h2>{render_difference(before.text, change.copy)}")
    if change.found is not None:
        parts.append(f"<h2>Words that decide</h2><p>{escape(say_finding(change.found, before))}</p>")
    if not is_value:
        parts.append(_render_labels(change))
    made = [created or datetime.now(UTC)]
    parts.append(tabulate_facts({"As it was": before, "The copy": after}, made, about.model_names))
    parts.append(render_limits(tell_limits([before, after])))
    return close_page(parts)


def _render_side(title: str, explanation: Explanation, text: str) -> str:
    said = say_chance(explanation)
    if not explanation.explains_value:
        said = f"{explanation.label} {said}"
    return f"<section><h2>{title}: {escape(said)}</h2>{warn(explanation)}{text}</section>"


def _render_labels(change: Change) -> str:
    rows = "".join(
        f'<tr><td>{escape(str(label))}</td><td class="number">{format_share(before)}</td>'
        f'<td class="number">{format_share(after)}</td><td class="number">{format_signed(points, 1)} points</td></tr>'
        for label, before, after, points in tabulate_change(change).itertuples(index=False, name=None)
    )
    head = "".join(f'<th class="number">{name}</th>' for name in ("as it was", "the copy", "change"))
    return f"<h2>Every label</h2><table><tr><th>label</th>{head}</tr>{rows}</table>"
