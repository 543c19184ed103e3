"""Reads the pickles of a checkpoint once, in a worker process with limited memory and time.

`rehearsal` starts it. It prints a line of JSON for each reference when it is met, then one for the outcome.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from io import BufferedReader
from typing import Any

from ....errors import CheckpointError
from ..cards import make_cards_plain
from ..storages import Storage, TensorStandIn
from ..strangers import Strangers, find_strangers
from ..unfolding import check_unfolded
from ..unpickling import LEGACY_MAGIC, WIDTHS, Rules, read_pickle
from ..vocabulary import make_vocabulary
from .allowance import Allowance, Exact

_LONGEST_NAME = 300
_MOST_REFERENCES = 1000
_LARGE = 2**26
"""From how many bytes on a pickle can hold arrays that are worth an allowance."""


def main(offset: str, size: str) -> None:
    """Read the pickle at `offset` of standard input, of `size` bytes; -1 means the old format."""
    gc.disable()  # a million objects, none of which is garbage
    allowance, notes = Allowance(), _Notes()
    outcome: dict[str, Any] | None = None
    try:
        with open(sys.stdin.fileno(), "rb", closefd=False) as file:
            while outcome is None:
                outcome = _read_once(file, int(offset), int(size), notes)
                gc.collect()
                if outcome is None and not allowance.grow(file, max(0, int(offset)) + int(size)):
                    outcome = {"exceeded": allowance.megabytes}
    except MemoryError:
        outcome = {"exceeded": allowance.megabytes}
    except Exception as error:  # a pickle can raise anything
        outcome = {"failure": _legible((str(error) or type(error).__name__)[:_LONGEST_NAME])}
    _say(outcome or {})


def _read_once(file: BufferedReader, offset: int, size: int, notes: _Notes) -> dict[str, Any] | None:
    """Read all that there is; None if that takes more memory than is allowed."""
    try:
        reader: Any = Exact(file) if size > _LARGE else file
        return _read_legacy(file, reader, size, notes) if offset < 0 else _read_at(file, reader, offset, size, notes)
    except MemoryError:
        return None


def _read_at(file: BufferedReader, reader: Any, offset: int, size: int, notes: _Notes) -> dict[str, Any]:
    file.seek(offset)
    strangers = Strangers()
    state = read_pickle(reader, _make_rules(size, strangers, lambda _: None, notes))
    return _go_through(state, strangers, file.tell() - offset)


def _read_legacy(file: BufferedReader, reader: Any, size: int, notes: _Notes) -> dict[str, Any]:
    """Five pickles one after the other, then for each storage the number of its elements, and their bytes."""
    widths: dict[str, int] = {}

    def note_storage(storage: Storage) -> None:
        widths[storage.key] = WIDTHS[storage.kind]

    strangers = Strangers()
    rules = _make_rules(size, strangers, note_storage, notes)
    file.seek(0)
    if read_pickle(reader, rules) != LEGACY_MAGIC:
        return {"failure": "no checkpoint"}
    for _ in range(2):  # the version, and the sizes of integers on the machine that saved it
        read_pickle(reader, rules)
    begin = file.tell()
    state = read_pickle(reader, rules)
    found = _go_through(state, strangers, file.tell() - begin)
    places: dict[str, tuple[int, int]] = {}
    for key in read_pickle(reader, rules):
        count = int.from_bytes(file.read(8), "little", signed=True)
        if not isinstance(key, str) or not 0 <= count * widths[key] <= size - file.tell():
            raise ValueError("a storage that ends beyond the end of the file")
        places[key] = (file.tell(), count * widths[key])
        file.seek(count * widths[key], 1)
    return {**found, "state": begin, "places": places}


def _go_through(state: Any, strangers: Strangers, size: int) -> dict[str, Any]:
    """Where the strangers are in a state of `size` bytes.

    All of it is then gone through as `checkpoint` does afterwards: what takes too much memory or time takes it here.
    What is wrong with it is told there.
    """
    found = asdict(find_strangers(state, strangers))
    with suppress(CheckpointError):
        make_cards_plain(state, size)
        check_unfolded(state, size)
    return {"strangers": found}


def _make_rules(
    size: int, strangers: Strangers, note_storage: Callable[[Storage], None], notes: Callable[[str], None]
) -> Rules:
    vocabulary = make_vocabulary(size, strangers, lambda *_: TensorStandIn())
    return Rules(vocabulary, note_storage, strangers, notes)


class _Notes:
    """Prints each reference once, however often the reading begins anew."""

    def __init__(self) -> None:
        self._met: set[str] = set()

    def __call__(self, kind: str) -> None:
        if kind not in self._met:
            if len(self._met) >= _MOST_REFERENCES:
                raise ValueError("it refers to more than a thousand things")
            self._met.add(kind)
            _say({"reference": _legible(kind[:_LONGEST_NAME])})


def _legible(text: str) -> str:
    """The text with its lone surrogates escaped: a pickle can hold them, but nothing can show them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)
