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

from .storages import Storage, TensorStandIn
from .strangers import Strangers, find_strangers
from .unpickling import LEGACY_MAGIC, WIDTHS, Rules, read_pickle
from .vocabulary import make_vocabulary

_LONGEST_NAME = 300
_MOST_REFERENCES = 1000


def main(offset: str, size: str, megabytes: str, seconds: str) -> None:
    """Read the pickle at `offset` of standard input within `megabytes` and `seconds`; -1 means the old format."""
    with suppress(ImportError):  # Windows knows no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (int(megabytes) << 20,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # a million objects, none of which is garbage
    outcome: dict[str, Any] = {}
    try:
        with open(sys.stdin.fileno(), "rb", closefd=False) as file:
            outcome = _read_legacy(file, int(size)) if int(offset) < 0 else _read_at(file, int(offset), int(size))
    except MemoryError:
        outcome = {"exceeded": "memory"}
    except Exception as error:  # a pickle can raise anything
        outcome = {"failure": _legible((str(error) or type(error).__name__)[:_LONGEST_NAME])}
    _say(outcome)


def _read_at(file: BufferedReader, offset: int, size: int) -> dict[str, Any]:
    file.seek(offset)
    strangers = Strangers()
    state = read_pickle(file, _make_rules(size, strangers, lambda _: None))
    return {"strangers": asdict(find_strangers(state, strangers))}


def _read_legacy(file: BufferedReader, size: int) -> dict[str, Any]:
    """Five pickles one after the other, then for each storage the number of its elements, and their bytes."""
    widths: dict[str, int] = {}

    def note_storage(storage: Storage) -> None:
        widths[storage.key] = WIDTHS[storage.kind]

    strangers = Strangers()
    rules = _make_rules(size, strangers, note_storage)
    file.seek(0)
    if read_pickle(file, rules) != LEGACY_MAGIC:
        return {"failure": "no checkpoint"}
    for _ in range(2):  # the version, and the sizes of integers on the machine that saved it
        read_pickle(file, rules)
    begin = file.tell()
    state = read_pickle(file, rules)
    places: dict[str, tuple[int, int]] = {}
    for key in read_pickle(file, rules):
        count = int.from_bytes(file.read(8), "little", signed=True)
        if not isinstance(key, str) or not 0 <= count * widths[key] <= size - file.tell():
            raise ValueError("a storage that ends beyond the end of the file")
        places[key] = (file.tell(), count * widths[key])
        file.seek(count * widths[key], 1)
    return {"state": begin, "places": places, "strangers": asdict(find_strangers(state, strangers))}


def _make_rules(size: int, strangers: Strangers, note_storage: Callable[[Storage], None]) -> Rules:
    vocabulary = make_vocabulary(size, strangers, lambda *_: TensorStandIn())
    return Rules(vocabulary, note_storage, strangers, _Notes())


class _Notes:
    """Prints each reference once."""

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
