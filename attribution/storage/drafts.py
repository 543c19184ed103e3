"""Texts that readers wrote, kept for a while under names that nobody can guess, so that a reload finds them again."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import AttributionError
from ..files import written_whole
from .store import Store

_NAME = re.compile(r"[A-Za-z0-9_-]{22}")
_BYTES_OF_NAME = 16
"""2 to the power of 128 names: nobody can guess one."""

_KEPT_SECONDS = 30 * 24 * 3600
"""Long enough to come back to an open tab after a holiday; to keep a text for longer, save the analysis."""

_MOST = 5_000
_LARGEST = 4_000_000
"""Bytes of one draft: a long book, of which no model reads a tenth."""

_ALL = 1_000_000_000
"""Bytes of all drafts together, so that nobody can fill the disk with them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reader wrote: the text, the second one of a pair, and the one that it is compared with.

    If `text` is a part of a longer text, `whole` is that text, and `start` the character at which the part begins.
    """

    text: str
    second: str = ""
    other: str = ""
    whole: str = ""
    start: int = 0


class Drafts:
    """A folder of drafts, shared by all sessions: a name always means the same draft, until that is deleted."""

    def __init__(self, folder: str | Path | None = None) -> None:
        """`folder`: by default `drafts` in the store of models."""
        self._folder = Path(folder) if folder else Store().folder / "drafts"

    def keep(self, draft: Draft) -> str:
        """Write a draft, and return its name. The oldest are deleted if there are too many.

        Raises:
            AttributionError: it is too large, or the disk is full.
        """
        content = json.dumps(asdict(draft), ensure_ascii=False).encode("utf-8", "surrogatepass")
        if len(content) > _LARGEST:
            raise AttributionError(
                f"The text has more than {_LARGEST // 10**6} MB, so a reload will not find it again."
            )
        name = secrets.token_urlsafe(_BYTES_OF_NAME)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._clean()
            with written_whole(self._folder / f"{name}.json") as partial:
                partial.touch(0o600, exist_ok=False)  # nobody else may read it, so this comes before the content
                partial.write_bytes(content)
        except OSError as error:
            raise AttributionError(
                f"The text cannot be kept ({error.strerror}), so a reload will not find it again."
            ) from error
        return name

    def find(self, name: str) -> Draft | None:
        """The draft of a name; None where there is none."""
        if not _NAME.fullmatch(name):
            return None
        try:
            path = self._folder / f"{name}.json"
            said = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
            os.utime(path)  # what is opened is kept for longer
            text, second, other, whole = (str(said[field]) for field in ("text", "second", "other", "whole"))
            return Draft(text, second, other, whole, max(0, int(said.get("start", whole.find(text)))))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            return None

    def holds(self, name: str) -> bool:
        """Whether a draft still exists."""
        return (self._folder / f"{name}.json").exists()

    def _clean(self) -> None:
        found = []
        for entry in os.scandir(self._folder):
            with suppress(OSError):
                found.append((entry.stat().st_mtime, entry.stat().st_size, entry.path))
        oldest, size = time.time() - _KEPT_SECONDS, _LARGEST  # room for the draft that is about to be written
        for index, (changed, bytes_, path) in enumerate(sorted(found, reverse=True)):
            size += bytes_
            if index >= _MOST - 1 or changed < oldest or size > _ALL:
                with suppress(OSError):
                    os.unlink(path)
