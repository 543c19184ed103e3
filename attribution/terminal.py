"""What a terminal is given to show, and what stands in a command."""

from __future__ import annotations

import io
import os
import sys


def to_printable(text: str) -> str:
    """A text that moves no cursor and sets no colour: control characters other than new line and tab are replaced."""
    return (
        "".join(
            letter if letter in "\n\t" or (letter >= " " and not "\x7f" <= letter <= "\x9f") else "\ufffd"
            for letter in text
        )
        .encode("utf-8", "replace")
        .decode()
    )


def settle_streams() -> None:
    """Let what a terminal's encoding has no sign for be replaced, in what is said and in errors."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def write_file(content: str) -> None:
    """Write HTML, CSV or JSON to standard output: in UTF-8, whatever a terminal's encoding is."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.stdout.write(content)


def read_argument(argument: str) -> str:
    """A text in a command, which is UTF-8 also where the locale says otherwise; other bytes are left as they are."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument
