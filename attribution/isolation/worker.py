"""A model's process: it opens one file, and answers questions about it until nobody listens any more."""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NoReturn

from ..encoders.pauses import giving_way
from ..errors import AttributionError, WorkerError
from ..opened_model import OpenedModel
from ..opening.first_texts import try_model
from ..opening.inspection import inspect_checkpoint
from ..opening.load import open_model
from . import messages
from .channel import Channel
from .confinement import confine, leave_files, settle
from .questions import QUESTIONS
from .turns import Turn, Turns


def serve(descriptor: int) -> NoReturn:
    """Do what the first message on an open socket says, and end this process."""
    try:
        leave_files(descriptor)
        channel = Channel(socket.socket(fileno=descriptor))
        incoming = _listen(channel)
        job = next(incoming)
        try:
            model = _begin(job, channel)
        except BaseException as error:
            channel.send({"id": 0, "failed": messages.write_error(error)})
        else:
            if model is not None:
                _Desk(model, channel).serve(incoming)
    finally:
        os._exit(0)


_SIGN_EVERY = 0.2
"""Seconds between signs of life: often enough to be missed soon, seldom enough to cost nothing."""

_MOST_VARIANTS = 20
"""Of one model, with labels of the readers' own; each is small, as they share their weights."""


def _listen(channel: Channel) -> Iterator[dict[str, Any]]:
    while True:
        try:
            yield from channel.receive()
        except EOFError:
            return


def _begin(job: Mapping[str, Any], channel: Channel) -> OpenedModel | None:
    """Open the model that the first message names, or inspect its file; None where that was all."""
    os.environ.clear()
    os.environ.update(job["environment"])
    path, tokenizer = Path(job["path"]), job["tokenizer"] and Path(job["tokenizer"])
    held = confine(job["memory"], job["most_memory"], map(Path, job["readable"]), Path(job["scratch"]))
    if job["task"] == "inspect":
        inspection = inspect_checkpoint(path, tokenizer=tokenizer)
        channel.send({"id": 0, "answer": messages.write(inspection)})
        return None
    model = open_model(path, tokenizer=tokenizer, multi_label=job["multi_label"])
    if job["try"]:
        try_model(model)
    gc.collect()  # a network that was built and then replaced may be as large as the model
    settle()
    channel.send({"id": 0, "answer": messages.write(model.facts), "held": held})
    return model


class Interrupted(BaseException):
    """Nobody wants the answer any more; no `except Exception` on the way stops it."""


@dataclass(slots=True)
class _Question:
    """A question that is being answered.

    Attributes:
        number: its number.
        unwanted: set when nobody wants the answer any more.
        replies: what functions that were called back have returned.
        turn: its place among the others.
    """

    number: int
    unwanted: threading.Event = field(default_factory=threading.Event)
    replies: SimpleQueue[bool] = field(default_factory=SimpleQueue)
    turn: Turn = field(default_factory=Turn)


class _Desk:
    """Answers questions about one model, each in a thread of its own, one computing at a time."""

    def __init__(self, model: OpenedModel, channel: Channel) -> None:
        self._channel = channel
        self._turns = Turns()
        self._models: dict[tuple[Any, ...], OpenedModel] = {(None, None): model}
        self._asked: dict[int, _Question] = {}
        self._last_sign = 0.0

    def serve(self, incoming: Iterator[dict[str, Any]]) -> None:
        """Take questions, replies and withdrawals until nobody listens."""
        for message in incoming:
            number = message["id"]
            if "ask" in message:
                self._begin(_Question(number), message)
            elif (found := self._asked.get(number)) is not None:
                if "withdraw" in message:
                    found.unwanted.set()
                found.replies.put(bool(message.get("go_on")))

    def _begin(self, question: _Question, message: Mapping[str, Any]) -> None:
        self._asked[question.number] = question
        try:
            threading.Thread(target=self._answer, args=(question, message), daemon=True).start()
        except RuntimeError:  # the system has no room for another thread
            del self._asked[question.number]
            refusal = WorkerError("The model is asked too many things at once. Try again.")
            self._channel.send({"id": question.number, "failed": messages.write_error(refusal)})

    def _answer(self, question: _Question, message: Mapping[str, Any]) -> None:
        self._take_turn(question)
        try:
            with giving_way(lambda: self._give_way(question), self._turns.is_wanted):
                said = {"answer": self._compute(question, message)}
        except Interrupted:
            said = None
        except BaseException as error:
            said = {"failed": messages.write_error(error)}
        self._turns.leave(question.turn)
        del self._asked[question.number]
        if said is not None:
            self._say(question.number, said)

    def _say(self, number: int, said: Mapping[str, Any]) -> None:
        try:
            self._channel.send({"id": number, **said})
        except (AttributionError, MemoryError) as error:  # an answer of a size of its own
            self._channel.send({"id": number, "failed": messages.write_error(error)})

    def _compute(self, question: _Question, message: Mapping[str, Any]) -> Any:
        function = QUESTIONS[message["ask"]]
        model = self._find_model(message["multi_label"], message["labels"])
        arguments = messages.read_arguments(function, message["arguments"])
        for name in message["callbacks"]:
            arguments[name] = self._call_back(question, name)
        return messages.write(function(model, **arguments))

    def _find_model(self, multi_label: bool | None, labels: list[str] | None) -> OpenedModel:
        key = (multi_label, None if labels is None else tuple(labels))
        if key not in self._models:
            if len(self._models) > _MOST_VARIANTS:
                self._models = {(None, None): self._models[None, None]}
            model = self._models[None, None].with_multi_label(multi_label)
            self._models[key] = model if labels is None else model.with_labels(labels)
        return self._models[key]

    def _call_back(self, question: _Question, name: str) -> Callable[..., bool]:
        """A function that has another called by the one who asked, and waits, while others compute, for its answer."""

        def call(*arguments: Any) -> bool:
            self._channel.send({"id": question.number, "call": name, "arguments": messages.write(list(arguments))})
            self._turns.leave(question.turn)
            goes_on = question.replies.get()
            question.turn.is_long = True  # there is something to look at
            self._take_turn(question)
            return goes_on

        return call

    def _take_turn(self, question: _Question) -> None:
        self._turns.take(question.turn)
        self._give_sign(question)

    def _give_way(self, question: _Question) -> None:
        if question.unwanted.is_set():
            raise Interrupted
        passed = self._turns.hand_on(question.turn)
        if passed or time.monotonic() - self._last_sign > _SIGN_EVERY:
            self._give_sign(question)

    def _give_sign(self, question: _Question) -> None:
        """Say that this process lives, and whose turn it is."""
        self._last_sign = time.monotonic()
        self._channel.send({"id": question.number, "turn": True})
