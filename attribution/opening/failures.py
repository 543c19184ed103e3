"""Turns whatever Flair, transformers or torch raise about a stranger's file into one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..encoders.panics import panics_reported
from ..errors import AttributionError, CheckpointError
from ..wording import say_error


@contextmanager
def failures_told(what: str) -> Iterator[None]:
    """Within the block, whatever is raised becomes a sentence that begins with `what` and names the error.

    Errors that are sentences already are left as they are, and so is what ends the process.

    Raises:
        CheckpointError: something failed in a way of its own.
    """
    try:
        with panics_reported():
            yield
    except AttributionError:
        raise
    except Exception as error:
        raise CheckpointError(f"{what}: {say_error(error)}.") from error
