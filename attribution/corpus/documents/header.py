"""Names of columns: which of them tell what a column holds, whether a row is a header, and a unique name for each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

TEXTS = (
    *("text", "body", "content", "sentence", "document", "article", "review", "message", "description", "comment_text"),
    *("comment", "tweet", "utterance", "review_text", "data.text", "headline", "title"),
)
TITLES = ("headline", "title")
"""Names of texts that are only titles if there is a column of longer texts."""

LABELS = (
    *("label", "topic", "category", "class", "target", "gold", "labels", "sentiment", "section", "intent", "emotion"),
    *("label_text", "label_name", "choices", "accept", "annotation", "cats", "y"),
)
IDS = ("id", "uid", "uuid", "guid", "key", "document_id", "doc_id", "identifier")
LABEL_MARK = "__label__"
"""What stands before a label in the files of fastText, and of Flair."""

_TELLING = {*TEXTS, *LABELS, *IDS} - {"y"}  # "y" may also be a label, whose opposite is "n"
_LONGEST = 64
_LONGEST_BESIDE = 200
_LONGEST_QUESTION = 500


def looks_like_names(cells: Sequence[str]) -> bool:
    """Whether the first cells of a file are names, not a document: one of them is a known name, or all could be names.

    A column may have no name, like the column of row numbers that pandas writes.
    """
    given = [cell.strip() for cell in cells if cell.strip()]
    longest = max(map(len, given), default=0)
    known, numbers = count_known(given), any(map(is_number, given))
    if known > numbers:  # beside a number, which may be a name such as 2024, two known names are needed
        return longest <= _LONGEST_BESIDE
    return bool(given) and len(set(given)) == len(given) and longest <= _LONGEST and not numbers


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds names: it looks like names, and unlike the rows below."""
    if not rows or any(cell.startswith(LABEL_MARK) for cell in rows[0]):
        return False
    first = [cell.strip() for cell in rows[0]]
    columns = [[row[place].strip() for row in rows[1:] if len(row) > place] for place in range(len(first))]
    known = [is_known(cell) for cell in first] if looks_like_names(first) else []
    if sum(known) > 1 or not any(columns):
        return any(known)
    if sum(known) == 1:  # it may be a label as well, if known names also occur below it
        return not any(is_name and any(map(is_known, cells)) for is_name, cells in zip(known, columns, strict=True))
    return _counts_columns(first, columns) or _stands_above_numbers(first, columns) or _is_unlike(first, columns)


def _counts_columns(first: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is 0, 1 and so on, as pandas names unnamed columns, and the rows below are not numbers."""
    given = first[1:] if first[0] == "" else first
    counted = given == [str(place) for place in range(len(given))]
    return counted and not all(all(map(is_number, cells)) for cells in columns)


def _stands_above_numbers(first: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether a column holds only numbers except for its first cell."""
    numbers = [bool(cells) and all(map(is_number, cells)) for cells in columns]
    above = [bool(cell) and not is_number(cell) for cell in first]
    many = any(len(cells) > 1 for cells in columns) or all(numbers)
    fits = max(map(len, first)) <= _LONGEST_QUESTION and many
    return fits and any(one and other for one, other in zip(numbers, above, strict=True))


def _is_unlike(first: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether the first row looks like unknown names: short, not repeated, and not a sentence above sentences."""
    if not looks_like_names(first):
        return False
    for cell, cells in zip(first, columns, strict=True):
        if cell and (cell in cells or re.search(r"[.!;,]$|[.!,;] ", cell)):
            return False
        if cell.endswith("?") and any(below.endswith("?") for below in cells):
            return False
        if any(map(str.isdigit, cell)) and all(_find_shape(below) == _find_shape(cell) for below in cells):
            return False  # u17 above u18
    longest = max(columns, key=lambda cells: sum(map(len, cells)))
    words, name = sorted(len(cell.split()) for cell in longest), first[columns.index(longest)]
    if len(name.split()) > 1 and (name[0].islower() or len(columns) == 1) and not name.endswith("?"):
        return False  # the beginning of a text rather than a name
    return 2 * len(name.split()) <= words[len(words) // 2]


def _find_shape(cell: str) -> str:
    return re.sub(r"\d+", "0", cell)


def is_known(name: str) -> bool:
    """Whether a name tells what its column holds."""
    return name.strip().lower() in _TELLING


def count_known(cells: Sequence[str]) -> int:
    """How many cells are names that tell what a column holds."""
    return sum(map(is_known, cells))


def find_named(names: Sequence[str], known: Sequence[str]) -> str | None:
    """The column with the first of some known names, as a whole, or else after a dot as in `row.text`."""
    whole = {name.strip().lower(): name for name in reversed(names)}
    parts = {name.rpartition(".")[2]: column for name, column in whole.items()}
    return next((given[name] for given in (whole, parts) for name in known if name in given), None)


_LABEL_COLUMN = re.compile(
    r"labels?(?:[_ .-](?!ids?\b|scores?\b|prob|conf|sugg|source|agent|type)\w+|\d+)", re.IGNORECASE
)
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
    """A unique name for each column: one without a name becomes `column 1`, and a second `text` becomes `text (2)`."""
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


def is_number(cell: str) -> bool:
    """Whether a cell is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
