"""How to read the numbers, what they are not, and how to challenge them: one text for the page and all reports."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape

from ..explanation import Explanation
from .colours import PLAIN_BELOW

_ANCHOR = "how-to-read"
_CODE = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, slots=True)
class Part:
    """A title and its points, each of one or a few sentences; text between backquotes is shown as code."""

    title: str
    points: tuple[str, ...]


_SEEN = Part(
    "What you see",
    (
        "A trained model has read a text and given a probability to each of its labels. One label is explained at a "
        "time, and each word is coloured by what it did to the score of that label.",
        "Blue words added to the score. Orange words, with dots underneath, took from it. The stronger the colour, "
        "the larger the number. The legend above the text says what the full colour is worth.",
        f"Words without a colour did next to nothing: less than {100 * PLAIN_BELOW:.0f} % of what the strongest word "
        "did.",
        "The model did not read grey text, because it can only take in so much. Grey text has no numbers.",
        "The model does not know a word in a dashed frame: it reads all such words alike, or not at all.",
    ),
)
_LOGIT = (
    "A logit is the number that the model computes for a label before turning it into a probability. It can be any "
    "number. If the other logits stay the same, adding 1 makes the odds of the label 2.7 times as high."
)
_SCORE = (
    "The score of a label is computed from logits. Where labels exclude each other, only the differences between "
    "their logits count, so the score is the label’s logit minus the mean of all logits: the centred score. Where a "
    "text can have several labels, the score is the logit itself."
)
_SATURATION = (
    "The words share the score and not the probability, because probabilities saturate: near 0 % and 100 % they "
    "hardly move, however much a word adds. A score keeps moving. So a large number need not mean a large change in "
    "the probability."
)
_SHARES = (
    "The number of a word is its share of the way from the score of a baseline, which stands for a text without "
    "words, to the score of the text. The numbers of all words add up to the difference of the two, within the "
    "error that is stated."
)
_NO_SHARES = (
    "With this method the numbers tell how much each word matters to the score. They are not shares of it, and do not "
    "add up to it."
)
_UNSIGNED = "This method has no sign: it tells how strongly a word matters, but not in which direction."
_VALUE = "This model predicts a value instead of labels. What is shared among the words is the value, in its own units."
_CONTRAST = "A contrast shares the difference between the scores of two labels: why one rather than the other."
_NUMBERS = Part("What the numbers are", (_SHARES, _LOGIT, _SCORE, _SATURATION))
_MAKING = Part(
    "How they are made",
    (
        "The usual method is integrated gradients (Sundararajan, Taly and Yan 2017, arxiv.org/abs/1703.01365). It "
        "goes in a straight line from the baseline to the text, asks the model on the way how the score moves with "
        "each word, and adds that up. Others can be chosen in the sidebar under Method. Every report names its own.",
        "The usual baseline is the same text with each word replaced by the model’s padding token. There are others: a "
        "mask token, zeros, the mean of all words, the mean over several baselines, or a text that you write.",
        "The model is asked until the numbers of all words miss at most 1 % of the difference, or as much as the "
        "chosen tolerance allows. If they miss more, they are marked “not converged”, and are not exact.",
        "First, what is explained is compared with the model’s own prediction. If the two differ, there is an error "
        "instead of colours. A model from an old release is read as that release read it, and this is stated.",
    ),
)
_NOT = Part(
    "What they are not",
    (
        "They are the model’s own arithmetic, counted from a baseline. They are not the cause of anything in the "
        "world, and do not tell whether the model is right.",
        "A number is not what would happen if the word were deleted, because the model would read the rest anew. The "
        "method Occlusion with the baseline “delete” measures exactly that, one word at a time.",
        "Words that belong together share their effect. Each may look weak although together they decide, and the "
        "number of a word includes the influence of its neighbours.",
        "Another baseline gives other numbers, and can give another order. The one that was used is named with the "
        "method.",
        "What the model did not read has no numbers, and nobody knows what it would have changed.",
        "They hold for this text and this model. Numbers of two models or two methods are on scales of their own: "
        "compare their order, and not their size.",
    ),
)
_TRUST = (
    "The page Trust takes the strongest words away step by step and asks the model again, and does the same with as "
    "many random words. It also compares methods and baselines."
)
_VERIFY = (
    "Compute it again. Download the analysis as JSON, and run `python -m attribution verify report.json` where the "
    "model is. It explains the text anew and says whether the numbers agree."
)
_SAME_FILE = "The SHA-256 of the model identifies its file: the same number means the same file."
_CHALLENGE = Part(
    "How to challenge them",
    (
        "On the page What if, take out the words that are said to matter, or rewrite them. If the prediction stays, "
        "they do not decide alone.",
        _TRUST,
        "Choose another baseline, in the sidebar under Method. What several baselines agree on is on firmer ground.",
        _VERIFY,
        _SAME_FILE,
    ),
)
GUIDE = (_SEEN, _NUMBERS, _MAKING, _NOT, _CHALLENGE)
"""What the page says, for every method and model."""

_SUMS = Part(
    "What the numbers are",
    (
        "Every document was explained on its own. With integrated gradients, a word’s number in a document is its "
        "share of the way from the score of a baseline, which stands for a text without words, to the score of the "
        "document. The sums and means here are of these numbers, over the documents that were explained for the label.",
        _LOGIT,
        _SCORE,
        "A 95 % interval tells how far a sum may move with other documents of the same kind. It does not tell how far "
        "one document can be from the others.",
    ),
)
_SUMS_NOT = Part(
    "What they are not",
    (
        _NOT.points[0],
        "They hold for these documents. A word that matters elsewhere may not occur here at all.",
        "A word behind an error spoke for the wrong label there. Without it, the error may remain.",
        *_NOT.points[2:4],
        "If a document is longer than the model can read, the rest has no numbers. A document that could not be "
        "explained is counted, but has none.",
    ),
)
_SUMS_CHALLENGE = Part(
    "How to challenge them",
    (
        "On the page Data set, open the documents behind a word or an error, and read them.",
        "Explain one of them, and go on from there to the pages What if and Trust.",
        "Run the documents again with another baseline or method. What both agree on is on firmer ground.",
        _SAME_FILE,
    ),
)


def tell_limits(explanations: Sequence[Explanation], contrast: Explanation | None = None) -> tuple[Part, ...]:
    """The parts that hold for these explanations: nothing about logits or sums where there are none."""
    adds_up = [not math.isnan(one.baseline_score) for one in explanations]
    points = [*([_SHARES] if any(adds_up) else []), *([] if all(adds_up) else [_NO_SHARES])]
    points += [] if all(one.method.signed for one in explanations) else [_UNSIGNED]
    if all(one.explains_value for one in explanations):
        # The page Trust needs a label's probability.
        challenge = replace(_CHALLENGE, points=tuple(point for point in _CHALLENGE.points if point is not _TRUST))
        return Part(_NUMBERS.title, (_VALUE, *(point.replace("score", "value") for point in points))), _NOT, challenge
    points += [_LOGIT, _SCORE, _SATURATION, *([_CONTRAST] if contrast is not None else [])]
    return Part(_NUMBERS.title, tuple(points)), _NOT, _CHALLENGE


def tell_limits_of_sums() -> tuple[Part, ...]:
    """The parts that hold for a run over a data set."""
    return _SUMS, _SUMS_NOT, _SUMS_CHALLENGE


def point_to_limits() -> str:
    """A link, as HTML, to the section that `render_limits` makes."""
    return f'<p class="pointer"><a href="#{_ANCHOR}">How to read this, and what it does not say</a>: at the end</p>'


def render_limits(parts: Iterable[Part]) -> str:
    """Parts as a section of HTML that `point_to_limits` links to."""
    sections = "".join(
        f"<h3>{escape(part.title)}</h3><ul>{''.join(f'<li>{_mark_code(point)}</li>' for point in part.points)}</ul>"
        for part in parts
    )
    return f'<section id="{_ANCHOR}" class="guide"><h2>How to read this</h2>{sections}</section>'


def _mark_code(point: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(point))
