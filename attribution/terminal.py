"""What a terminal is given to show."""

from __future__ import annotations


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
