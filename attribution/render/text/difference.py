"""What changed between two texts, word by word, as HTML."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from html import escape

_WORDS = re.compile(r"\S+|\s+")
_LONGEST = 20_000  # words and spaces of both texts: the time of SequenceMatcher grows with their square


def render_difference(before: str, after: str) -> str:
    """The new text, with deletions struck through (`del`) and insertions underlined (`ins`), its spacing kept.

    Texts of more than 20,000 words and spaces together are not compared: only the new one is shown.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > _LONGEST:
        return f'<div class="whylight-difference" dir="auto">{escape(after)}</div>'
    parts = []
    for kind, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, came = escape("".join(old[first:last])), escape("".join(new[start:end]))
        if kind == "equal":
            parts.append(came)
        else:
            parts += [f"<del>{gone}</del>" if gone else "", f"<ins>{came}</ins>" if came else ""]
    return f'<div class="whylight-difference" dir="auto">{"".join(parts)}</div>'
