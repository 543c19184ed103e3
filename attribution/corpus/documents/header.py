"""Names of columns: those that tell what a column holds, a line of names told from a document, and one name each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

TEXTS = (
    *("text", "body", "content", "sentence", "document", "article", "review", "message", "description", "comment_text"),
    *("comment", "tweet", "utterance", "review_text", "data.text", "headline", "title"),
)
LABELS = (
    *("label", "topic", "category", "class", "target", "gold", "labels", "sentiment", "section", "intent", "emotion"),
    *("label_text", "label_name", "choices", "accept", "annotation", "cats", "y"),
)
IDS = ("id", "uid", "uuid", "guid", "key", "document_id", "doc_id", "identifier")
LABEL_MARK = "__label__"
"""What stands before a label in the files of fastText, and of Flair."""

_TELLING = {*TEXTS, *LABELS, *IDS} - {"y"}  # which is a label itself where the other one is n
_LONGEST = 64
_LONGEST_BESIDE = 200


def looks_like_names(cells: Sequence[str]) -> bool:
    """Whether the first cells of a file are names and no document: one of them is a known name, or all could be names.

    A column may have no name, as the one of row numbers that pandas writes.
    """
    given = [cell.strip() for cell in cells if cell.strip()]
    longest = max(map(len, given), default=0)
    known, numbers = count_known(given), any(map(_is_number, given))
    if known > numbers:  # beside a number, which may be a name such as 2024, two known ones
        return longest <= _LONGEST_BESIDE
    return bool(given) and len(set(given)) == len(given) and longest <= _LONGEST and not numbers


def is_known(name: str) -> bool:
    """Whether a name tells what its column holds."""
    return name.strip().lower() in _TELLING


def count_known(cells: Sequence[str]) -> int:
    """How many of some cells are such names."""
    return sum(map(is_known, cells))


def find_named(names: Sequence[str], known: Sequence[str]) -> str | None:
    """The first of some known names that a column has, as it is or after a dot: `row.text`."""
    lowered = {name.strip().lower().rpartition(".")[2]: name for name in reversed(names)}
    lowered |= {name.strip().lower(): name for name in reversed(names)}
    return next((lowered[name] for name in known if name in lowered), None)


_LABEL_COLUMN = re.compile(r"labels?(?:[_ .-]\w+|\d+)", re.IGNORECASE)
_FLAG = re.compile(r"|[01](?:\.0*)?|-1|true|false", re.IGNORECASE)


def find_label_columns(names: Sequence[str]) -> tuple[str, ...]:
    """Columns that are called `label_topic` and the like, as Flair's `CSVClassificationCorpus` has several."""
    return tuple(name for name in names if _LABEL_COLUMN.fullmatch(name.strip()))


def find_flags(names: Sequence[str], rows: Sequence[Mapping[str, str | None]]) -> tuple[str, ...]:
    """Columns that say yes or no, by 0 and 1 or true and false; an empty cell, and -1, say neither."""
    found = []
    for name in names:
        cells = [(row.get(name) or "").strip() for row in rows]
        if any(cells) and all(map(_FLAG.fullmatch, cells)):
            found.append(name)
    return tuple(found)


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
