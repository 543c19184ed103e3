"""Messages over a socket: the length of each, then its bytes."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ..errors import AttributionError
from ..wording import format_size
from .limits import MESSAGE, VALUES
from .messages import decode, encode

_LENGTH = struct.Struct("!I")
_CHUNK = 1 << 16


class Channel:
    """One end of a socket; any thread may send, and one reads."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._sending = threading.Lock()
        self._read = bytearray()
        self._poll = select.poll()
        self._poll.register(end, select.POLLIN)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message.

        Raises:
            OSError: nobody is at the other end.
            AttributionError: it is longer than one may be.
        """
        content = encode(message)
        if not _may_be_read(content):
            raise AttributionError(
                f"The text, or what is said of it, takes {format_size(len(content))} to write down, in "
                f"{content.count(b','):,} parts, and at most {format_size(MESSAGE)} and {VALUES:,} are sent. Give a "
                "shorter text, or fewer labels."
            )
        with self._sending:
            self._end.sendall(_LENGTH.pack(len(content)))
            self._end.sendall(content)

    def receive(self, seconds: float | None = None) -> Iterator[dict[str, Any]]:
        """The messages that have come by now; if there is none, wait for so many seconds for a part of one.

        Raises:
            EOFError: nobody is at the other end.
            ValueError: what came is no message, or is longer than one may be.
        """
        if not self._poll.poll(None if seconds is None else 1000 * seconds):
            return
        try:
            chunk = self._end.recv(_CHUNK)
        except OSError as error:
            raise EOFError from error
        if not chunk:
            raise EOFError
        self._read += chunk
        while len(self._read) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._read)
            if length > MESSAGE:
                raise ValueError("A message is too long.")
            if len(self._read) < _LENGTH.size + length:
                return
            content = bytes(self._read[_LENGTH.size : _LENGTH.size + length])
            del self._read[: _LENGTH.size + length]
            if not _may_be_read(content):
                raise ValueError("A message has too many parts.")
            yield decode(content)

    def shut(self) -> None:
        """Let both ends know that nobody is here any more."""
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close this end."""
        self._end.close()


def _may_be_read(content: bytes) -> bool:
    return len(content) <= MESSAGE and content.count(b",") <= VALUES
