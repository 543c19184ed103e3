"""Paragraphs of a text, each in its own direction of writing: an English one after an Arabic one runs left to right."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from unicodedata import bidirectional

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})


def split_lines(text: str) -> list[str]:
    """The lines of a text, each with its line break: joined, they are the text again."""
    return _LINES.findall(text)


class Paragraphs:
    """Builds the HTML of a text from its beginning to its end.

    If any of the text runs from right to left, each paragraph gets a `div` of its own, with its line break; otherwise
    the paragraphs need not be kept apart.
    """

    def __init__(self, text: str) -> None:
        self._apart = not text.isascii() and any(bidirectional(letter) in _RIGHT_TO_LEFT for letter in set(text))
        self._done: list[str] = []
        self._open: list[str] = []

    def add(self, html: str) -> None:
        """Add HTML that lies within one paragraph, such as a word."""
        if html:
            self._open.append(html)

    def add_text(self, text: str, paint: Callable[[str], str] = escape) -> None:
        """Add text that may span paragraphs; `paint` makes HTML of it, line by line where these are kept apart."""
        for line in split_lines(text) if self._apart else [text]:
            self.add(paint(line) if line else "")
            if self._apart and line[-1] in "\r\n":
                self._close()

    def render(self) -> str:
        """The HTML of everything that was added."""
        if not self._apart:
            return "".join(self._open)
        self._close()
        return "".join(self._done)

    def _close(self) -> None:
        if self._open:
            self._done.append(f'<div dir="auto">{"".join(self._open)}</div>')
        self._open = []
