"""A model's process, seen from outside: asked, watched, and ended at its limits."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Any

import psutil

from ..errors import WorkerError
from ..wording import format_size
from .channel import Channel
from .limits import PATIENCE, QUESTIONS_AT_ONCE, SCRATCH_BYTES, SCRATCH_FILES
from .memory import measure_memory
from .messages import read_error
from .start import fork

_LOOK_EVERY, _IDLE = 0.1, 1.0
"""Seconds between two looks at what a process takes, while it computes and while nobody waits for it."""

_STOPPED = (
    "The model's process gave no sign of life for {:.0f} seconds, in which it hardly computed, so it was ended. "
    "Nothing else is affected."
)
_TOO_MUCH_WRITTEN = (
    f"The model's process wrote more than {SCRATCH_FILES:,} files or {format_size(SCRATCH_BYTES)}, so it was ended."
)

Call = Callable[[str, list[Any]], bool]
"""Calls a function by its name, with the data of its arguments; returns whether to go on."""


_PLACE = threading.local()
"""Whether this thread has a place for its question."""


class EndedError(Exception):
    """The process has ended through no fault of this question, which can be asked again."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a process may take, and what is said if it takes more.

    Attributes:
        seconds: of the processor, until its next sign of life.
        too_slow: says that it took more.
        memory: bytes beside what it was begun with.
        too_large: says that it took more.
        broken: says that it broke off by itself; `{}` stands for how.
    """

    seconds: float
    too_slow: str
    memory: int
    too_large: str
    broken: str


class ModelProcess:
    """A process that does one job, and then answers questions."""

    def __init__(self, job: Mapping[str, Any], allowed: Allowance, weights: int) -> None:
        """Start it.

        Args:
            job: what it does first; its answer is what `begin` returns.
            allowed: what it may take for that.
            weights: bytes that do not count in what it may take for a question.
        """
        self._end_lock = threading.Lock()
        self._ended: Exception | None = None
        self._numbers = itertools.count(1)
        self._answers: dict[int, SimpleQueue[Any]] = {0: SimpleQueue()}
        self._allowed, self._weights = allowed, weights
        self._turn = 0
        self._places = threading.BoundedSemaphore(QUESTIONS_AT_ONCE)
        self._owner = os.getpid()
        try:
            self._start()
        except (OSError, psutil.Error) as error:
            raise WorkerError(f"No process could be started for the model: {error}. Try again.") from error
        self._memory = self._measure_memory()
        self._note_sign()
        threading.Thread(target=self._listen, name=f"model process {self.number}", daemon=True).start()
        with suppress(EndedError):  # `begin` says why
            self._send({**job, "scratch": str(self._scratch)})

    def _start(self) -> None:
        end, theirs = socket.socketpair()
        try:
            with theirs:
                self._nursery, self._scratch, self.number = fork(theirs)
            self._watched = psutil.Process(self.number)
        except BaseException:
            end.close()
            raise
        self._channel = Channel(end)

    def begin(self) -> Any:
        """The answer to its first job.

        Raises:
            AttributionError: what it says of it, or why it was ended.
        """
        try:
            return self._wait(0, lambda *_: True)
        except EndedError as error:
            raise WorkerError(str(error)) from error

    def ask(self, question: Mapping[str, Any], call: Call, allowed: Allowance) -> Any:
        """The data of the answer to a question; `call` is called in this thread.

        Raises:
            AttributionError: what the process says of it, or why it was ended over it.
            EndedError: the process has ended, but not over this question.
        """
        with self._take_place():
            self._allowed = replace(allowed, memory=allowed.memory + self._weights)
            return self._wait(next(self._numbers), call, question)

    @contextmanager
    def _take_place(self) -> Iterator[None]:
        """Wait for room for a question; one asked by a function that is called back has its place already."""
        if getattr(_PLACE, "taken", False):
            yield
            return
        with self._places:
            _PLACE.taken = True
            try:
                yield
            finally:
                _PLACE.taken = False

    def _wait(self, number: int, call: Call, question: Mapping[str, Any] | None = None) -> Any:
        answers = self._answers.setdefault(number, SimpleQueue())
        try:
            if self._ended is not None:
                raise self._ended if number == 0 else EndedError(str(self._ended))
            if question is not None:
                self._send({"id": number, **question})
            said = self._take_calls(number, answers, call)
        except BaseException:  # Ctrl-C among them
            with suppress(EndedError):
                self._send({"id": number, "withdraw": True})
            raise
        finally:
            del self._answers[number]
        if isinstance(said, Exception):
            raise said
        if "answer" in said:
            return said["answer"]
        error = read_error(said["failed"])
        if isinstance(error, MemoryError):
            error = WorkerError(self._allowed.too_large)
            self.end(error, number)
        raise error

    def _take_calls(self, number: int, answers: SimpleQueue[Any], call: Call) -> Any:
        """Call what is called back until something else is said, which is returned."""
        while True:
            said = answers.get()
            if isinstance(said, Exception) or "call" not in said:
                return said
            self._send({"id": number, "go_on": call(said["call"], said["arguments"])})

    def _send(self, message: Mapping[str, Any]) -> None:
        try:
            self._channel.send(message)
        except OSError as error:
            self.end()  # the next question is not to find it before the thread that listens has noticed
            raise EndedError("The model's process has ended.") from error

    def _listen(self) -> None:
        """Pass on what the process says, and end it at its limits."""
        while self._ended is None:
            try:
                for message in self._channel.receive(_LOOK_EVERY if self._answers else _IDLE):
                    self._note_sign()
                    if "turn" in message:
                        self._turn = message["id"]
                    elif (queue := self._answers.get(message["id"])) is not None:
                        if not queue.empty():  # it is to wait for a reply, or it could fill the memory here
                            raise ValueError("It says more before it was heard.")
                        queue.put(message)
            except EOFError:
                self.end()
            except Exception:  # whatever it sent, it is not what we agreed on
                self.end(WorkerError("The model's process said what nobody understands, so it was ended."))
            else:
                self._look()
        self._channel.close()

    def _note_sign(self) -> None:
        self._sign = time.monotonic(), self._count_seconds()

    def _count_seconds(self) -> float:
        """Processor seconds that it has taken, with those of all that it started."""
        seconds = 0.0
        for process in self._list_processes():
            with suppress(psutil.Error):
                times = process.cpu_times()
                seconds += times.user + times.system + times.children_user + times.children_system
        return seconds

    def _measure_memory(self) -> int:
        """Bytes of its own memory, with those of all that it started."""
        return sum(map(measure_memory, self._list_processes()))

    def _list_processes(self) -> list[psutil.Process]:
        """The process and, as long as it may start others, those that it started and that have not ended."""
        started: list[psutil.Process] = []
        if 0 in self._answers:
            with suppress(psutil.Error):
                started = self._watched.children(recursive=True)
        return [self._watched, *started]

    def _look(self) -> None:
        at, spent = self._sign
        allowed = self._allowed
        if not self._answers:  # then time may go by, but nothing is computed
            at = time.monotonic()
            self._sign = at, spent
        if self._count_seconds() - spent > allowed.seconds:
            self.end(WorkerError(allowed.too_slow))
        elif time.monotonic() - at > (patience := PATIENCE * allowed.seconds):
            self.end(WorkerError(_STOPPED.format(patience)))
        elif self._measure_memory() - self._memory > allowed.memory:
            self.end(WorkerError(allowed.too_large))
        elif self._scratch_is_full():
            self.end(WorkerError(_TOO_MUCH_WRITTEN))

    def _scratch_is_full(self) -> bool:
        """Whether it has put more into its folder than opening any model needs."""
        count = size = 0
        for folder, folders, files in os.walk(self._scratch):
            for name in (*folders, *files):
                with suppress(OSError):
                    size += os.lstat(os.path.join(folder, name)).st_blocks * 512
                count += 1
                if count > SCRATCH_FILES or size > SCRATCH_BYTES:
                    return True
        return False

    def leave(self) -> None:
        """Ask for nothing more: the process ends at once. A fork of the one that began it leaves it as it is."""
        if os.getpid() == self._owner:
            self._channel.shut()

    def end(self, reason: Exception | None = None, over: int | None = None) -> None:
        """End the process, and tell those who wait; whose question it ended `over`, or else whose turn it is, why."""
        with self._end_lock:
            if self._ended is not None:
                return
            code = self._nursery.end(self.number)
            shutil.rmtree(self._scratch, ignore_errors=True)
            reason = reason or WorkerError(self._allowed.broken.format(_say_end(code)))
            self._ended = reason
        blamed = self._turn if over is None else over
        for number, queue in list(self._answers.items()):
            queue.put(reason if number == blamed else EndedError(str(reason)))

    @property
    def has_ended(self) -> bool:
        """Whether it has ended, or answers to another process, from which this one was forked."""
        return self._ended is not None or os.getpid() != self._owner


def _say_end(code: int) -> str:
    """How a process ended, in a word or two."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
