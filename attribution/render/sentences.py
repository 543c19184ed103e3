"""What an explanation says, how exact it is, and what of the text it does not cover, in sentences."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import asdict
from typing import Any, cast

from ..explanation import Explanation, MethodTraits
from ..segmentation import find_cuts
from ..wording import list_first, shorten
from .numbers import format_count, format_logits, format_share, format_value

_BY_CHANCE = 2  # word boundaries inside a subword that are not worth a sentence
_MOST_ON_BASELINE, _MOST_WHERE_HALF_IS_UNDECIDED = 0.5, 0.6
"""How probable a label may be on the baseline before a reader is told of it.

The second holds for two labels, and for independent ones, of which an undecided model gives half."""

_NAMED = 3
_MOST_ASSIGNED = 20
"""Labels that one sentence names; a text can be filed under thousands."""

_LITTLE = 0.1
"""If the words add up to less than this share of the score, most of the score does not come from them."""


def say_trust(explanation: Explanation) -> str:
    """How exact the numbers are, in a sentence."""
    if explanation.cancelled:
        return "A preview: it was stopped before its end."
    if math.isnan(explanation.baseline_score):
        doubt = "" if explanation.converged else " Not converged: it needs more samples."
        return f"{explanation.method.title}: the words' numbers are not shares of the score.{doubt}"
    state = "Converged" if explanation.converged else "Not converged"
    return f"{state}: {say_sum(explanation)}. It {say_completeness(explanation)}, {say_evaluations(explanation)}."


def say_evaluations(explanation: Explanation) -> str:
    """How many evaluations there were, in what, and whether earlier texts taught where: "12 evaluations"."""
    counted = format_count(explanation.evaluations, "evaluation")
    if explanation.precision != "float32":
        counted += f" in {explanation.precision}"
    if not explanation.learned_from:
        return counted
    return f"{counted}, where {format_count(explanation.learned_from, 'earlier text')} needed them"


def say_sum(explanation: Explanation) -> str:
    """What the words' numbers add up to: the score without words, what they add, and the score of the text."""
    return (
        f"the {_name_score(explanation)} starts at {_plain(explanation.baseline_score)} without words, the words add "
        f"{format_logits(explanation.attributions.sum())}, and it ends at {_plain(explanation.score)}"
    )


def say_completeness(explanation: Explanation) -> str:
    """How nearly the words' numbers add up to the difference of the two scores, as in "adds up within 0.1 %".

    If that difference is close to zero, a percentage of it means nothing, so the gap itself is given.
    """
    is_value = explanation.explains_value
    missed, gap = abs(explanation.relative_gap), abs(explanation.gap)
    if explanation.converged:
        if is_value or missed > 0.05:
            return f"adds up within {max(gap, 1e-4):.1g}{'' if is_value else ' logits'}"
        return f"adds up within {max(100 * missed, 0.1):.1f} %"
    if missed >= 10:
        return "does not add up"
    return f"misses {f'{gap:.1g}' if is_value else f'{100 * missed:.1f} %'} of what the words change"


def say_doubts(explanation: Explanation) -> list[str]:
    """Reasons to doubt that the words explain the score, in sentences; the last one says what can be done."""
    if explanation.cancelled or math.isnan(explanation.baseline_score):
        return []
    score, change, name = explanation.score, explanation.score - explanation.baseline_score, _name_score(explanation)
    advice = "Another baseline, or a contrast with another label, may tell more."
    if explanation.explains_value or explanation.rather_than is not None:
        advice = "Another baseline may tell more."
    doubts = []
    if (probability := _find_probability_without_words(explanation)) is not None:
        doubts.append(
            f"Without any words the model gives {explanation.label} {format_share(probability)} already. The numbers "
            "tell how the words change that."
        )
    if abs(change) < _LITTLE * abs(score):
        doubts.append(
            f"Together the words add {format_logits(change)} to a {name} of {_plain(score)}: most of it is there "
            "without them."
        )
    elif change < 0 and name == "score" and explanation.label in explanation.prediction.assigned:
        doubts.append(
            f"Together the words take {_plain(-change)} from the {name} of {explanation.label}, and the model files "
            "the text under it all the same."
        )
    return [*doubts[:-1], f"{doubts[-1]} {advice}"] if doubts else []


def _find_probability_without_words(explanation: Explanation) -> float | None:
    """The label's probability on the baseline; None unless it is higher than an undecided model would give."""
    baseline = explanation.baseline_prediction
    if baseline is None or baseline.is_value or explanation.rather_than is not None:
        return None
    probability = baseline.probability_of(explanation.label)
    is_half_undecided = baseline.thresholds is not None or len(baseline.labels) == 2
    most = _MOST_WHERE_HALF_IS_UNDECIDED if is_half_undecided else _MOST_ON_BASELINE
    return probability if probability > most else None


def _name_score(explanation: Explanation) -> str:
    if explanation.explains_value:
        return "value"
    return "score" if explanation.rather_than is None else "difference of the scores"


def _plain(value: float) -> str:
    return format_logits(value).removeprefix("+")


def say_cautions(explanation: Explanation) -> list[str]:
    """All that a reader must know first: doubts, and words that the model did not read, does not know or joined."""
    return [
        *say_doubts(explanation),
        *say_unread(explanation),
        *say_unknown(explanation),
        *say_joined(explanation),
    ]


def say_unread(explanation: Explanation) -> list[str]:
    """Which parts of the text the model did not read, in a sentence each, with the share of that text."""
    sentences = []
    texts = explanation.texts
    if explanation.skipped is not None:
        count = explanation.skipped.end - explanation.skipped.start
        sentences.append(_say_end(count, len(texts[0]), "the first text"))
    if explanation.truncated_at is not None:
        count = len(explanation.text) - explanation.truncated_at
        name = "the text" if len(texts) == 1 else "the second text"
        sentences.append(_say_end(count, len(texts[-1]), name))
    return sentences


def _say_end(unread: int, total: int, name: str) -> str:
    counts = f"{unread:,} of {total:,} characters"
    return f"The model did not read the last {format_share(unread / total)} of {name} ({counts})."


def say_unknown(explanation: Explanation) -> list[str]:
    """Which words the model does not know, in a sentence; empty where it knows them all."""
    unknown, count = explanation.unknown, len(explanation.spans)
    if not unknown:
        return []
    spans = [explanation.spans[word] for word in unknown]
    texts = list(dict.fromkeys(explanation.text[span.start : span.end] for span in spans))
    named = list_first([f"“{shorten(text, 24)}”" for text in texts], _NAMED)
    often = " Some of them occur several times." if len(texts) < len(unknown) else ""
    return [
        f"The model does not know {len(unknown):,} of the {count:,} words that it read: {named}. It reads "
        f"all such words alike, or not at all.{often}"
    ]


def say_joined(explanation: Explanation) -> list[str]:
    """Where the model reads several words of a script without spaces as one piece, in a sentence; usually empty.

    Subwords that join two or three words by chance are not mentioned.
    """
    cuts = find_cuts(explanation.text)
    joined = []
    for token in explanation.tokens if cuts else ():
        if token.word is None:
            continue
        inside = bisect_right(cuts, token.end - 1) - bisect_right(cuts, token.start)
        whole = (token.start, token.end) == (explanation.spans[token.word].start, explanation.spans[token.word].end)
        if inside > _BY_CHANCE or (inside > 0 and whole):
            joined.append(explanation.text[token.start : token.end])
    if not joined:
        return []
    rest = f" and {len(joined) - 1:,} more" if len(joined) > 1 else ""
    return [
        f"The model itself reads “{shorten(joined[0], 24)}”{rest} in one piece, so no single word inside has a "
        "number of its own."
    ]


def say(explanation: Explanation) -> str:
    """What the model says of the text, in a sentence."""
    prediction = explanation.prediction
    if prediction.value is not None:
        return f"The model gives this the value {format_value(prediction.value)}."
    shares = dict(prediction.ranked())
    assigned = list_first([f"{name} ({format_share(shares[name])})" for name in prediction.assigned], _MOST_ASSIGNED)
    files = f"The model files this under {assigned}." if assigned else "The model files this under no label."
    if explanation.label in prediction.assigned and len(prediction.assigned) == 1:
        return f"{files} Why?"
    return f"{files} What spoke for {explanation.label} ({format_share(prediction.probability_of(explanation.label))})?"


def say_method(method: MethodTraits) -> str:
    """A method with those of its settings that are not empty, such as baseline, tolerance and precision."""
    settings = ", ".join(f"{name} {value}" for name, value in asdict(cast(Any, method)).items() if value)
    return f"{method.title}; {settings}"


def say_reader(multi_label: bool | None) -> str | None:
    """Whether labels exclude each other according to the reader; None if the reader did not have to say."""
    if multi_label is None:
        return None
    do = "do not exclude" if multi_label else "exclude"
    return f"{do} each other, as the reader said; the model's file does not say"


def say_read(explanation: Explanation) -> str:
    """How much of the text was read: "all of it", or the characters."""
    length, end = len(explanation.text), explanation.truncated_at
    read = "all of it" if end is None else f"the first {end:,} of {length:,} characters"
    if explanation.skipped is None:
        return read
    return f"{read}, without the characters {explanation.skipped.start + 1:,} to {explanation.skipped.end:,}"
