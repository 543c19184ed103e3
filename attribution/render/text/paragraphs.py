"""Paragraphs of a text, each in its own direction of writing: an English one after an Arabic one runs left to right."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from unicodedata import bidirectional

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})


def split_lines(text: str) -> list[str]:
    """A text in its lines, each with what ends it: together they are the text."""
    return _LINES.findall(text)


class Paragraphs:
    """HTML of a text that grows from its beginning to its end.

    Where some of the text runs from right to left each paragraph has a `div` of its own, with what ends it; where none
    does, there is nothing to tell apart.
    """

    def __init__(self, text: str) -> None:
        self._apart = not text.isascii() and any(bidirectional(letter) in _RIGHT_TO_LEFT for letter in set(text))
        self._done: list[str] = []
        self._open: list[str] = []

    def add(self, html: str) -> None:
        """Something that is of one paragraph, such as a word."""
        if html:
            self._open.append(html)

    def add_text(self, text: str, paint: Callable[[str], str] = escape) -> None:
        """A stretch of the text that may end paragraphs; `paint` makes HTML of it, or of what of it is in one."""
        for line in split_lines(text) if self._apart else [text]:
            self.add(paint(line) if line else "")
            if self._apart and line[-1] in "\r\n":
                self._close()

    def render(self) -> str:
        """All of it."""
        if not self._apart:
            return "".join(self._open)
        self._close()
        return "".join(self._done)

    def _close(self) -> None:
        if self._open:
            self._done.append(f'<div dir="auto">{"".join(self._open)}</div>')
        self._open = []
