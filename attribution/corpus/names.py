"""Names of columns: those that tell what a column holds, a line of names told from a document, and one name each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

TEXTS = ("text", "body", "content", "sentence", "document", "article", "review", "message", "description", "title")
LABELS = ("label", "topic", "category", "class", "target", "gold", "labels", "sentiment", "section", "y")
IDS = ("id", "uid", "uuid", "guid", "key", "document_id", "doc_id", "identifier")
_TELLING = {*TEXTS, *LABELS, *IDS} - {"y"}  # which is a label itself where the other one is n
_LONGEST = 64
_LONGEST_BESIDE = 200


def looks_like_names(cells: Sequence[str]) -> bool:
    """Whether the first cells of a file are names and no document: one of them is a known name, or all could be names.

    A column may have no name, as the one of row numbers that pandas writes.
    """
    given = [cell.strip() for cell in cells if cell.strip()]
    longest = max(map(len, given), default=0)
    known, numbers = sum(cell.lower() in _TELLING for cell in given), any(map(_is_number, given))
    if known > numbers:  # beside a number, which may be a name such as 2024, two known ones
        return longest <= _LONGEST_BESIDE
    return bool(given) and len(set(given)) == len(given) and longest <= _LONGEST and not numbers


def name_columns(given: Sequence[str]) -> list[str]:
    """A name for each column, told apart: without one it is `column 1` by its place, and a second `text` `text (2)`."""
    names: dict[str, None] = {}
    repeated: Counter[str] = Counter()
    for place, name in enumerate(map(to_utf8, given), 1):
        wanted = one = name if name.strip() else f"column {place}"
        while one in names:
            repeated[wanted] += 1
            one = f"{wanted} ({repeated[wanted] + 1})"
        names[one] = None
    return list(names)


def to_utf8(text: str) -> str:
    """A text with a question mark for what cannot be encoded."""
    return text.encode("utf-8", "replace").decode()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
