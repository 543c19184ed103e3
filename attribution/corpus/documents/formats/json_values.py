"""Values of JSON, from a line or one after the other from a stream; one that cannot be read costs no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TextIO

from ....wording import shorten
from ..rows import Row
from .encoding import LONGEST_LINE

_CHUNK = 2**20
_BETWEEN = re.compile(r"[\s,]*")
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*+(")?|[\[\]{}]', re.DOTALL)
TOO_DEEP = "The row holds values in values in values, more deeply than can be read."


_BROKEN = "The file is not JSON from here on, or breaks off, and nothing more of it is read."


def _read_int(digits: str) -> int | str:
    """A whole number; one that Python takes too long to read stays a text, as it is a cell in the end."""
    try:
        return int(digits)
    except ValueError:
        return digits


_DECODER, _PATIENT = json.JSONDecoder(), json.JSONDecoder(parse_int=_read_int)
"""The second one, which is slower, is for what the first one cannot read because of a whole number."""


def _decode(text: str, place: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, place)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _PATIENT.raw_decode(text, place)


def parse(line: str | bytes) -> Any:
    """The value of a line, or a `Row` with the reason why it has none."""
    if isinstance(line, str) and len(line) == LONGEST_LINE:
        return Row(error=f"The line has {LONGEST_LINE:,} characters or more, and is not read.")
    if isinstance(line, str) and line.startswith("{"):  # as nearly all do; json.loads takes twice as long
        with suppress(ValueError, RecursionError):
            value, end = _DECODER.raw_decode(line)
            if not line[end:].strip(" \t\r\n"):
                return value
    try:
        try:
            return json.loads(line)
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise
        except ValueError:
            return json.loads(line, parse_int=_read_int)
    except RecursionError:
        return Row(error=TOO_DEEP)
    except ValueError as error:
        return Row(error=f"The line is not JSON: {shorten(str(error))}.")


def read_stream(file: TextIO, longest: int, *, is_array: bool) -> Iterator[Any]:
    """Values one after the other, with only as much of the file in memory as the longest of them takes.

    In place of one that cannot be read there is a `Row` with the reason.
    """
    buffer, place, inside = "", 0, not is_array
    while True:
        place = _match_end(buffer, place)
        if place == len(buffer):
            buffer, place = file.read(_CHUNK), 0
            if not buffer:
                if is_array:
                    yield Row(error="The file breaks off before its array ends.")
                return
            continue
        if is_array and not inside:
            place, inside = place + 1, True  # the bracket that begins it
            continue
        if is_array and buffer[place] == "]":
            if buffer[place + 1 :].strip() or file.read(_CHUNK).strip():
                yield Row(error="What follows the array of the file is not read.")
            return
        try:
            value, end = _decode(buffer, place)
            if end == len(buffer):  # a number may go on
                raise ValueError("it goes on")
        except RecursionError:
            yield Row(error=TOO_DEEP)
            if (rest := _skip(file, buffer[place:])) is None:
                yield Row(error=_BROKEN)
                return
            buffer, place = rest, 0
            continue
        except ValueError:
            more = file.read(max(_CHUNK, len(buffer) - place)) if len(buffer) - place <= longest else ""
            if not more:
                if not is_array and _is_last(buffer, place):
                    yield _decode(buffer, place)[0]
                else:
                    yield Row(error=_BROKEN)
                return
            buffer, place = buffer[place:] + more, 0
            continue
        yield value
        place = end


def _is_last(buffer: str, place: int) -> bool:
    try:
        return _decode(buffer, place)[1] == len(buffer)
    except (ValueError, RecursionError):
        return False


def _match_end(buffer: str, place: int) -> int:
    found = _BETWEEN.match(buffer, place)
    return place if found is None else found.end()


def _skip(file: TextIO, buffer: str) -> str | None:
    """What follows the list or object with which a buffer begins, by its brackets alone; None if its end is too far."""
    depth, left = 0, LONGEST_LINE
    while True:
        begun = len(buffer)
        for found in _NESTING.finditer(buffer):
            if found[0][0] == '"':
                begun = begun if found[1] else found.start()  # a text that goes on is the last that is found
                continue
            depth += 1 if found[0] in "[{" else -1
            if not depth:
                return buffer[found.end() :]
        buffer = buffer[begun:]
        more = file.read(max(_CHUNK, len(buffer)))
        left -= len(more)
        if not more or left < 0:
            return None
        buffer += more
