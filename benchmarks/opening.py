"""Measures what opening a base-size checkpoint takes: seconds, and memory against the size of its weights.

    python benchmarks/opening.py [--checkpoint FILE] [--threads N]

Without a file, a randomly initialised XLM-RoBERTa of base size (278 million parameters, 250,002 tokens) is saved by
Flair's own `save()` into a temporary folder. Each way of opening runs in a process of its own, Whylight's and, for
comparison, Flair's `TextClassifier.load`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_COLUMNS = {
    "seconds": "seconds",
    "weights": "file MB",
    "anonymous": "peak anonymous MB",
    "resident": "peak resident MB",
    "first": "first text s",
}
_TEXT = "The striker signed a three-year contract. " * 20


def main() -> None:
    """Build the checkpoint where none is given, open it in each way, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--measure", choices=sorted(_WAYS))
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.measure:
        print(json.dumps(_measure(_WAYS[options.measure], options.checkpoint, options.threads)))
        return
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = options.checkpoint or build_checkpoint(Path(folder))
        print(f"{'':10}" + "".join(f"{name:>18}" for name in _COLUMNS.values()))
        for way in sorted(_WAYS):
            command = [sys.executable, __file__, "--measure", way, "--checkpoint", str(checkpoint)]
            done = subprocess.run([*command, "--threads", str(options.threads)], stdout=subprocess.PIPE, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            print(f"{way:10}" + "".join(f"{found[name]:18.1f}" for name in _COLUMNS))


def build_checkpoint(folder: Path) -> Path:
    """A classifier of six labels over a random XLM-RoBERTa of base size, as Flair saves it."""
    import torch
    from flair.data import Dictionary
    from flair.embeddings import TransformerDocumentEmbeddings
    from flair.models import TextClassifier
    from transformers import XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(0)
    _write_tokenizer(folder / "encoder")
    config = XLMRobertaConfig(vocab_size=250_002, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5)
    XLMRobertaModel(config).save_pretrained(folder / "encoder")
    labels = Dictionary(add_unk=False)
    for label in ("business", "culture", "politics", "science", "sport", "tech"):
        labels.add_item(label)
    embeddings = TransformerDocumentEmbeddings(str(folder / "encoder"))
    checkpoint = folder / "base.pt"
    TextClassifier(embeddings, label_type="topic", label_dictionary=labels).save(checkpoint)
    return checkpoint


def _write_tokenizer(folder: Path) -> None:
    """As many pieces as XLM-RoBERTa has: all strings of letters, the shortest first."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import XLMRobertaTokenizerFast

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    letters = "abcdefghijklmnopqrstuvwxyz"
    strings = ("".join(word) for length in itertools.count(1) for word in itertools.product(letters, repeat=length))
    pieces = (mark + word for word in strings for mark in ("", "▁"))
    scored = [(piece, 0.0) for piece in special]
    scored += [(piece, -float(rank) / 10_000) for rank, piece in enumerate(itertools.islice(pieces, 249_997))]
    tokenizer = Tokenizer(models.Unigram([*scored, ("<mask>", 0.0)], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    XLMRobertaTokenizerFast(tokenizer_object=tokenizer, model_max_length=512).save_pretrained(folder)


def _measure(way: Callable[[Path], Callable[[str], Any]], checkpoint: Path, threads: int) -> dict[str, float]:
    import torch

    import attribution.model  # noqa: F401  imported by either way, so that neither is charged for it

    torch.set_num_threads(threads)
    before = _memory()
    with _watched() as peak:
        start = time.perf_counter()
        predict = way(checkpoint)
        seconds = time.perf_counter() - start
    start = time.perf_counter()
    predict(_TEXT)
    return {
        "anonymous": peak["RssAnon"] - before["RssAnon"],
        "first": time.perf_counter() - start,
        "resident": peak["VmRSS"] - before["VmRSS"],
        "seconds": seconds,
        "weights": checkpoint.stat().st_size / 2**20,
    }


def _open_with_whylight(checkpoint: Path) -> Callable[[str], Any]:
    from attribution import load_model

    return load_model(checkpoint).predict


def _open_with_flair(checkpoint: Path) -> Callable[[str], Any]:
    from flair.data import Sentence
    from flair.models import TextClassifier

    classifier = TextClassifier.load(checkpoint)
    return lambda text: classifier.predict(Sentence(text))


_WAYS = {"Flair": _open_with_flair, "Whylight": _open_with_whylight}


@contextmanager
def _watched() -> Iterator[dict[str, float]]:
    """The peak of each kind of memory within the block, sampled every few milliseconds."""
    peak, ended = _memory(), threading.Event()

    def watch() -> None:
        while not ended.wait(0.005):
            peak.update({name: max(peak[name], size) for name, size in _memory().items()})

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def _memory() -> dict[str, float]:
    """Megabytes that this process holds: anonymous memory, and all that is resident, mapped files included."""
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    return {name[:-1]: int(rest[0]) / 1024 for name, *rest in lines if name in ("RssAnon:", "VmRSS:")}


if __name__ == "__main__":
    main()
