"""What would have changed the prediction: every claim rests on a text that the model was given."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from ..classifiers import Reading
from ..explaining.explain import Preview, explain_reading, read_faithfully
from ..explanation import Explanation
from ..methods import Method
from ..model import asks_model
from ..opened_model import OpenedModel
from ..segmentation import writes_no_blanks
from ..texts.tokens import Span, delete_words, find_kept
from .deciding_words import Finding
from .without import mask_words


@dataclass(frozen=True, slots=True)
class Variant:
    """A text from which words were dropped, and in which others are hidden from the model.

    Attributes:
        text: what is left of it.
        masked: where the hidden words begin in it, in the order of the text. In a script without spaces, what is left
            may be split into words differently: a word that contains such a place is hidden as a whole.
    """

    text: str
    masked: tuple[int, ...] = ()


def vary(
    text: str, spans: Sequence[Span], *, dropped: Collection[int] = (), masked: Collection[int] = ()
) -> tuple[Variant, Mapping[int, int]]:
    """Drop and hide words of a text, each given as an index of `spans`; a word that is both is dropped.

    Returns:
        The variant, and where each word that is left begins in it.
    """
    gone = sorted((spans[word].start, spans[word].end) for word in dropped)
    # Deleting later words does not move earlier ones.
    places = {
        word: len(delete_words(text[: span.start], [one for one in gone if one[0] < span.start]))
        for word, span in enumerate(spans)
        if word not in dropped
    }
    hidden = tuple(sorted(places[word] for word in masked if word in places))
    return Variant(delete_words(text, gone), hidden), places


def read_variant(model: OpenedModel, variant: Variant) -> Reading:
    """What the model reads and predicts for a variant; with hidden words, the library cannot check the prediction.

    Raises:
        AttributionError: as `explain` does.
    """
    reading = read_faithfully(model, variant.text)
    if not variant.masked:
        return reading
    hidden = {}
    for encoded in reading.encodings.values():
        words = [
            word
            for word, span in enumerate(encoded.spans)
            if any(span.start <= place < span.end for place in variant.masked)
        ]
        hidden[id(encoded)] = replace(encoded, embedded=mask_words(encoded, [words]))
    return model.kind.answer({label: hidden[id(encoded)] for label, encoded in reading.encodings.items()})


@asks_model
def explain_variant(
    model: OpenedModel, variant: Variant, label: str, method: Method | None = None, *, on_preview: Preview | None = None
) -> Explanation:
    """Explain a label on a variant: its path goes from the baseline to the text with the mask in place of some words.

    Raises:
        AttributionError: as `explain` does.
    """
    return explain_reading(model, variant.text, read_variant(model, variant), (label,), method, on_preview=on_preview)[
        0
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A text and a changed copy of it, and what the model says of both.

    Attributes:
        before: the explanation of the text.
        after: the explanation of what is left of the copy, of the same label, by the same model and method.
        copy: the copy as it was written, including what was dropped from it.
        dropped: where words of the copy were dropped.
        masked: where words of the copy are hidden from the model.
        found: words that decide, if they were searched for.
    """

    before: Explanation
    after: Explanation
    copy: str
    dropped: tuple[Span, ...] = ()
    masked: tuple[Span, ...] = ()
    found: Finding | None = None

    def __post_init__(self) -> None:
        if any(not 0 <= span.start < span.end <= len(self.copy) for span in (*self.dropped, *self.masked)):
            raise ValueError("a dropped or masked word lies outside the copy.")
        if self.after.text != self.variant.text:
            raise ValueError("the second explanation is not of the changed copy.")
        if any(getattr(self.before, name) != getattr(self.after, name) for name in ("label", "method", "model")) or (
            self.before.prediction.labels != self.after.prediction.labels
        ):
            raise ValueError("the two explanations are not of one label, method and model.")

    @property
    def variant(self) -> Variant:
        """What the model was given of the copy."""
        count = len(self.dropped)
        words = range(count, count + len(self.masked))
        return vary(self.copy, [*self.dropped, *self.masked], dropped=range(count), masked=words)[0]

    @property
    def unread_from(self) -> int | None:
        """The place in the copy from which the model reads nothing; None where it reads all that is left."""
        left = self.after.truncated_at
        if left is None:
            return None
        for stretch in find_kept(self.copy, [(span.start, span.end) for span in self.dropped]):
            length = stretch.end - stretch.start
            if left <= length:
                return stretch.start + left
            left -= length
        return None

    @property
    def joined(self) -> tuple[Span, ...]:
        """Words of the remaining text that were two until the text between them was dropped.

        In a script without spaces words always touch, so none of its words count.
        """
        stretches = find_kept(self.copy, [(span.start, span.end) for span in self.dropped])
        seams = accumulate(stretch.end - stretch.start for stretch in stretches[:-1])
        found = (word for seam in seams for word in self.after.spans if word.start < seam < word.end)
        return tuple(dict.fromkeys(one for one in found if not writes_no_blanks(self.after.text[one.start : one.end])))

    @property
    def is_rewritten(self) -> bool:
        """Whether the copy differs from the text even before any word is dropped or masked."""
        return self.copy != self.before.text


def find_joined(explanation: Explanation, words: Collection[int]) -> list[tuple[int, int]]:
    """Pairs of words that touch, with no space between them, once the words between them are deleted.

    In a script without spaces words always touch, so none of its words count.
    """
    spans, text, kept = explanation.spans, explanation.text, sorted({*range(len(explanation.spans))} - {*words})
    return [
        (first, second)
        for first, second in pairwise(kept)
        if second > first + 1
        and not re.search(r"\s", text[spans[first].end : spans[second].start])
        and not any(writes_no_blanks(text[spans[word].start : spans[word].end]) for word in (first, second))
    ]
