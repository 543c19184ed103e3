"""Reads a checkpoint's pickles first in a worker process with limited memory and time.

A few bytes of a pickle can take up all memory, run forever or crash the interpreter: then only the worker is lost.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BufferedReader

from ....processes import light
from ..strangers import Found
from .limits import BYTES_PER_SECOND, PATIENCE, SECONDS

_PROCESS = f"{__package__}.process"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The outcome of the first reading.

    Attributes:
        references: every `module.name` that was referred to, in the order of their appearance.
        failure: why reading failed, as a part of a sentence; empty if it did not.
        state: in the old format, the byte at which the state begins.
        places: in the old format, key of a storage -> (byte at which it begins, number of bytes).
        strangers: where the names are that the vocabulary does not list; empty if reading failed.
    """

    references: tuple[str, ...]
    failure: str = ""
    state: int = 0
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    strangers: Found = field(default_factory=Found)


def rehearse(file: BufferedReader, offset: int, size: int) -> Rehearsal:
    """Read `size` bytes of pickle at `offset`; if that is -1, all pickles of the old format from the start."""
    command = light.make_command(_PROCESS, offset, size, only_standard=True)
    patience = PATIENCE * (SECONDS + size // BYTES_PER_SECOND)
    try:
        done = subprocess.run(  # noqa: S603
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=patience
        )
        printed, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as expired:
        printed, code = expired.stdout or b"", light.OUT_OF_TIME
    file.seek(0, os.SEEK_END)  # the worker shares the file's position, and has moved it
    said = [json.loads(line) for line in printed.splitlines(keepends=True) if line.endswith(b"\n")]
    references = tuple(line["reference"] for line in said if "reference" in line)
    if code == light.OUT_OF_TIME:
        return Rehearsal(references, f"it takes more than {SECONDS} seconds")
    outcome = said[-1] if said and code == 0 else {}
    if not outcome or "reference" in outcome:  # it ended before it was done, or never began
        return Rehearsal(references, "it makes Python crash")
    if "exceeded" in outcome:
        return Rehearsal(references, f"it takes more than {outcome['exceeded']} MB of memory")
    places = {key: (start, count) for key, (start, count) in outcome.get("places", {}).items()}
    found = outcome.get("strangers", {})
    strangers = Found(tuple(found.get("named", ())), found.get("outside", ""), found.get("called", ""))
    return Rehearsal(references, outcome.get("failure", ""), outcome.get("state", 0), places, strangers)
