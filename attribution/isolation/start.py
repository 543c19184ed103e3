"""Starts models' processes, which are forked from a nursery: a process of the server that holds no model."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from ..processes.environment import keep_environment
from .limits import NURSERY_SECONDS
from .nursery import END, FORK, NUMBER

_LEAVING_SECONDS = 10.0
"""In which the nursery ends by itself, and removes the folders of its processes."""

_ROOT = Path(__file__).parents[2]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from attribution.isolation.nursery import main; main(*sys.argv[2:])"
)


class Nursery:
    """The process that models' processes are forked from; it imports Flair while the one that started it goes on."""

    def __init__(self) -> None:
        self._lock, self._owner = threading.Lock(), os.getpid()
        self._scratch = tempfile.mkdtemp(prefix="whylight-")
        self._control, theirs = socket.socketpair()
        self._control.settimeout(NURSERY_SECONDS)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-c", _START, str(_ROOT), str(theirs.fileno()), self._scratch],
                pass_fds=[theirs.fileno()],
                env=keep_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # a command's standard output holds its answer and nothing else
                start_new_session=True,
            )
        self._is_ready = False
        atexit.register(self.close)

    def make_scratch(self) -> Path:
        """A new folder that a process may write in; it goes with the nursery, if not before."""
        return Path(tempfile.mkdtemp(dir=self._scratch))

    def fork(self, end: socket.socket) -> int:
        """The number of a new process that talks through this end of a socket.

        Raises:
            ConnectionError: the nursery itself has ended, or was ended as it did not answer.
            OSError: the system has no room for another process.
        """
        with self._lock:
            if not self._is_ready:
                self._receive()
                self._is_ready = True
            socket.send_fds(self._control, [FORK + NUMBER.pack(0)], [end.fileno()])
            number = self._receive()
        if number < 0:
            raise OSError(-number, os.strerror(-number))
        return number

    def end(self, process: int) -> int:
        """End a process if it has not ended yet; how it ended, as in `subprocess`."""
        with self._lock, suppress(OSError):  # the nursery has ended, and all that it started with it
            self._control.sendall(END + NUMBER.pack(process))
            return self._receive()
        return -signal.SIGKILL

    def _receive(self) -> int:
        try:
            answer = self._control.recv(NUMBER.size, socket.MSG_WAITALL)
        except TimeoutError:
            self._process.kill()
            self._process.wait()
            answer = b""
        if len(answer) < NUMBER.size:
            raise ConnectionError("The process that starts others has ended.")
        (number,) = NUMBER.unpack(answer)
        return int(number)

    def close(self) -> None:
        """End it, and with it all processes that it started; a fork of the one that started it only lets go of it."""
        self._control.close()
        if os.getpid() != self._owner:
            return
        if not self._is_ready:
            self._process.kill()  # it has started nothing, and may still be importing
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LEAVING_SECONDS)
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def number(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs, in the process that started it."""
        return self._process.poll() is None


def fork(end: socket.socket) -> tuple[Nursery, Path, int]:
    """A new process that talks through this end of a socket: its nursery, its folder and its number.

    Raises:
        OSError: the system has no room for another process.
    """
    try:
        return _fork(nursery(), end)
    except ConnectionError:  # the nursery was ended just now, and there is another
        return _fork(nursery(), end)


def _fork(started: Nursery, end: socket.socket) -> tuple[Nursery, Path, int]:
    scratch = started.make_scratch()
    try:
        return started, scratch, started.fork(end)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


_nursery: dict[int, Nursery] = {}
_starting = threading.Lock()


def nursery() -> Nursery:
    """The nursery of this process, started now if there is none; it ends with this process."""
    with _starting:
        found = _nursery.get(os.getpid())
        if found is not None and not found.is_alive:
            found.close()
            found = None
        if found is None:
            found = _nursery[os.getpid()] = Nursery()
        return found
