"""Checks the steps of a `tokenizer.json`: none may fail on a text, take forever, or make the text much longer."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from ....errors import CheckpointError, UnsafeCheckpointError
from ....wording import shorten

_MOST_PARTS = 6_000_000
_LONGEST_PATTERN = 1000
_LARGEST_GROWTH = 64.0
_MOST_SPECIAL = 64
_LONGEST_AFFIX, _LONGEST_WORD = 64, 1000
_LONG_REPLACEMENT = re.compile(rb"[^\0]{257}")
_MODEL_TEXTS = ("continuing_subword_prefix", "end_of_word_suffix", "unk_token")


def vet_pipeline(content: bytes) -> None:
    """Check the steps of a tokenizer.

    Raises:
        UnsafeCheckpointError: a pattern whose search may not end, or a step that makes a text much longer.
        CheckpointError: more parts than any tokenizer has.
        ValueError: it is not JSON, or not a mapping.
    """
    if content.count(b"[") + content.count(b"{") > _MOST_PARTS:
        raise CheckpointError(f"The tokenizer is made of more than {_MOST_PARTS} parts.")
    tokenizer = json.loads(content)
    if not isinstance(tokenizer, dict):
        raise ValueError("not a mapping")
    _check_model(tokenizer.get("model"))
    growth = 1.0
    for step in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        for part in _walk(tokenizer.get(step)):
            if isinstance(pattern := part.get("Regex"), str):
                _check_pattern(pattern)
            if part.get("type") == "Replace":
                growth *= _growth(part)
            if len(str(part.get("prepend", ""))) > _LONGEST_AFFIX:
                raise UnsafeCheckpointError("The tokenizer puts a long text before every text.")
            if isinstance(table := part.get("precompiled_charsmap"), str):
                _check_replacements(base64.b64decode(table))
            if part.get("type") == "TemplateProcessing" and _count_special(part) > _MOST_SPECIAL:
                raise UnsafeCheckpointError("The tokenizer surrounds every text with a great number of special tokens.")
    if growth > _LARGEST_GROWTH:
        raise UnsafeCheckpointError("The tokenizer replaces parts of a text by ever longer ones.")


def vet_pieces(content: bytes) -> None:
    """Check a sentencepiece model, which may hold the same table of replacements as the steps of a tokenizer.

    Raises:
        UnsafeCheckpointError: it makes a text much longer.
        CheckpointError: it is not a sentencepiece model.
    """
    model: Any = import_module("sentencepiece.sentencepiece_model_pb2").ModelProto()
    try:
        model.ParseFromString(content)
    except Exception as error:  # protobuf's own exception, which has no types
        raise CheckpointError("The sentencepiece model is damaged.") from error
    for steps in (model.normalizer_spec, model.denormalizer_spec):
        _check_replacements(steps.precompiled_charsmap)


def _check_replacements(table: bytes) -> None:
    """A table holds the size of its index in four bytes, the index, and the replacements, each ended by a zero byte."""
    replacements = table[4 + int.from_bytes(table[:4], "little") :]
    if _LONG_REPLACEMENT.search(replacements):
        raise UnsafeCheckpointError("The tokenizer replaces a letter by a long text.")


def _check_model(model: Any) -> None:
    """WordPiece tries every part of a word that is not too long for it."""
    model = model if isinstance(model, dict) else {}
    longest = model.get("max_input_chars_per_word") or 0
    if not isinstance(longest, int) or longest > _LONGEST_WORD:
        raise UnsafeCheckpointError(f"The tokenizer splits words of more than {_LONGEST_WORD} letters.")
    if any(len(str(model.get(name) or "")) > _LONGEST_AFFIX for name in _MODEL_TEXTS):
        raise UnsafeCheckpointError("The tokenizer puts long texts between the parts of a word.")


def _walk(part: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a part, at any depth, and the part itself if it is one."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _walk(inner)


def _check_pattern(pattern: str) -> None:
    """Refuse a repeated group, or many repetitions side by side: both can take forever, even on a short text."""
    alternatives = re.sub(r"\\.|\[[^\]]*\]", "x", pattern).split("|")
    repeated = any(re.search(r"\)[*+{]", alternative) for alternative in alternatives)
    if repeated or len(pattern) > _LONGEST_PATTERN or max(map(_count_repetitions, alternatives)) > 3:
        raise UnsafeCheckpointError(
            f"The tokenizer searches a text for the pattern {shorten(pattern)!r}, which can take forever."
        )


def _count_repetitions(alternative: str) -> int:
    return len(re.findall(r"[*+{]", alternative))


def _growth(step: dict[str, Any]) -> float:
    """How many times longer a replacement can make a text."""
    pattern = step.get("pattern")
    shortest = len(pattern["String"]) if isinstance(pattern, dict) and isinstance(pattern.get("String"), str) else 1
    return max(1.0, len(str(step.get("content", ""))) / max(1, shortest))


def _count_special(step: dict[str, Any]) -> int:
    """The most tokens that a template can add: each of its parts counts as much as the longest special token."""
    named = step.get("special_tokens")
    tokens = [token for token in named.values() if isinstance(token, dict)] if isinstance(named, dict) else []
    longest = max((len(token.get("ids") or ()) for token in tokens), default=1)
    return max(len(step.get(kind) or ()) for kind in ("single", "pair")) * max(1, longest)
