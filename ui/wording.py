"""Text from people and from files, made ready for the page: escaped for Markdown, shortened, told apart."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from attribution.wording import shorten as cut_off

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def escape(text: str) -> str:
    """A text as Markdown that shows it literally: ASCII punctuation is escaped, line breaks become spaces."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def tell_apart(shown: Mapping[str, str], labels: Sequence[str]) -> dict[str, str]:
    """What is shown of each label, with its index where two would read alike: Streamlit tells choices by their text."""
    counts = Counter(shown.values())
    return {name: f"{text} #{labels.index(name)}" if counts[text] > 1 else text for name, text in shown.items()}


def name_label(label: str) -> str:
    """A label's name for Markdown in which other text follows: escaped, short, and in its own writing direction."""
    return isolate(escape(shorten(label, 32)))


def shorten(text: str, length: int) -> str:
    """The beginning of a text on one line, with an ellipsis where something was left out; no letter is cut in two."""
    text = " ".join(text.split())
    return cut_off(text, length)


def isolate(text: str) -> str:
    """A text in a Unicode first strong isolate (UAX 9), so that its direction does not affect the text after it."""
    return text if text.isascii() else f"\u2068{text}\u2069"
