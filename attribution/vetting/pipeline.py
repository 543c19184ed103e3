"""The steps of a `tokenizer.json`, none of which may fail on a text, take forever, or make it ever longer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..errors import CheckpointError, UnsafeCheckpointError, shorten

_MOST_PARTS = 6_000_000
_LONGEST_PATTERN = 1000
_LARGEST_GROWTH = 64.0
_MOST_SPECIAL = 64


def vet_pipeline(content: bytes) -> None:
    """Check the steps of a tokenizer.

    Raises:
        UnsafeCheckpointError: a pattern whose search may not end, a text made longer and longer.
        CheckpointError: no steps at all, or more parts than any tokenizer has.
        ValueError: no JSON.
    """
    if content.count(b"[") + content.count(b"{") > _MOST_PARTS:
        raise CheckpointError(f"The tokenizer is made of more than {_MOST_PARTS} parts.")
    tokenizer = json.loads(content)
    if not isinstance(tokenizer, dict):
        raise ValueError("not a mapping")
    growth = 1.0
    for step in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        for part in _walk(tokenizer.get(step)):
            if isinstance(pattern := part.get("Regex"), str):
                _check_pattern(pattern)
            if part.get("type") == "Replace":
                growth *= _growth(part)
            if part.get("type") == "TemplateProcessing" and _count_special(part) > _MOST_SPECIAL:
                raise UnsafeCheckpointError("The tokenizer puts a text among a great number of special tokens.")
    if growth > _LARGEST_GROWTH:
        raise UnsafeCheckpointError("The tokenizer replaces parts of a text by ever longer ones.")


def _walk(part: Any) -> Iterator[dict[str, Any]]:
    """Every mapping within."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _walk(inner)


def _check_pattern(pattern: str) -> None:
    """A group that is repeated, or many repetitions side by side, can take forever on a text that is short."""
    alternatives = re.sub(r"\\.|\[[^\]]*\]", "x", pattern).split("|")
    repeated = any(re.search(r"\)[*+{]", alternative) for alternative in alternatives)
    if repeated or len(pattern) > _LONGEST_PATTERN or max(map(_count_repetitions, alternatives)) > 3:
        raise UnsafeCheckpointError(
            f"The tokenizer searches a text by the pattern {shorten(pattern)!r}, which can take forever."
        )


def _count_repetitions(alternative: str) -> int:
    return len(re.findall(r"[*+{]", alternative))


def _growth(step: dict[str, Any]) -> float:
    """How many times longer a replacement can make a text."""
    pattern = step.get("pattern")
    shortest = len(pattern["String"]) if isinstance(pattern, dict) and isinstance(pattern.get("String"), str) else 1
    return max(1.0, len(str(step.get("content", ""))) / max(1, shortest))


def _count_special(step: dict[str, Any]) -> int:
    return max(len(step.get(kind) or ()) for kind in ("single", "pair"))
