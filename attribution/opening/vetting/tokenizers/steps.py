"""Checks a `tokenizer.json`: none of its steps may fail on a text, take forever, or make the text much longer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ....errors import CheckpointError, UnsafeCheckpointError
from ....wording import shorten
from .added import check_added, check_count
from .growth import check_growth
from .patterns import check_pattern
from .pieces import check_vocabulary

_MOST_PARTS = 4_000_000
_MOST_SPECIAL = 64
_LONGEST_AFFIX, _LONGEST_WORD, _LONGEST_TEXT = 64, 1000, 1000
_MODEL_TEXTS = ("continuing_subword_prefix", "end_of_word_suffix", "unk_token")
_TABLE = "precompiled_charsmap"

_NORMALIZERS = (
    *("BertNormalizer", "ByteLevel", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled", "Prepend"),
    *("Replace", "Strip", "StripAccents"),
)
_PRE_TOKENIZERS = (
    *("BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Digits", "FixedLength", "Metaspace", "Punctuation"),
    *("Split", "UnicodeScripts", "Whitespace", "WhitespaceSplit"),
)
_POST_PROCESSORS = ("BertProcessing", "ByteLevel", "RobertaProcessing", "TemplateProcessing")
_DECODERS = (*("BPEDecoder", "ByteFallback", "ByteLevel", "CTC", "Fuse", "Metaspace", "Replace", "Strip", "WordPiece"),)
_STAGES = {
    "normalizer": ("normalizers", _NORMALIZERS),
    "pre_tokenizer": ("pretokenizers", _PRE_TOKENIZERS),
    "post_processor": ("processors", _POST_PROCESSORS),
    "decoder": ("decoders", _DECODERS),
}
"""Stage -> the key under which a sequence of steps holds them, and the kinds of steps."""

_MOST_STEPS, _DEEPEST = 64, 8
_ONCE = ("ByteLevel", "FixedLength", "Metaspace", "Precompiled", "TemplateProcessing")
"""Steps that no known tokenizer takes twice in a stage: each makes a text longer, and does so again."""


def vet_pipeline(content: bytes) -> bytes:
    """Check the steps of a tokenizer; what is returned says the same, with nothing in it that readers differ about.

    Raises:
        UnsafeCheckpointError: a pattern whose search may not end, or a step that makes a text much longer.
        CheckpointError: more parts than any tokenizer has.
        ValueError: it is not JSON, or not a mapping.
    """
    check_parts(content)
    tokenizer = json.loads(content)
    if not isinstance(tokenizer, dict):
        raise ValueError("not a mapping")
    _check_model(tokenizer.get("model"))
    check_added(tokenizer)
    stages = {stage: list(_list_steps(tokenizer.get(stage), stage)) for stage in _STAGES}
    for stage, steps in stages.items():
        _check_stage(stage, steps)
    check_growth([*stages["normalizer"], *stages["pre_tokenizer"]])
    if sum(map(_count_special, stages["post_processor"])) > _MOST_SPECIAL:
        raise UnsafeCheckpointError("The tokenizer surrounds every text with a great number of special tokens.")
    return json.dumps(tokenizer, ensure_ascii=False).encode()


def check_parts(content: bytes) -> None:
    """Check JSON before it is read: each of its parts becomes an object of a hundred bytes.

    Raises:
        CheckpointError: more parts than any tokenizer has.
    """
    if sum(map(content.count, (b"[", b"{", b","))) > _MOST_PARTS:
        raise CheckpointError(f"The tokenizer is made of more than {_MOST_PARTS} parts.")


def _check_model(model: Any) -> None:
    """WordPiece tries every part of a word that is not too long for it."""
    model = model if isinstance(model, dict) else {}
    longest = model.get("max_input_chars_per_word") or 0
    if not isinstance(longest, int) or longest > _LONGEST_WORD:
        raise UnsafeCheckpointError(f"The tokenizer splits words of more than {_LONGEST_WORD} letters.")
    if any(len(str(model.get(name) or "")) > _LONGEST_AFFIX for name in _MODEL_TEXTS):
        raise UnsafeCheckpointError("The tokenizer puts long texts between the parts of a word.")
    if isinstance(pieces := model.get("vocab"), list):  # Unigram's, each with its score
        check_vocabulary([str(piece[0]) for piece in pieces if isinstance(piece, list) and piece])


def _list_steps(part: Any, stage: str, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The steps of a stage, those of sequences in their places."""
    if part is None:
        return
    inside, kinds = _STAGES[stage]
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "Sequence":
        steps = part.get(inside)
        if not isinstance(steps, list):
            raise ValueError("a sequence of nothing")
        if depth == _DEEPEST:
            raise UnsafeCheckpointError("The tokenizer's steps are sequences of sequences, deeper than any known ones.")
        for step in steps:
            yield from _list_steps(step, stage, depth + 1)
    elif kind in kinds:
        yield part
    else:
        said = shorten(str(kind), 40)
        raise CheckpointError(f"The tokenizer has a step of the kind {said!r} as its {stage}, which is not known here.")


def _check_stage(stage: str, steps: list[dict[str, Any]]) -> None:
    check_count("steps in a stage", len(steps), _MOST_STEPS)
    kinds = Counter(step["type"] for step in steps)
    if twice := [kind for kind in _ONCE if kinds[kind] > 1]:
        raise UnsafeCheckpointError(
            f"The tokenizer has the step {twice[0]} {kinds[twice[0]]} times as its {stage}: each time it makes a text "
            "longer, and no known tokenizer takes it twice."
        )
    for step in steps:
        _check_step(step)


def _check_step(step: Mapping[str, Any]) -> None:
    pattern = step.get("pattern")
    if isinstance(pattern, dict) and isinstance(searched := pattern.get("Regex"), str):
        check_pattern(searched)
    if len(str(step.get("prepend", ""))) > _LONGEST_AFFIX:
        raise UnsafeCheckpointError("The tokenizer puts a long text before every text.")
    if step["type"] == "FixedLength" and not (type(length := step.get("length")) is int and length > 0):
        raise CheckpointError("The tokenizer cuts a text into parts of no length.")
    for key, value in step.items():
        if isinstance(value, str) and key != _TABLE and len(value) > _LONGEST_TEXT:
            raise UnsafeCheckpointError(f"The tokenizer has a {shorten(key, 40)} of more than {_LONGEST_TEXT} letters.")


def _count_special(step: Mapping[str, Any]) -> int:
    """The most tokens that a step adds to a text: each part of a template counts as much as the longest special token.

    Raises:
        UnsafeCheckpointError: it repeats the text itself.
    """
    templates = [step.get(kind) or [] for kind in ("single", "pair")]
    for template in templates:
        texts = Counter(str(part["Sequence"].get("id")) for part in template if _names_text(part))
        if any(count > 1 for count in texts.values()):
            raise UnsafeCheckpointError("The tokenizer repeats every text.")
    named = step.get("special_tokens")
    tokens = [token for token in named.values() if isinstance(token, dict)] if isinstance(named, dict) else []
    longest = max((len(token.get("ids") or ()) for token in tokens), default=1)
    return max(map(len, templates)) * max(1, longest)


def _names_text(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("Sequence"), dict)
