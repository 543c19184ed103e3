"""Reads the gold labels of a document, in any of the ways that files write them."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from .header import LABEL_MARK

Numbers = Literal["", "indices", "multi-hot"]

_MARKED = re.compile(rf"(?:{LABEL_MARK}\S*+(?:\s++|$))+")
_NUMPY_TEXTS = re.compile(r"""\[\s*(?:'[^']*'|"[^"]*")(?:\s+(?:'[^']*'|"[^"]*"))+\s*\]""")
_NUMPY_NUMBERS = re.compile(r"\[\s*-?[\d.]+(?:\s+-?[\d.]+)+\s*\]")
_WRAPPERS = ("set", "frozenset", "array", "list", "tuple", "Index")
_WHOLE = re.compile(r"([+-]?\d+)\.0*")
_NUMBER = re.compile(r"-?\d+")
_ANSWERS = ("true", "false", "yes", "no")
_SCORES = ("score", "value", "confidence", "probability")
_FLAGS = {"0": False, "1": True, "false": False, "true": True, "no": False, "yes": True}
_MARKS = ("|", ";", ",", "#", "/", "+", "\n")  # doccano separates labels by #
_NUMBERS = re.compile(r"\d+(?:[ ,;|]\d+)+")
_MISSING = {"nan", "NaN", "null", "NULL", "<NA>", "NA", "N/A", "#N/A", "None", "\\N"}
"""How pandas, R, Excel, Python and databases write a missing value."""

_LONGEST_LIST = 100_000
_MOST_KEPT = 100_000
"""Different gold labels that are counted; a column with more does not hold labels."""


@dataclass(frozen=True, slots=True)
class GoldReader:
    """Reads gold labels with the labels of a model in mind.

    Attributes:
        labels: the model's, in decoder order; empty if no model is known.
        multi_label: whether several labels may apply, so that | and ; separate them outside of lists.
        numbers: what numbers mean that are not names of labels: nothing, indices of the model's labels, or, in lists,
            a 0 or 1 for each of its labels.
        flags: whether there is a column of 0 and 1 for each label, named after the label.
    """

    labels: tuple[str, ...] = ()
    multi_label: bool = False
    numbers: Numbers = ""
    flags: bool = False

    def read(self, cells: Mapping[str, str | None]) -> tuple[str, ...] | None:
        """The gold labels of a document; empty if the cells say that no label applies, None if they say nothing.

        Args:
            cells: the gold columns, name -> cell.
        """
        if self.flags:
            return self._read_flags(cells)
        found = [golds for cell in cells.values() if (golds := self.read_cell(cell)) is not None]
        return tuple(dict.fromkeys(gold for golds in found for gold in golds)) if found else None

    def read_cell(self, cell: str | None) -> tuple[str, ...] | None:
        """The gold labels of one cell."""
        gold, known = (cell or "").strip(), _to_set(self.labels)
        if not gold or (gold in _MISSING and gold not in known):
            return None
        if gold in known:
            return (gold,)
        listed = read_list(gold)
        if listed is None:
            return self._name_numbers(self._split(gold))
        if self.numbers == "multi-hot" and len(listed) == len(self.labels):
            return tuple(label for label, flag in zip(self.labels, listed, strict=True) if _FLAGS.get(_to_whole(flag)))
        return self._name_numbers(listed)

    def _split(self, gold: str) -> list[str]:
        """The labels in a text: the model's own between any separators, or for several labels what | and ; separate."""
        bare = gold[1:-1] if gold[0] + gold[-1] in ("[]", "{}", "()") else gold
        for mark in _MARKS if self.multi_label or bare != gold else ():
            parts = [part.strip() for part in bare.split(mark)]
            if set(parts) <= _to_set(self.labels):
                return parts
        if not self.multi_label:
            return [gold]
        if _NUMBERS.fullmatch(gold):  # as GoEmotions has them
            return re.split(r"\D", gold)
        return part_golds(gold)

    def _name_numbers(self, golds: Iterable[str]) -> tuple[str, ...] | None:
        found, missing, known = dict[str, None](), False, _to_set(self.labels)
        for gold in golds:
            name = gold if gold in known else _name_answer(_to_whole(gold), self.labels)
            if name not in known and self.numbers == "indices":
                if (index := _to_index(name)) == -1:
                    missing = True
                    continue
                name = self.labels[index] if index is not None and index < len(self.labels) else name
            found[name] = None
        return None if missing and not found else tuple(found)

    def _read_flags(self, cells: Mapping[str, str | None]) -> tuple[str, ...] | None:
        flags = {name: _FLAGS.get(_to_whole((cell or "").strip())) for name, cell in cells.items()}
        if all(flag is None for flag in flags.values()):
            return None
        found = tuple(self.name_flag(name) for name, flag in flags.items() if flag)
        if found or self.multi_label or not self.labels:
            return found
        others = [label for label in self.labels if label not in map(self.name_flag, flags)]
        return (others[0],) if len(others) == 1 and len(self.labels) == 2 else None  # one of the two labels must hold

    def name_flag(self, column: str) -> str:
        """The label that a column of 0 and 1 is about: its name, or what follows the last dot or `label_` in it."""
        short = re.sub(r"^(?:.*\.|labels?[_ -])", "", column)
        return short if short in self.labels and column not in self.labels else column


def part_golds(gold: str) -> list[str]:
    """The labels of a text in which | or ; stand between them."""
    return [part for one in gold.replace(";", "|").split("|") if (part := one.strip())]


@cache
def _to_set(labels: tuple[str, ...]) -> frozenset[str]:
    return frozenset(labels)


def _name_answer(gold: str, labels: Sequence[str]) -> str:
    """For true, false, yes and no: the label of that name in any case; anything else stays as it is."""
    return next((label for label in labels if label.lower() == gold), gold) if gold in _ANSWERS else gold


def read_list(gold: str) -> list[str] | None:
    """The parts of a list as JSON, Python, numpy or fastText write it; None where a text is not a list."""
    if _MARKED.fullmatch(gold):
        return [part.removeprefix(LABEL_MARK) for part in gold.split() if part != LABEL_MARK]
    if gold[-1] not in "])}" or gold[0] in "\"'" or len(gold) > _LONGEST_LIST:
        return None
    wrapper, _, inner = gold.partition("(")
    if wrapper in _WRAPPERS and gold[-1] == ")":
        gold = inner[:-1].partition(", dtype=")[0].strip() or "[]"
    if _NUMPY_TEXTS.fullmatch(gold):
        return [one or other for one, other in re.findall(r"""'([^']*)'|"([^"]*)\"""", gold)]
    if _NUMPY_NUMBERS.fullmatch(gold):
        return gold[1:-1].split()
    value = _evaluate(gold)
    if isinstance(value, dict):
        value = _list_of(value)
    if not isinstance(value, (list, tuple, set, frozenset)):
        return None
    parts = [_name(one) for one in value if one is not None and not _is_turned_down(one)]
    return None if None in parts else [one for part in parts if (one := str(part).strip())]


def _list_of(value: dict[Any, Any]) -> Any:
    """The labels in an object: Label Studio's {"choices": […]}, or spaCy's {"sport": 1, "tech": 0}."""
    if all(isinstance(flag, (bool, int, float)) and flag in (0, 1) for flag in value.values()):
        return [name for name, flag in value.items() if flag]
    return value.get("choices")


def _is_turned_down(value: Any) -> bool:
    """Whether an element says that its label does not apply, as spaCy 2 wrote: {"label": "sport", "value": 0.0}."""
    return isinstance(value, dict) and isinstance(value.get("value"), (int, float)) and value["value"] == 0


def _evaluate(gold: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(gold)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            continue
    return None


def _name(value: Any) -> str | None:
    """An element of a list as a label; for an object of an annotation tool, the label in it; None if there is none."""
    if isinstance(value, dict):
        if any(isinstance(value.get(key), (int, float)) and value[key] not in (0, 1) for key in _SCORES):
            return None  # how probable a label is, and not whether it applies
        value = next((value[key] for key in ("value", "label", "name") if isinstance(value.get(key), str)), None)
    return str(value) if isinstance(value, (str, int, float, bool)) else None


def _to_whole(gold: str) -> str:
    """Turn `1.0`, as pandas writes a whole number in a column with missing ones, into `1`, and `True` into `true`."""
    whole = _WHOLE.fullmatch(gold)
    return whole[1] if whole else gold.lower() if gold.lower() in _ANSWERS else gold


def _to_index(gold: str) -> int | None:
    if gold in ("true", "false"):
        return int(gold == "true")
    return int(gold) if _NUMBER.fullmatch(gold) and len(gold) < 10 and int(gold) >= -1 else None


@dataclass(slots=True)
class GoldCount:
    """Counts what the gold columns of a whole file contain, before the labels of a model are considered.

    Attributes:
        golds: how often each label occurs, as it is written.
        labelled: how many documents have gold labels, or say that none applies.
        unlabelled: how many say nothing.
        lengths: how often lists of each length occur.
        flags: whether lists hold nothing but 0 and 1.
    """

    golds: Counter[str] = field(default_factory=Counter)
    labelled: int = 0
    unlabelled: int = 0
    lengths: Counter[int] = field(default_factory=Counter)
    flags: bool = True

    def note(self, cells: Mapping[str, str | None], reader: GoldReader) -> None:
        """Count what the gold columns of a document say."""
        golds = reader.read(cells)
        if golds is None:
            self.unlabelled += 1
            return
        self.labelled += 1
        if len(self.golds) < _MOST_KEPT:
            self.golds.update(golds)
        for cell in filter(None, map(str.strip, filter(None, cells.values()))):
            if (listed := read_list(cell)) is not None:
                self.lengths[len(listed)] += 1
                self.flags = self.flags and all(_to_whole(one) in _FLAGS for one in listed)


def choose_numbers(count: GoldCount, labels: Sequence[str]) -> Numbers:
    """What numbers in the gold columns mean; they are not indices if any of them is the name of a label."""
    golds = [_name_answer(_to_whole(gold), labels) for gold in count.golds]
    if not golds or not labels or any(gold in labels for gold in (*golds, *count.golds)):
        return ""
    indices = [_to_index(gold) for gold in golds]
    if count.flags and set(count.lengths) == {len(labels)}:
        return "multi-hot"
    if any(index is None or index >= len(labels) for index in indices):
        return ""
    if -1 in indices and (len(labels) - 1 not in indices or len(set(indices)) == len(labels)):
        return ""  # -1, 0 and 1 are rather negative, neutral and positive than no label and two indices
    return "indices"
