"""How much disk space all runs of a server may take, including the uploaded files of documents."""

from __future__ import annotations

import os
from pathlib import Path

from ...environment import read_limit
from ...errors import StoreFullError
from ...wording import format_size

_VARIABLE = "WHYLIGHT_RUNS_LIMIT"


def check_room(root: Path, *, wanted: int = 0) -> None:
    """Check that a folder of runs has room for `wanted` more bytes.

    Raises:
        StoreFullError: it has none.
        AttributionError: `WHYLIGHT_RUNS_LIMIT` is not a number of GB.
    """
    used, limit = measure(root), read_limit(_VARIABLE)
    if used + wanted >= limit:
        more = f", and this file has {format_size(wanted)}" if wanted else ""
        raise StoreFullError(
            f"There is no room for more: runs and their files take {format_size(used)} of {format_size(limit)}{more}. "
            f"Delete a run that nobody needs, or ask whoever runs this server to raise {_VARIABLE}."
        )


def measure(folder: Path) -> int:
    """The bytes of all files below a folder; files that are deleted meanwhile are not counted."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except FileNotFoundError:
                continue
    return total
