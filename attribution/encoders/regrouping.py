"""Groups tokens into words as people read them, where Flair's words are coarser, or cut a letter in two."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..segmentation import Graphemes, find_cuts, find_graphemes, writes_no_blanks
from ..texts.tokens import Span, Token
from .base import EncodedText


@dataclass(slots=True)
class _Group:
    """Words of Flair that share a letter, or a word of a script without blanks, and where their tokens are."""

    start: int
    end: int
    words: list[int]
    tokens: list[Span] = field(default_factory=list)


def regroup_words(encoded: EncodedText) -> EncodedText:
    """The same tokens in words as people read them; what the network reads, and the sums, stay as they are.

    A stretch of a script without blanks, which Flair takes for one word or splits at some characters only, is split
    into words by ICU. Words that share a token stay one word, as the network gives that token one number: if a token is
    all of Flair's word, that word stays whole. Flair's words that share a letter (the parts of an emoji) become one,
    and so do the parts that Flair makes of a word with a combining accent: "Zu", the two dots, and "rich" of Zürich.
    """
    if encoded.text.isascii():
        return encoded
    letters = find_graphemes(encoded.text)
    cuts = find_cuts(encoded.text)
    groups = _group(encoded, letters, frozenset(cuts))
    ends = {letters.end(stretch.start) for stretch in encoded.unread}
    spans: list[Span] = []
    numbers: dict[int, tuple[int, list[int]]] = {}  # Flair's word -> its first new word, and where all of them begin
    for group in groups:
        parts = list(_cut(group, cuts, ends))
        for word in group.words:
            numbers[word] = len(spans), [part.start for part in parts]
        spans += parts
    if tuple(spans) == encoded.spans:
        return encoded
    return replace(
        encoded, spans=tuple(spans), tokens=tuple(_renumber(one, numbers, letters) for one in encoded.tokens)
    )


def _group(encoded: EncodedText, letters: Graphemes, cuts: frozenset[int]) -> list[_Group]:
    groups: list[_Group] = []
    places: list[int] = []
    for word, span in enumerate(encoded.spans):
        start, end = letters.begin(span.start), letters.end(span.end)
        near = encoded.text[max(start - 1, 0) : start + 1]
        goes_on = bool(word) and _goes_on(encoded.text, encoded.spans[word - 1], start)
        goes_on = goes_on or (start not in cuts and writes_no_blanks(near))
        before = groups[-1] if groups else Span(0, 0)
        if groups and (before.start <= start < before.end or (goes_on and before.end == start)):
            groups[-1].end = max(groups[-1].end, end)
            groups[-1].words.append(word)
        else:
            groups.append(_Group(start, end, [word]))
        places.append(len(groups) - 1)
    for token in encoded.tokens:
        if token.word is not None:
            place = Span(letters.begin(token.start), letters.end(token.end))
            groups[places[token.word]].tokens.append(place)
    return groups


def _goes_on(text: str, before: Span, start: int) -> bool:
    """Whether a word continues behind an accent that Flair took for a word of its own."""
    return before.end == start and unicodedata.combining(text[before.start]) > 0 and text[start].isalpha()


def _cut(group: _Group, cuts: Sequence[int], ends: set[int]) -> Iterator[Span]:
    """The words of a group: never split inside a token, and without those beyond the end of what was read."""
    covered = sorted(group.tokens, key=lambda place: place.start)
    reach = max((place.end for place in covered), default=group.start)
    end = next(iter(_inside(cuts, reach - 1, group.end)), group.end) if reach in ends else group.end
    start, index, joined = group.start, 0, group.start
    for cut in _inside(cuts, group.start, end) if covered else ():
        while index < len(covered) and covered[index].start < cut:
            joined = max(joined, covered[index].end)
            index += 1
        if joined <= cut:
            yield Span(start, cut)
            start = cut
    yield Span(start, end)


def _inside(cuts: Sequence[int], start: int, end: int) -> Sequence[int]:
    return cuts[bisect_right(cuts, start) : bisect_right(cuts, end - 1)]


def _renumber(token: Token, numbers: dict[int, tuple[int, list[int]]], letters: Graphemes) -> Token:
    if token.word is None:
        return token
    first, starts = numbers[token.word]
    part = bisect_right(starts, letters.begin(token.start)) - 1
    return replace(token, word=first + max(part, 0))
