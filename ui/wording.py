"""Text from people and from files as the page says it: escaped where Markdown is read, short, told apart."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from attribution.wording import shorten as cut_off

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def escape(text: str) -> str:
    """The text as it is: every ASCII punctuation mark escaped, line breaks made spaces."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def tell_apart(shown: Mapping[str, str], labels: Sequence[str]) -> dict[str, str]:
    """What is shown of each label, with its index where two would read alike: a choice comes back as what was shown."""
    counts = Counter(shown.values())
    return {name: f"{text} #{labels.index(name)}" if counts[text] > 1 else text for name, text in shown.items()}


def name_label(label: str) -> str:
    """A label's name where Markdown is read and other text follows: short, and in its own direction of writing."""
    return isolate(escape(shorten(label, 32)))


def shorten(text: str, length: int) -> str:
    """The beginning of a text on one line, with an ellipsis where something was left out; no letter is cut in two."""
    text = " ".join(text.split())
    return cut_off(text, length)


def isolate(text: str) -> str:
    """A text that does not turn round what follows it: between first strong isolate and its end (Unicode, UAX 9)."""
    return text if text.isascii() else f"\u2068{text}\u2069"
