"""Text from people and from files, where Streamlit would read Markdown in it."""

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def escape(text: str) -> str:
    """The text as it is: every ASCII punctuation mark escaped, line breaks made spaces."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))
