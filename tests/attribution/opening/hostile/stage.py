"""Tries files in processes of their own, with little memory and time and no network, and tells what became of each.

    python -m tests.attribution.opening.hostile.stage     reads and writes a line of JSON for each file

Each try is a fork of a process that has Flair and Whylight in memory already, so that it takes no longer than the file.
"""

from __future__ import annotations

import builtins
import errno
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TEXT = "The striker scored twice in the second half: Donaudampfschifffahrtsgesellschaftskapitaenswitwe!"
_SPARE_BYTES = 3 * 2**29
_SECONDS = {"flair": 2, "whylight": 30}
"""Of the processor."""
_PATIENCE = 600
_PACE = 0.005
_LARGEST_FILE = 2**27


HARMLESS = {"failed", "opened", "refused"}


@dataclass(frozen=True)
class Outcome:
    """What became of a file: `what` in a word or two, `says` what was raised or asked for.

    `seconds` are the processor's, of all its processes.
    """

    what: str
    says: str
    seconds: float
    megabytes: float


class Stage:
    """The process that tries files."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def attempt(self, reader: str, path: Path, mark: Path) -> Outcome:
        """Let `reader`, "flair" or "whylight", open a file; `mark` is the file that tells that a trick fired."""
        print(json.dumps([reader, str(path), str(mark)]), file=self._process.stdin, flush=True)
        return Outcome(**json.loads(self._process.stdout.readline()))


@contextmanager
def open_stage() -> Iterator[Stage]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [sys.executable, "-W", "ignore", "-m", "tests.attribution.opening.hostile.stage"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    try:
        yield Stage(process)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def main() -> None:
    # All that either reader needs is here before a file is opened: what is counted and watched is the file's doing.
    import flair.models  # noqa: F401

    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)  # whatever a file prints is not an answer
        for line in sys.stdin:
            print(json.dumps(_try(*json.loads(line))), file=answers, flush=True)


def _try(reader: str, path: str, mark: str) -> dict[str, Any]:
    began, held = time.monotonic(), _resident(os.getpid())
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        _play(reader, path, mark, tell)
    os.close(tell)
    peak, ready = 0, False
    while not ready and time.monotonic() - began < _PATIENCE:
        ready = bool(select.select([told], [], [], _PACE)[0])
        peak = max(peak, _resident(child) - held + sum(map(_resident, _rehearsals(child))))
    said = os.read(told, 65536).decode() if ready else ""
    os.close(told)
    if not ready:
        os.kill(child, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    what, says = json.loads(said) if said else (_explain(status), "")
    with suppress(OSError):
        says, what = Path(mark).read_text("utf-8", "replace"), "fired"
    return {"what": what, "says": says, "seconds": used.ru_utime + used.ru_stime, "megabytes": peak / 2**20}


def _resident(process: int) -> int:
    """Bytes of memory that a process holds; 0 where it has ended."""
    with suppress(OSError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    return 0


def _rehearsals(process: int) -> list[int]:
    """The processes that read pickles for another."""
    with suppress(OSError):
        children = map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())
        return [child for child in children if b"rehearsing" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return []


def _explain(status: int) -> str:
    ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {0: "vanished", signal.SIGKILL: "hung", signal.SIGXCPU: "hung"}.get(ended, f"crashed by signal {ended}")


def _play(reader: str, path: str, mark: str, tell: int) -> None:
    """Open the file, tell what came of it, and end."""
    _confine(reader, mark)
    try:
        _open(reader, path)
        answer = ("opened", "")
    except BaseException as error:
        answer = (_name(error), f"{type(error).__name__}: {error}"[:2000])
    os.write(tell, json.dumps(answer).encode())
    os._exit(0)


def _name(error: BaseException) -> str:
    from attribution import AttributionError

    told = str(error)
    if isinstance(error, MemoryError) or "allocate memory" in told or "not enough memory" in told:
        return "took all memory"
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return "filled the disk"
    if isinstance(error, FloatingPointError):
        return "predicted no numbers"
    if not isinstance(error, Exception):
        return "panicked"
    return "refused" if isinstance(error, AttributionError) else "failed"


def _confine(reader: str, mark: str) -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + _SPARE_BYTES,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS[reader], _SECONDS[reader] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def record(*asked: Any, **_: Any) -> Any:
        Path(mark).write_text(f"asked for {asked[-1] if asked else 'an answer'}"[:200], "utf-8")
        os._exit(0)

    def agree(*_: Any) -> str:
        return "y"  # what a hurried person answers to whether code may run

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and arguments[0] == _TEXT:
            record("the file that the text names")

    sys.addaudithook(watch)
    socket.getaddrinfo = record
    socket.socket.connect = record
    builtins.input = agree


def _open(reader: str, path: str) -> None:
    if reader == "whylight":
        from attribution import load_model

        load_model(path)
        return
    from flair.data import Sentence
    from flair.models import TextClassifier

    classifier = TextClassifier.load(path)
    sentence = Sentence(_TEXT)
    classifier.predict(sentence, label_name="x", return_probabilities_for_all_classes=True)
    scores = [label.score for label in sentence.get_labels("x")]
    if not all(score == score for score in scores):
        raise FloatingPointError(str(scores))


if __name__ == "__main__":
    main()
