"""A model that is open in a process of its own."""

from __future__ import annotations

import inspect
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..classifiers import Text
from ..environment import read, read_folder
from ..errors import CheckpointError, TokenizerMissingError, WorkerError
from ..explanation import Prediction
from ..model import Model, ModelFacts, name_question
from ..opening.inspection import Inspection
from ..opening.tokenizers import fetch_tokenizer, find_hub_cache
from ..processes.environment import keep_environment
from ..wording import format_size
from . import messages, questions
from .limits import (
    BYTES_PER_SECOND,
    EXPLAINING_MEMORY,
    MAPPED_PER_BYTE,
    OPENING_MEMORY,
    OPENING_SECONDS,
    SILENT_SECONDS,
    WEIGHTS_PER_BYTE,
)
from .process import Allowance, EndedError, ModelProcess

P = ParamSpec("P")
R = TypeVar("R")


class Home:
    """The process of a model: started when it is first asked, and again when it has ended."""

    def __init__(self, path: Path, tokenizer: Path | None, multi_label: bool | None) -> None:
        self.path, self.tokenizer, self.multi_label = path, tokenizer, multi_label
        self._sha256 = ""
        self._process: ModelProcess | None = None
        self._leaving: weakref.finalize[Any, Any] | None = None
        self._starting = threading.Lock()

    def open(self) -> ModelFacts:
        """Start the process, in which the file is opened and reads a few texts; returns what is known of the model.

        Raises:
            AttributionError: the file is refused, or takes more than opening one may.
        """
        with self._starting:
            _, facts = self._start(is_first=True)
            self._sha256 = facts.identity.sha256
            return facts

    def _start(self, *, is_first: bool = False) -> tuple[ModelProcess, ModelFacts]:
        if not self.path.exists():
            raise CheckpointError("The model's file is not there any more, so it cannot be opened again.")
        job = _describe_job("open", self.path, self.tokenizer) | {"multi_label": self.multi_label, "try": is_first}
        process = _begin(job, self.path)
        try:
            facts: ModelFacts = _understand(process.begin(), ModelFacts)
            if not is_first and facts.identity.sha256 != self._sha256:
                raise CheckpointError("The model's file was changed after it was opened. Open it anew.")
        except BaseException:
            process.leave()
            raise
        if self._leaving is not None:
            self._leaving.detach()
        self._process, self._leaving = process, weakref.finalize(self, process.leave)
        return process, facts

    def ask(self, question: Mapping[str, Any], call: Callable[[str, list[Any]], bool]) -> Any:
        """The data of the answer to a question; asked once more where the process ended over another's question.

        Raises:
            AttributionError: what the process says of it, or why it was ended over it.
        """
        for _ in range(_TRIES):
            try:
                return self._find_process().ask(question, call, _ANSWERING)
            except EndedError as error:
                reason = str(error)
        raise WorkerError(reason)

    def _find_process(self) -> ModelProcess:
        with self._starting:
            if self._process is None or self._process.has_ended:
                return self._start()[0]
            return self._process

    @property
    def number(self) -> int | None:
        """The number of the process that is running, or None where it has ended."""
        return None if self._process is None or self._process.has_ended else self._process.number

    def leave(self) -> None:
        """End the process; the next question starts another."""
        if self._process is not None:
            self._process.leave()


_TRIES = 3
"""How often a question is asked where processes end over the questions of others."""

_ANSWERING = Allowance(
    SILENT_SECONDS,
    f"The model computed for {SILENT_SECONDS:.0f} seconds without a sign of life, so its process was ended. Try a "
    "shorter text. Nothing else is affected.",
    EXPLAINING_MEMORY,
    f"The model takes more than {format_size(EXPLAINING_MEMORY)} of memory beside its weights for this text, so its "
    "process was ended. Try a shorter text. Nothing else is affected.",
    "The model's process broke off ({}). Nothing else is affected: try again, and the model is opened anew.",
)


def _begin(job: Mapping[str, Any], path: Path) -> ModelProcess:
    files = path.iterdir() if path.is_dir() else [path]
    size = sum(file.stat().st_size for file in files if file.is_file())
    seconds = OPENING_SECONDS + size / BYTES_PER_SECOND
    weights = WEIGHTS_PER_BYTE * size
    job = {
        **job,
        "memory": MAPPED_PER_BYTE * size + weights + OPENING_MEMORY,
        "most_memory": MAPPED_PER_BYTE * size + weights + EXPLAINING_MEMORY,
    }
    too_slow = f"The file takes more than {seconds:.0f} seconds to open, so it was given up."
    too_large = (
        f"To open the file takes more than {format_size(OPENING_MEMORY)} beside its weights, so it was given up."
    )
    return ModelProcess(job, Allowance(seconds, too_slow, weights + OPENING_MEMORY, too_large, _BROKEN), weights)


_BROKEN = (
    "To open the file broke its process off ({}), as where a part of it takes more memory than there is, "
    "or the file is cut short meanwhile."
)


def _describe_job(task: str, path: Path, tokenizer: Path | None) -> dict[str, Any]:
    folders = [path, tokenizer, read_folder("WHYLIGHT_TOKENIZERS"), find_hub_cache()]
    return {
        "task": task,
        "path": str(path.resolve()),
        "tokenizer": None if tokenizer is None else str(tokenizer.resolve()),
        "readable": [str(folder.resolve()) for folder in folders if folder is not None],
        "environment": keep_environment(),
    }


def _understand(data: Any, kind: Any) -> Any:
    """The value of a type that a process is to say."""
    try:
        return messages.read(data, kind)
    except Exception as error:
        raise WorkerError(_NONSENSE) from error


_NONSENSE = "The model's process said what nobody understands."


def inspect_isolated(path: Path, tokenizer: Path | None) -> Inspection:
    """As `inspect_checkpoint`, in a process of its own.

    Raises:
        AttributionError: the file is refused, or takes more than opening one may.
    """
    process = _begin(_describe_job("inspect", path, tokenizer), path)
    try:
        inspection: Inspection = _understand(process.begin(), Inspection)
    finally:
        process.leave()
    return inspection


def open_isolated(
    path: str | Path, *, tokenizer: str | Path | None = None, multi_label: bool | None = None
) -> IsolatedModel:
    """As `load_model`, in a process of its own."""
    for given, kind in ((path, "file"), (tokenizer, "tokenizer")):
        if given is not None and not Path(given).exists():
            raise CheckpointError(f"There is no {kind} {given}.")
    home = Home(Path(path), None if tokenizer is None else Path(tokenizer), multi_label)
    try:
        return IsolatedModel(home.open(), home)
    except TokenizerMissingError as error:
        if read("WHYLIGHT_HUB") != "1" or fetch_tokenizer(error.encoder) is None:  # a model's process has no network
            raise
    return IsolatedModel(home.open(), home)


@dataclass(frozen=True, eq=False)
class IsolatedModel(Model):
    """A model that is open in a process of its own, which is started again where it has ended.

    Attributes:
        home: its process.
        own_labels: labels that a reader gave, where any text can be one.
        own_multi_label: whether labels are independent, as a reader said after it was opened.
    """

    home: Home
    own_labels: tuple[str, ...] | None = None
    own_multi_label: bool | None = None

    def ask(self, question: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The answer of a function decorated with `asks_model`, computed in the model's process.

        Raises:
            WorkerError: the process ended over it.
        """
        given = inspect.signature(question).bind(self, *args, **kwargs).arguments
        arguments = dict(list(given.items())[1:])
        called = {name: arguments.pop(name) for name in list(arguments) if name.startswith("on_")}
        called = {name: function for name, function in called.items() if function is not None}

        def call(name: str, data: list[Any]) -> bool:
            kinds = messages.get_called_types(question, name) if name in called else ()
            if not kinds or len(kinds) != len(data):
                raise WorkerError(_NONSENSE)
            return called[name](*map(_understand, data, kinds)) is not False

        answer = self.home.ask(
            {
                "ask": name_question(question),
                "labels": self.own_labels,
                "multi_label": self.own_multi_label,
                "arguments": messages.write_arguments(question, arguments),
                "callbacks": list(called),
            },
            call,
        )
        found: R = _understand(answer, messages.get_types(question)["return"])
        return found

    def moved(self, path: Path) -> IsolatedModel:
        """The same model, whose file was moved to this path after it was opened."""
        self.home.path = path
        return self

    def with_labels(self, labels: Sequence[str]) -> IsolatedModel:  # noqa: D102
        return replace(self, own_labels=tuple(labels))._with_its_facts()

    def with_multi_label(self, multi_label: bool | None) -> IsolatedModel:  # noqa: D102
        if multi_label in (None, self.multi_label) and self.multi_label_recorded:
            return self
        return replace(self, own_multi_label=multi_label)._with_its_facts()

    def _with_its_facts(self) -> IsolatedModel:
        return replace(self, facts=questions.tell_facts(self))

    def predict(self, text: Text) -> Prediction:  # noqa: D102
        return questions.predict(self, text)

    def describe(self) -> dict[str, object]:  # noqa: D102
        return questions.describe(self)
