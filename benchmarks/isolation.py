"""Measures what it costs that a model has a process of its own: time of each request, and memory of each model.

    .venv/bin/python -m benchmarks.isolation [--checkpoint FILE] [--repeat N]

By default the demo model. Each request is made of the model in this process and of that in its own, in turn, so that a
busy machine slows both alike; in this process it is made in a thread, as a server makes it. It prints Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from attribution import Model, demo, explain, load_model
from attribution.isolation.isolated_model import IsolatedModel
from attribution.isolation.start import nursery

_SHORT = "The striker scored twice, and the team won the cup."
_LONG = "The minister resigned after the market fell, and nobody knew who would follow. " * 12


def main() -> None:
    """Measure, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--repeat", type=int, default=15)
    options = parser.parse_args()
    checkpoint = options.checkpoint or demo.checkpoint()
    start = time.perf_counter()
    load_model(checkpoint, isolated=True)
    print(f"The first model is open {time.perf_counter() - start:.1f} s after the nursery was started.\n")
    here, there = load_model(checkpoint), load_model(checkpoint, isolated=True)
    print("| request | here, ms | in its own process, ms | more, ms | times |\n| --- | --: | --: | --: | --: |")
    for name, ask in _REQUESTS.items():
        pairs = [(_time(ask, here), _time(ask, there)) for _ in range(options.repeat)]
        near, far = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(f"| {name} | {near:.1f} | {far:.1f} | {far - near:+.1f} | {far / near:.3f} |")
    _print_memory(checkpoint)


def _print_memory(checkpoint: Path) -> None:
    process = psutil.Process()
    before = _measure_own(process)
    models: list[Model] = [load_model(checkpoint) for _ in range(3)]
    for model in models:
        explain(model, _LONG)
    here = (_measure_own(process) - before) / 3
    isolated = [load_model(checkpoint, isolated=True) for _ in range(3)]
    for one in isolated:
        explain(one, _LONG)
    base = _measure_own(psutil.Process(nursery().number))
    there = [_measure_own(_find_process(one)) for one in isolated]
    print("\n| memory of its own, MB | |\n| --- | --: |")
    print(f"| a model in this process, after an explanation | {here / 1e6:.0f} |")
    print(f"| a model's process, beside what it shares | {(statistics.mean(there) - base) / 1e6:.0f} |")
    print(f"| the nursery, once for all | {base / 1e6:.0f} |")


def _find_process(model: Model) -> psutil.Process:
    assert isinstance(model, IsolatedModel)
    return psutil.Process(model.home.number)


def _measure_own(process: psutil.Process) -> float:
    info = process.memory_info()
    return float(info.rss - info.shared)


def _time(ask: Callable[[Model], object], model: Model) -> float:
    """Milliseconds of a request that is made in a thread of its own."""
    took: list[float] = []

    def run() -> None:
        start = time.perf_counter()
        ask(model)
        took.append(1000 * (time.perf_counter() - start))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return took[0]


def _see_first(model: Model) -> None:
    explain(model, _LONG, on_preview=lambda _: _stop(), on_progress=lambda *_: False)


def _stop() -> None:
    """A preview was seen; the progress that follows it stops the explanation."""


_REQUESTS: dict[str, Callable[[Model], object]] = {
    "prediction, 10 words": lambda model: model.predict(_SHORT),
    "explanation, 10 words": lambda model: explain(model, _SHORT),
    "first preview, 150 words": _see_first,
    "explanation with previews, 150 words": lambda model: explain(model, _LONG, on_preview=lambda _: None),
}

if __name__ == "__main__":
    main()
