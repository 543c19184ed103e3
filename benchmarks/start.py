"""What each way to start costs in CPU seconds, beside the bare imports of torch and of Flair.

    .venv/bin/python -m benchmarks.start [--repeat N]

Each is a process of its own, and the processes it starts count too; a round runs them in turn, so that a busy machine
slows all alike. For the app, the seconds from its start to its first answers are measured as well. It prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from pathlib import Path

from attribution.opening.pickles.rehearsing import rehearsal
from attribution.processes import light

ROOT = Path(__file__).parent.parent
_SAVED = ROOT / "tests" / "data" / "checkpoints" / "checkpoints"
_WORDS, _TRANSFORMER = _SAVED / "flair-0.8.0.post1__rnn_gru_onehot.pt", _SAVED / "flair-0.11.3__tars_bert.pt"
_OLD = _SAVED / "flair-0.4.5__rnn_gru_character.pt"
_CHOICES = ("labels", "models", "settings", "texts")
_PAGE = ", ".join(
    ("ui.page", "ui.computed", "ui.shown.saving", "ui.shown.explanation", *(f"ui.choices.{one}" for one in _CHOICES))
)
_PATIENCE = 120
_SERVED = ("until it is healthy", "until the page is served", "CPU until then")
_COMMANDS: dict[str, tuple[str | Path, ...]] = {
    "`import torch`, bare": ("-c", "import torch"),
    "`import transformers` and BERT, bare": ("-c", "from transformers import AutoModel, BertModel"),
    "`import flair`, bare": ("-c", "import flair"),
    "`import attribution`": ("-c", "import attribution"),
    "`--help`": ("-m", "attribution", "--help"),
    "`--version`": ("-m", "attribution", "--version"),
    "`explain --help`": ("-m", "attribution", "explain", "--help"),
    "`corpus --help`": ("-m", "attribution", "corpus", "--help"),
    "`inspect`, words": ("-m", "attribution", "inspect", _WORDS),
    "`inspect`, a transformer": ("-m", "attribution", "inspect", _TRANSFORMER),
    "`labels`, words": ("-m", "attribution", "labels", _WORDS),
    "`labels`, a transformer": ("-m", "attribution", "labels", _TRANSFORMER),
    "what the page Explain imports": ("-c", f"import {_PAGE}"),
    "first reading of a file": tuple(
        light.make_command(rehearsal._PROCESS, -1, _OLD.stat().st_size, only_standard=True)[1:]
    ),
}


def main() -> None:
    """Run the rounds, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    seconds, served = defaultdict(list), []
    for _ in range(repeat):
        for name, command in _COMMANDS.items():
            seconds[name].append(measure(command))
        served.append(serve())
    print("| | least CPU s | median CPU s |\n| --- | ---: | ---: |")
    for name, taken in seconds.items():
        print(f"| {name} | {min(taken):.2f} | {statistics.median(taken):.2f} |")
    print("\n| `scripts/run` | least s | median s |\n| --- | ---: | ---: |")
    for name, each in zip(_SERVED, zip(*served, strict=True), strict=True):
        print(f"| {name} | {min(each):.2f} | {statistics.median(each):.2f} |")


def measure(command: tuple[str | Path, ...]) -> float:
    """The CPU seconds that Python takes for a command."""
    with _OLD.open("rb") as file:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} failed.")
    return used.ru_utime + used.ru_stime


def serve() -> tuple[float, float, float]:
    """Seconds until the app is healthy, until it serves its page, and the CPU seconds that both took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(ROOT / "scripts" / "run"), f"--server.port={port}", "--server.address=127.0.0.1"]
    begin = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        healthy, page = (_await(f"http://127.0.0.1:{port}{path}") - begin for path in ("/_stcore/health", "/"))
        ticks = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()[11:15]
        return healthy, page, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    finally:
        server.terminate()
        server.wait()


def _await(url: str) -> float:
    """Wait until an address answers; the time at which it did."""
    begin = time.perf_counter()
    while time.perf_counter() < begin + _PATIENCE:
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.02)
        else:
            return time.perf_counter()
    raise TimeoutError(f"{url} did not answer within {_PATIENCE} seconds.")


if __name__ == "__main__":
    main()
