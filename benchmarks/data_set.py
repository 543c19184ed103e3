"""How long each view of the page Data set takes on a run of 100,000 documents drawn at random instead of explained.

    .venv/bin/python -m benchmarks.data_set [--documents 100000] [--folder FOLDER]

Words follow Zipf's law over 60,000 words; a document has 40, one of the demo's news paragraphs 35. No model is needed.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from attribution.corpus.findings.blame import find_blame
from attribution.corpus.findings.listing import ORDERS, Selection, count_documents, list_documents, list_words
from attribution.corpus.findings.one_word import find_similar, list_examples, sample_attributions, spread
from attribution.corpus.findings.quality import measure_quality
from attribution.corpus.findings.ranking import Ranking, count_explained, describe_word, rank_words, suggest_least
from attribution.corpus.findings.tables import open_tables
from tests.runs import DOCUMENT, WORD, write_record

LABELS = ("business", "entertainment", "politics", "sport", "tech")
_VOCABULARY = 60_000
_LENGTH = 40
_PART = 1000


def draw(folder: Path, count: int) -> None:
    """Write a run of random documents, a part at a time."""
    generator = np.random.default_rng(0)
    vocabulary = np.array(["the", "of", "and", "to", ","] + [f"word{rank}" for rank in range(5, _VOCABULARY)])
    shares = 1 / np.arange(1, _VOCABULARY + 1)
    reach = np.cumsum(shares / shares.sum())
    lean = generator.normal(0, 0.15, (_VOCABULARY, len(LABELS)))
    for kind in ("documents", "words"):
        (folder / kind).mkdir(parents=True)
    for first in range(0, count, _PART):
        size = min(_PART, count - first)
        words = np.minimum(np.searchsorted(reach, generator.random((size, _LENGTH))), _VOCABULARY - 1)
        chances = generator.dirichlet(np.full(len(LABELS), 0.3), size)
        predicted = chances.argmax(axis=1)
        gold = np.where(generator.random(size) < 0.9, predicted, generator.integers(0, len(LABELS), size))
        _write(folder, first, vocabulary[words], lean[words, predicted[:, None]], chances, predicted, gold, generator)
    write_record(folder, LABELS, count, count)


def _write(folder, first, words, lean, chances, predicted, gold, generator) -> None:
    size = len(words)
    names = np.array(LABELS)
    numbers = np.arange(first, first + size)
    lengths = np.char.str_len(words) + 1
    starts = np.cumsum(lengths, axis=1) - lengths
    flat = {
        "document": np.repeat(numbers, _LENGTH),
        "label": np.repeat(names[predicted], _LENGTH),
        "position": np.tile(np.arange(_LENGTH), size),
        "word": words.ravel(),
        "start": starts.ravel(),
        "end": (starts + lengths - 1).ravel(),
        "attribution": (lean + generator.normal(0, 0.2, lean.shape)).ravel(),
    }
    rows: dict[str, Any] = {
        "number": numbers,
        "id": [str(number) for number in numbers],
        "sha256": ["0" * 64] * size,
        "text": [" ".join(one) for one in words],
        "gold": names[gold],
        "predicted": names[predicted],
        "probability": chances.max(axis=1),
        "probabilities": chances.tolist(),
        "assigned": [[name] for name in names[predicted]],
        "explained": [[name] for name in names[predicted]],
        "gap": np.full(size, 0.001),
        "relative_gap": np.full(size, 0.001),
        "evaluations": np.full(size, 17),
        "converged": np.full(size, True),
        "truncated_at": [None] * size,
        "error": [None] * size,
    }
    name = f"part-{first // _PART:06d}.parquet"
    pq.write_table(pa.table(flat, schema=WORD), folder / "words" / name, compression="zstd")
    pq.write_table(
        pa.table(dict.fromkeys(DOCUMENT.names, [None] * size) | rows, schema=DOCUMENT),
        folder / "documents" / name,
        compression="zstd",
    )


def measure(folder: Path, documents: int) -> None:
    """Print the seconds that each view takes, computed as on the page with nothing cached."""
    least = suggest_least(documents)
    wrong = Selection("wrong")
    cell = Selection(gold="sport", predicted="tech")
    views: dict[str, Callable[[Any], object]] = {
        "labels of the run": count_explained,
        "what each label listens to": lambda t: rank_words(t, LABELS, Ranking(least=least)),
        "the same, stop words shown": lambda t: rank_words(t, LABELS, Ranking(least=least, hide_common=False)),
        "accuracy, F1, confusions, calibration": lambda t: measure_quality(t, LABELS),
        "words behind the errors": lambda t: find_blame(t, least=least),
        "words behind one confusion": lambda t: find_blame(t, gold="sport", predicted="tech", least=2),
        "a page of misfiled documents": lambda t: (
            count_documents(t, wrong),
            list_words(t, list(list_documents(t, wrong, order=ORDERS[3])["number"])),
        ),
        "the 100th page of one confusion": lambda t: list_documents(t, cell, start=990),
        "documents with a word": lambda t: count_documents(t, Selection(word="word50")),
        "one frequent word": lambda t: _look_up(t, "the"),
        "one rare word": lambda t: _look_up(t, "word40000"),
    }
    for name, view in views.items():
        start, cpu = time.perf_counter(), time.process_time()
        with open_tables(folder, LABELS) as tables:
            view(tables)
        print(f"{time.perf_counter() - start:6.2f} s, {time.process_time() - cpu:6.2f} s of CPU  {name}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB of memory at most")


def _look_up(tables: Any, word: str) -> object:
    spread(tables, word)
    sample_attributions(tables, word)
    list_examples(tables, word)
    find_similar(tables, word)
    return describe_word(tables, word, LABELS)


def main() -> None:
    """Draw a run where there is none, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary) / "run"
        if not (folder / "run.json").exists():
            draw(folder, options.documents)
        measure(folder, options.documents)


if __name__ == "__main__":
    main()
