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
    """Sentences under a title, one or a few to a point; what stands between backquotes is to be typed."""

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
        "Grey text was not read by the model, which has room for so much text and no more. It has no numbers.",
        "The model does not know a word in a dashed frame: it reads all such words alike, or not at all.",
    ),
)
_LOGIT = (
    "A logit is what the model computes for a label before it makes a probability of it. It can be any number. Where "
    "the other labels stay as they are, 1 more makes the odds of the label 2.7 times as high."
)
_SCORE = (
    "The score of a label is made of logits. Where labels exclude each other, only the differences of their logits "
    "count, so the score is the label’s logit less the mean of the logits of all labels: the centred score. Where a "
    "text can have several labels, the score is the logit itself."
)
_SATURATION = (
    "Probabilities are not shared among the words, for they saturate: near 0 % and 100 % they hardly move, however "
    "much a word adds. A score goes on moving. So a large number need not be a large change of the probability."
)
_SHARES = (
    "The number of a word is its share of the way from the score of a baseline, which stands for a text without "
    "words, to the score of the text. The numbers of all words add up to the difference of the two, as nearly as is "
    "said."
)
_NO_SHARES = (
    "With this method the numbers tell how much each word matters to the score. They are no shares of it, and do not "
    "add up to it."
)
_UNSIGNED = "This method has no sign: it does not tell for from against."
_VALUE = (
    "This model predicts a value in place of labels. What is shared among the words is the value, in its own units."
)
_CONTRAST = "A contrast shares the difference of the scores of two labels: why the one rather than the other."
_NUMBERS = Part("What the numbers are", (_SHARES, _LOGIT, _SCORE, _SATURATION))
_MAKING = Part(
    "How they are made",
    (
        "The usual method is integrated gradients (Sundararajan, Taly and Yan 2017, arxiv.org/abs/1703.01365). It "
        "goes in a straight line from the baseline to the text, asks the model on the way how the score moves with "
        "each word, and adds that up. Others can be chosen in the sidebar under Method. Every report names its own.",
        "The usual baseline is the same text with each word made the model’s padding token. There are others: a mask "
        "token, zeros, the mean of all words, the mean over several baselines, or a text of one’s own.",
        "The model is asked until the numbers of all words miss at most 1 % of the difference, or as much as the "
        "chosen tolerance lets them. Where they miss more, “not converged” stands there, and the numbers are not "
        "exact.",
        "What is explained is compared with the model’s own prediction first. Where the two are apart, there is an "
        "error in place of colours. A model of an old release is read as that release read it, and that is said.",
    ),
)
_NOT = Part(
    "What they are not",
    (
        "They are the model’s own arithmetic, counted from a baseline. They are not the cause of anything in the "
        "world, and do not tell whether the model is right.",
        "A number is not what would happen if the word were deleted, for the model would read the rest anew. The "
        "method Occlusion from the baseline “delete” asks just that, one word at a time.",
        "Words that go together share what they do. Each may look weak where all of them decide, and the number of a "
        "word holds what its neighbours made of it.",
        "Another baseline gives other numbers, and can give another order. The one that was used stands with the "
        "method.",
        "What the model did not read has no numbers, and nothing is known of what it would have done.",
        "They hold for this text and this model. Numbers of two models or two methods are on scales of their own: "
        "compare their order, and not their size.",
    ),
)
_TRUST = (
    "The page Trust takes the strongest words away step by step and asks the model again, beside as many random "
    "words. It sets methods and baselines side by side, too."
)
_VERIFY = (
    "Compute it again. Download the analysis as JSON, and run `python -m attribution verify report.json` where the "
    "model is. It explains the text anew and says whether the numbers agree."
)
_SAME_FILE = "The SHA-256 of the model tells its file from all others: the same number is the same file."
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
"""What the page says: of every method and model."""

_SUMS = Part(
    "What the numbers are",
    (
        "Every document was explained on its own. With integrated gradients, a word’s number in a document is its "
        "share of the way from the score of a baseline, which stands for a text without words, to the score of the "
        "document. The sums and means here are of these numbers, over the documents that were explained for the label.",
        _LOGIT,
        _SCORE,
        "An interval of 95 % tells how far a sum may move with other documents of the same kind. It does not tell "
        "how far one document can be from the others.",
    ),
)
_SUMS_NOT = Part(
    "What they are not",
    (
        _NOT.points[0],
        "They hold for these documents. A word that matters elsewhere may not stand here at all.",
        "A word that stood behind an error spoke for the wrong label there. The error need not go away without it.",
        *_NOT.points[2:4],
        "Of a document that is longer than what the model reads, the rest has no numbers. A document that could not "
        "be explained is counted, and has none.",
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
    """What holds for these explanations: not of logits where there are none, not of sums where nothing adds up."""
    adds_up = [not math.isnan(one.baseline_score) for one in explanations]
    points = [*([_SHARES] if any(adds_up) else []), *([] if all(adds_up) else [_NO_SHARES])]
    points += [] if all(one.method.signed for one in explanations) else [_UNSIGNED]
    if all(one.explains_value for one in explanations):
        # Trust goes by a label's probability.
        challenge = replace(_CHALLENGE, points=tuple(point for point in _CHALLENGE.points if point is not _TRUST))
        return Part(_NUMBERS.title, (_VALUE, *(point.replace("score", "value") for point in points))), _NOT, challenge
    points += [_LOGIT, _SCORE, _SATURATION, *([_CONTRAST] if contrast is not None else [])]
    return Part(_NUMBERS.title, tuple(points)), _NOT, _CHALLENGE


def tell_limits_of_sums() -> tuple[Part, ...]:
    """The same for a run over a data set."""
    return _SUMS, _SUMS_NOT, _SUMS_CHALLENGE


def point_to_limits() -> str:
    """A link, as HTML, to where a document has them."""
    return f'<p class="pointer"><a href="#{_ANCHOR}">How to read this, and what it does not say</a>: at the end</p>'


def render_limits(parts: Iterable[Part]) -> str:
    """Parts as a section of HTML that `point_to_limits` leads to."""
    sections = "".join(
        f"<h3>{escape(part.title)}</h3><ul>{''.join(f'<li>{_mark_code(point)}</li>' for point in part.points)}</ul>"
        for part in parts
    )
    return f'<section id="{_ANCHOR}" class="guide"><h2>How to read this</h2>{sections}</section>'


def _mark_code(point: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(point))
