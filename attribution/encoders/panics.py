"""Turns panics of tokenizers into errors: those of Rust code are no `Exception`, and would pass every handler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import CheckpointError
from ..wording import shorten


@contextmanager
def panics_reported() -> Iterator[None]:
    """Within the block, turn a panic of the tokenizer into an error with a message.

    Raises:
        CheckpointError: the tokenizer panicked.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise CheckpointError(f"The model's tokenizer fails on this text: {shorten(str(error))}.") from error
