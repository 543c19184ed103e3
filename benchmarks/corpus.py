"""Measures explaining a data set at once against one text at a time, on the same short texts and weights in one run.

    python -m benchmarks.corpus [--documents 1000] [--threads N] [--workers 2] [--engines] [--memory]

The local engine with its reading and writing, in one process and in several, our own `explain` in a loop, and
transformers-interpret in a loop, in turn, 64 documents at a time. Loops take only a share of each round's documents
(`_SHARES`); figures are per document. `--threads` are those of everything but the workers, which have one each.
`--engines` compares the ray engine with the local one, `--memory` measures the peak at 1 000 and 20 000 documents. It
needs requirements-bench.txt.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import torch

from attribution import IntegratedGradients, demo, explain
from attribution.corpus import Columns, explain_corpus, read_documents
from attribution.corpus.running.attempts import Attempts
from attribution.corpus.running.lessons import RunLessons
from attribution.corpus.running.local.one_process import explain_locally
from attribution.corpus.running.local.processes import explain_by
from attribution.corpus.running.local.worker_process import WorkerProcess
from attribution.corpus.running.parts import Parts
from attribution.corpus.running.recipe import Recipe
from attribution.corpus.running.worker import Worker
from attribution.opened_model import OpenedModel
from attribution.opening.load import open_model
from benchmarks.explain import _make_demo

_WORDS = (22, 40)
_ROUND = 64
_SHARES = {"workers": 1.0, "one process": 0.5, "one by one": 0.25, "transformers-interpret": 0.0625}
_COUNTS = (1_000, 20_000)

_WARMING = 16
"""Texts that are explained before any time is taken."""


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engines", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peak", nargs=2, metavar=("FOLDER", "DOCUMENTS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    warnings.simplefilter("ignore")
    if options.peak:
        _print_peak(Path(options.peak[0]), int(options.peak[1]))
        return
    texts = make_texts(options.documents)
    with tempfile.TemporaryDirectory() as folder:
        if options.memory:
            _print_memory(Path(folder))
        elif options.engines:
            _print_engines(texts, Path(folder))
        else:
            _print_speed(texts, Path(folder), options.workers)


def make_texts(count: int) -> list[str]:
    """Short texts, no two alike: whole sentences of the demo's paragraphs, up to some 40 words."""
    paragraphs = [paragraph.text for held_out in (True, False) for paragraph in demo.paragraphs(held_out=held_out)]
    sentences = cycle(re.findall(r"[^.!?]+[.!?]+", " ".join(paragraphs)))
    texts = []
    for number in range(count):
        words: list[str] = []
        while len(words) < _WORDS[0]:
            words += next(sentences).split()
        texts.append(f"{' '.join(words[: _WORDS[1]])} ({number})")
    return texts


def _print_speed(texts: list[str], folder: Path, workers: int) -> None:
    model, network, tokenizer = _make_demo(folder)
    counts = sorted(len(model.encode(text).tokens) for text in texts)
    print(f"\n{len(texts)} texts of {counts[0]} to {counts[-1]} tokens (median {counts[len(counts) // 2]}), ", end="")
    print(f"{torch.get_num_threads()} threads, {workers} workers of one thread each\n")
    crew = [WorkerProcess(_make_recipe(model)) for _ in range(workers)]
    ways: dict[str, Callable[[list[str]], object]] = {
        "workers": _explain_by(crew, folder),
        "one process": _explain_together(model, folder),
        "one by one": lambda some: [explain(model, text) for text in some],
        "transformers-interpret": _interpret(network, tokenizer),
    }
    warming = make_texts(len(texts) + _WARMING)[len(texts) :]
    for way in ways.values():  # which teaches ours where to evaluate, as the first documents of a run do
        way(warming)
    spent = {name: [0, 0.0] for name in ways}
    for start in range(0, len(texts), _ROUND):
        for name, way in ways.items():
            some = texts[start : start + _ROUND]
            some = some[:: round(1 / _SHARES[name])]
            wall = time.perf_counter()
            way(some)
            spent[name][0] += len(some)
            spent[name][1] += time.perf_counter() - wall
    for process in crew:
        process.kill()
    print("| | documents | documents a second | workers are so many times as fast |\n| --- | ---: | ---: | ---: |")
    ours = spent["workers"][0] / spent["workers"][1]
    for name, (count, wall) in spent.items():
        print(f"| {name} | {count} | {count / wall:.2f} | {ours * wall / count:.2f} |", flush=True)


def _make_recipe(model: OpenedModel) -> Recipe:
    return Recipe(demo.checkpoint(), model.identity.sha256, None, IntegratedGradients(), "predicted")


def _explain_together(model: OpenedModel, folder: Path) -> Callable[[list[str]], None]:
    """The local engine in this process, on a model that is already loaded."""
    worker = Worker(model, IntegratedGradients(), "predicted")
    return partial(_write_run, partial(explain_locally, worker), folder, _make_lessons(folder))


def _explain_by(crew: list[WorkerProcess], folder: Path) -> Callable[[list[str]], None]:
    """The local engine with workers that have begun already."""
    return partial(_write_run, partial(explain_by, crew), folder, _make_lessons(folder))


def _make_lessons(folder: Path) -> RunLessons:
    return RunLessons(Path(tempfile.mkdtemp(dir=folder)), IntegratedGradients())


def _write_run(explain_all: Callable[..., Any], folder: Path, lessons: RunLessons, texts: list[str]) -> None:
    place = Path(tempfile.mkdtemp(dir=folder))
    _write(texts, place / "news.csv")
    parts = Parts(place / "run")
    documents = read_documents(place / "news.csv", Columns("text"))
    for results in explain_all(documents, Attempts(place / "run"), lessons):
        parts.add(results)
    parts.flush()


def _interpret(network: torch.nn.Module, tokenizer: object) -> Callable[[list[str]], object]:
    from transformers_interpret import SequenceClassificationExplainer

    explainer = SequenceClassificationExplainer(network, tokenizer)
    return lambda some: [explainer(text) for text in some]


def _run(texts: list[str], folder: Path, **options: Any) -> object:
    """A whole run, reading, loading and writing included."""
    place = Path(tempfile.mkdtemp(dir=folder))
    _write(texts, place / "news.csv")
    return explain_corpus(demo.checkpoint(), place / "news.csv", place / "run", **options)


def _write(texts: Iterator[str] | list[str], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text"], *([text] for text in texts)])


def _print_engines(texts: list[str], folder: Path) -> None:
    """A worker of Ray's has one thread, and so has the process beside it here."""
    print("| | documents | documents a second, once it runs | whole run, wall s |\n| --- | ---: | ---: | ---: |")
    for name, engine, workers in (("local", "local", None), ("ray, 1", "ray", 1), ("ray, 2", "ray", 2)):
        seen: list[tuple[float, int]] = []
        wall = time.perf_counter()
        _run(
            texts,
            folder,
            engine=engine,
            workers=workers,
            on_progress=lambda progress, seen=seen: seen.append((time.perf_counter(), progress.done)),
        )
        wall = time.perf_counter() - wall
        (first, before), (last, after) = seen[0], seen[-1]
        print(f"| {name} | {after} | {(after - before) / (last - first):.2f} | {wall:.0f} |", flush=True)


def _print_memory(folder: Path) -> None:
    print("| documents | peak MB | MB when the model was loaded |\n| ---: | ---: | ---: |")
    for count in _COUNTS:
        place = folder / str(count)
        place.mkdir()
        command = [sys.executable, "-m", "benchmarks.corpus", "--peak", str(place), str(count), "--threads", "1"]
        told = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
        print(told.stdout.strip(), flush=True)


def _print_peak(folder: Path, count: int) -> None:
    """A tiny random model and two evaluations a document: only what grows with the documents matters here."""
    from tests.models.transformers import build_classifier, save

    path = save(build_classifier(folder), folder)
    _write(
        (f"{text} {number}" for number, text in zip(range(count), cycle(make_texts(500)), strict=False)),
        folder / "a.csv",
    )
    open_model(path)
    loaded = _peak()
    run = explain_corpus(path, folder / "a.csv", folder / "run", method=IntegratedGradients(max_evaluations=2))
    print(f"| {run.done:,} | {_peak():.0f} | {loaded:.0f} |")


def _peak() -> float:
    """Megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


if __name__ == "__main__":
    main()
