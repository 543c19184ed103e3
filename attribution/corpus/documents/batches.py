"""Batches of documents of similar length, from a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from .source import Document

# So many documents or characters are held in memory, to be sorted by length.
_WINDOW = 1024
_WINDOW_CHARACTERS = 16_000_000
# By a learned rule, 4 documents in company take as long, each, as 64 do; without one, their points fill passes.
_MOST = 16
_MOST_CHARACTERS = 4_000


def make_batches(
    documents: Iterable[Document], *, most: int | None = None, most_characters: int | None = None
) -> Iterator[list[Document]]:
    """Batches of at most `most` documents and, unless a document is alone, `most_characters` characters with padding.

    Documents are sorted by length only within a window, so they stay near their place in the file.
    """
    waiting, most, most_characters = iter(documents), most or _MOST, most_characters or _MOST_CHARACTERS
    while window := list(take_window(waiting)):
        batch: list[Document] = []
        # The longest come first, so that several workers are done at much the same time.
        for document in sorted(window, key=lambda document: len(document.text), reverse=True):
            if batch and (len(batch) == most or (len(batch) + 1) * len(batch[0].text) > most_characters):
                yield batch
                batch = []
            batch.append(document)
        yield batch


def take_window(documents: Iterator[Document]) -> Iterator[Document]:
    """The next documents of a stream: so many that they can be held in memory, to be sorted."""
    characters = 0
    for document in islice(documents, _WINDOW):
        yield document
        characters += len(document.text)
        if characters > _WINDOW_CHARACTERS:
            return
