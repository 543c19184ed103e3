"""Output to a terminal or a file, and the texts in a command's arguments."""

from __future__ import annotations

import fcntl
import io
import os
import sys
from pathlib import Path
from typing import TextIO

from ..errors import AttributionError

_STANDARD_OUTPUT = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
"""Names of standard output, which lead to standard error once standard output is reserved."""

_kept: list[TextIO] = []
"""Standard output as it was, once it is reserved."""


def to_printable(text: str) -> str:
    """A text that is safe to print in a terminal: control characters other than new line and tab are replaced."""
    return (
        "".join(
            letter if letter in "\n\t" or (letter >= " " and not "\x7f" <= letter <= "\x9f") else "\ufffd"
            for letter in text
        )
        .encode("utf-8", "replace")
        .decode()
    )


def reserve_output() -> None:
    """Keep standard output for the answer: what libraries write there, in Python or below it, goes to standard error.

    This holds until the process ends, as libraries may write at exit, and also for the processes that it starts.
    """
    if _kept or sys.stdout is None:
        return
    sys.stdout.flush()
    first, encoding = sys.stdout.fileno(), sys.stdout.encoding
    kept = fcntl.fcntl(first, fcntl.F_DUPFD_CLOEXEC, 3)  # never 2, which is free where standard error is closed
    try:
        os.dup2(2, first)
    except OSError:  # standard error is closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), first)
    buffering = 1 if os.isatty(kept) else -1
    _kept.append(open(kept, "w", buffering, encoding=encoding, errors="replace"))  # noqa: SIM115
    sys.stdout = open(first, "w", 1, encoding=encoding, errors="replace", closefd=False)  # noqa: SIM115


def answer_stream() -> TextIO:
    """The stream that a command's answer goes to.

    Raises:
        AttributionError: standard output is closed.
    """
    if (stream := _find_stream()) is None:
        raise AttributionError("Standard output is closed, so there is nowhere to write to.")
    return stream


def _find_stream() -> TextIO | None:
    return _kept[0] if _kept else sys.stdout


def answer(text: str) -> None:
    """Print a line of a command's answer, unless standard output is closed."""
    if stream := _find_stream():
        print(to_printable(text), file=stream)


def settle_streams() -> None:
    """Let characters that a terminal's encoding lacks be replaced, on standard output and standard error."""
    for stream in (_find_stream(), sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def write_file(content: str) -> None:
    """Write HTML, CSV or JSON to standard output: in UTF-8, regardless of the terminal's encoding."""
    stream = answer_stream()
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="replace")
    stream.write(content)


def write_report(name: str, content: str) -> None:
    """Write a report into its file, or to standard output where that is its name.

    Raises:
        AttributionError: it cannot be written.
    """
    if name in _STANDARD_OUTPUT:
        write_file(content)
        return
    try:
        Path(name).write_text(content, "utf-8", "replace", newline="")
    except OSError as error:
        raise AttributionError(f"{name} cannot be written: {error.strerror}.") from error


def check_report(name: str | Path, *others: str | Path) -> None:
    """Check that a report can be written, before it is computed.

    Args:
        name: of the file.
        others: input files that it must not overwrite.

    Raises:
        AttributionError: its folder is missing, nothing can be written there, or it is one of the others.
    """
    path = Path(name)
    if path.is_dir():
        reason = "it is a folder. Give the name of a file"
    elif not path.parent.is_dir():
        reason = f"there is no folder {path.parent}"
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        reason = "you may not write there"
    elif path.exists() and any(Path(other).exists() and path.samefile(other) for other in others):
        reason = "it is an input file. Choose another name"
    else:
        return
    raise AttributionError(f"{name} cannot be written: {reason}.")


def read_argument(argument: str) -> str:
    """A text in a command, read as UTF-8 even if the locale says otherwise; other bytes are left as they are."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument
