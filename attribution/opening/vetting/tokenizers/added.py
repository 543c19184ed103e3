"""Checks what a tokenizer says beside its vocabulary and its steps: added tokens, and where texts are cut or padded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....errors import CheckpointError, UnsafeCheckpointError
from ....wording import shorten

_MOST_ADDED, _LONGEST_TOKEN = 20_000, 256
_LONGEST_PADDING, _MOST_MULTIPLE = 2**13, 2**10
_LISTS = ("added_tokens_decoder", "additional_special_tokens", "extra_special_tokens")
"""Where a tokenizer_config.json names tokens that are added."""


def check_count(what: str, count: int, most: int) -> None:
    """Check that there are not more of something than any tokenizer has.

    Raises:
        UnsafeCheckpointError: there are.
    """
    if count > most:
        raise UnsafeCheckpointError(f"The tokenizer has {count} {what}. Whylight opens those with at most {most}.")


def check_added(tokenizer: Mapping[str, Any]) -> None:
    """Check the added tokens of a tokenizer.json, and how it cuts and pads texts.

    Raises:
        UnsafeCheckpointError: more or longer tokens than any tokenizer has, or a text that is padded without end.
        ValueError: it is malformed.
    """
    added = tokenizer.get("added_tokens") or []
    if not isinstance(added, list) or not all(isinstance(token, dict) for token in added):
        raise ValueError("added tokens that are none")
    _check_tokens([token.get("content") for token in added])
    _check_padding(tokenizer.get("padding") or {})
    _check_truncation(tokenizer.get("truncation") or {})


def check_added_settings(config: Mapping[str, Any]) -> None:
    """Check the added tokens of a tokenizer_config.json or a special_tokens_map.json; errors as of `check_added`."""
    for name in _LISTS:
        told = config.get(name) or []
        if isinstance(told, (list, dict)):
            _check_tokens(list(told.values() if isinstance(told, dict) else told))
    if isinstance(extra := config.get("extra_ids"), int):
        check_count("added tokens (extra_ids)", extra, _MOST_ADDED)


def _check_tokens(tokens: list[Any]) -> None:
    check_count("added tokens", len(tokens), _MOST_ADDED)
    texts = (token.get("content") if isinstance(token, dict) else token for token in tokens)
    if any(len(text) > _LONGEST_TOKEN for text in texts if isinstance(text, str)):
        raise UnsafeCheckpointError(f"The tokenizer has an added token of more than {_LONGEST_TOKEN} letters.")


def _check_padding(padding: Any) -> None:
    """A text is padded to a fixed length, or to a multiple of one."""
    strategy = padding.get("strategy") if isinstance(padding, dict) else None
    fixed = strategy.get("Fixed") if isinstance(strategy, dict) else 0
    multiple = padding.get("pad_to_multiple_of") if isinstance(padding, dict) else None
    if not isinstance(padding, dict) or not _is_within(fixed, _LONGEST_PADDING):
        raise UnsafeCheckpointError(
            f"The tokenizer pads every text to {shorten(str(fixed), 40)} tokens. Whylight opens those that pad to at "
            f"most {_LONGEST_PADDING}."
        )
    if not _is_within(multiple or 0, _MOST_MULTIPLE):
        raise UnsafeCheckpointError(f"The tokenizer pads every text to a multiple of {shorten(str(multiple), 40)}.")


def _check_truncation(cut: Any) -> None:
    """A long text is cut into windows that overlap by a number of tokens, its stride."""
    longest, stride = (cut.get("max_length"), cut.get("stride") or 0) if isinstance(cut, dict) else (None, None)
    if type(longest) is not int or type(stride) is not int or longest < 0:
        if cut:
            raise CheckpointError("The tokenizer's truncation is damaged: expected a length and a stride.")
        return
    check_windows(longest, stride)


def check_windows(longest: int, stride: int) -> None:
    """Check windows of `longest` tokens: each is to begin at least half of one behind the one before.

    Raises:
        UnsafeCheckpointError: they overlap by more, so that a text would fill any number of them.
    """
    if stride < 0 or stride > longest // 2:
        raise UnsafeCheckpointError(
            f"The tokenizer cuts a text into windows of {shorten(str(longest), 40)} tokens that overlap by "
            f"{shorten(str(stride), 40)}: expected half of a window at most."
        )


def _is_within(number: Any, most: int) -> bool:
    return type(number) is int and 0 <= number <= most
