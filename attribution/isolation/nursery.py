"""The process from which models' processes are forked: it has imported Flair, so that a new one starts in milliseconds.

It answers two requests on its socket: to fork, with the socket that the new process is to talk through, and to end a
process. It holds no model and reads no file, has one thread, and ends with the process that started it.
"""

from __future__ import annotations

import errno
import gc
import os
import shutil
import signal
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

FORK, END = b"f", b"e"
"""Requests: fork a process; end the one whose number follows if it has not ended, and tell how it ended."""

NUMBER = struct.Struct("!i")
"""A process's number, or minus the error for which there is none; how it ended: its exit code, or minus its signal."""


def main(descriptor: str, scratch: str) -> None:
    """Serve requests on an open socket until it is closed; then remove the folder of the processes' folders."""
    from .worker import serve

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then closes the socket
    with socket.socket(fileno=int(descriptor)) as control:
        gc.collect()
        gc.freeze()  # or the first collection in a child would copy all of what is shared
        with suppress(ConnectionError):
            control.sendall(NUMBER.pack(os.getpid()))
        while True:
            request, descriptors = b"", list[int]()
            with suppress(ConnectionError):
                request, descriptors, _, _ = socket.recv_fds(control, 1 + NUMBER.size, 1)
            if not request:
                shutil.rmtree(scratch, ignore_errors=True)
                os._exit(0)
            is_end = request[:1] == END
            answer = _end(*NUMBER.unpack(request[1:])) if is_end else _fork(descriptors, serve)
            with suppress(ConnectionError):  # whoever asked has ended, which the next request will say
                control.sendall(NUMBER.pack(answer))


def _fork(descriptors: list[int], serve: Callable[[int], NoReturn]) -> int:
    """The number of a new process; minus that of an error where the system has no room for it."""
    if not descriptors:  # the system dropped it
        return -errno.EMFILE
    try:
        if not (process := os.fork()):
            os.setpgid(0, 0)
            serve(descriptors[0])
    except OSError as error:
        process = -(error.errno or errno.EAGAIN)
    os.close(descriptors[0])
    return process


def _end(process: int) -> int:
    """End a process and all that it started; its number is its own until it is waited for."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            kill(process, signal.SIGKILL)
    with suppress(ChildProcessError):
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
