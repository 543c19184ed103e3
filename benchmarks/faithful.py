"""Measures which baseline, which score and which method are most faithful to a model.

    python benchmarks/faithful.py [--texts N] [--classifier NAME]

Three classifiers of the demo's labels: the demo model (mean pooling, frozen), the same encoder fine-tuned with CLS
pooling, and a bidirectional GRU over one-hot words trained from scratch. The predicted label of held-out paragraphs is
explained; words are deleted in the order of their attributions, and the model is asked again (`compare_faithfulness`).
The score `log-odds` exists only here: the log of p / (1 - p), integrated with 24 Gauss-Legendre points.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from attribution import (  # noqa: E402
    Explanation,
    IntegratedGradients,
    Occlusion,
    demo,
    explain,
)
from attribution.ablation.faithfulness import compare_faithfulness  # noqa: E402
from attribution.demo import train as demo_train  # noqa: E402
from attribution.methods import METHODS, Attributions, Method, Watch  # noqa: E402
from attribution.methods.baselines import find_baseline  # noqa: E402
from attribution.methods.integrated_gradients import Baseline  # noqa: E402
from attribution.opened_model import OpenedModel  # noqa: E402
from attribution.opening.load import open_model  # noqa: E402

_BASELINES: tuple[Baseline, ...] = ("pad", "mask", "zero", "mean", "average")
_ORDERS = 5


@dataclass(frozen=True)
class LogOdds:
    """Integrated gradients of log p / (1 - p), which is not linear in the logits."""

    title: ClassVar[str] = "Log-odds"
    differentiates: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    linear: ClassVar[bool] = True
    baseline: str = "pad"
    score: str = "logit"

    def attribute(self, encoder: Any, encoded: Any, directions: Tensor, *, watch: Watch | None = None) -> Any:
        """See `Method`."""
        target, baseline = int(directions[0].argmax()), find_baseline(encoded, self.baseline)
        steps, total = encoded.embedded - baseline, torch.zeros_like(baseline)
        nodes, weights = np.polynomial.legendre.leggauss(24)
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            point = (baseline + float(node) * steps).requires_grad_()
            logits = encoder.logits(point, encoded)[0]
            others = torch.cat([logits[:target], logits[target + 1 :]])
            total += float(weight) * torch.autograd.grad(logits[target] - others.logsumexp(0), point)[0]
        return (Attributions((total * steps).sum(-1)[0].double().numpy(), np.nan, np.nan, 24, converged=True),)


def main() -> None:
    """Print a table of baselines and scores for each classifier, and one of methods on the demo model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=8)
    parser.add_argument("--classifier", choices=list(CLASSIFIERS), action="append")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    held_out = demo.paragraphs(held_out=True)
    texts = [held_out[index].text for index in np.linspace(0, len(held_out) - 1, options.texts).astype(int)]
    for title in options.classifier or CLASSIFIERS:
        make = CLASSIFIERS[title]
        with tempfile.TemporaryDirectory() as folder:
            model = open_model(make(Path(folder)))
            right = np.mean([model.predict(paragraph.text).label == paragraph.label for paragraph in held_out])
            print(f"\n### {title}: {right:.0%} right on {len(held_out)} held-out paragraphs\n")
            _print_table(model, texts, _paths(model, texts[0]))
            if title == "demo":
                print("\n### Methods on the demo model\n")
                _print_table(model, texts, {kind.title: kind() for kind in METHODS.values()})


def _paths(model: OpenedModel, text: str) -> dict[str, Method]:
    offered = next(iter(model.read(text).encodings.values())).baselines
    known = [name for name in _BASELINES if name in offered or name == "average"]
    found: dict[str, Any] = {}
    for name in known:
        found[f"{name}, centred"] = IntegratedGradients(baseline=name)
        found[f"{name}, logit"] = IntegratedGradients(baseline=name, score="logit")
        if name != "average":
            found[f"{name}, log-odds"] = LogOdds(baseline=name)
    found["occlusion"] = Occlusion(baseline="mask" if "mask" in offered else "zero")
    return found


def _print_table(model: OpenedModel, texts: Sequence[str], methods: Mapping[str, Method]) -> None:
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in methods}
    for text in texts:
        found, took = [], []
        for method in methods.values():
            start = time.process_time()
            found.append(explain(model, text, method=method))
            took.append(time.process_time() - start)
        measured = compare_faithfulness(model, text, found, orders=_ORDERS)
        for name, one, explanation, seconds in zip(methods, measured, found, took, strict=True):
            numbers = (one.comprehensiveness.value, one.sufficiency.value, one.log_odds.value)
            rows[name].append((*numbers, explanation.evaluations, seconds, _decided(explanation)))
        rows.setdefault("random words", []).append(
            (
                *(metric.random.mean() for metric in (measured[0].comprehensiveness, measured[0].sufficiency)),
                measured[0].log_odds.random.mean(),
                0,
                0,
                np.nan,
            )
        )
    print("| | comprehensiveness | sufficiency | log-odds at 20 % | evaluations | CPU s | baseline's own top label |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, measures in rows.items():
        more, less, odds, evaluations, seconds, decided = np.array(measures).mean(axis=0)
        print(f"| {name} | {more:.3f} | {less:.3f} | {odds:.2f} | {evaluations:.0f} | {seconds:.2f} | {decided:.2f} |")


def _decided(explanation: Explanation) -> float:
    """The probability of the most probable label on the baseline itself."""
    prediction = explanation.baseline_prediction
    return float("nan") if prediction is None else float(prediction.probabilities.max())


def _fine_tune(folder: Path) -> Path:
    from flair.datasets import FlairDatapointDataset
    from flair.embeddings import TransformerDocumentEmbeddings

    embeddings = TransformerDocumentEmbeddings(
        str(demo_train._find_encoder()), cls_pooling="cls", fine_tune=True, use_context_separator=False
    )
    return _fit(embeddings, FlairDatapointDataset(_sentences()), folder, rate=5e-5, epochs=4)


def _fit_recurrent(folder: Path) -> Path:
    from flair.data import Corpus
    from flair.datasets import FlairDatapointDataset
    from flair.embeddings import DocumentRNNEmbeddings, OneHotEmbeddings

    sentences = FlairDatapointDataset(_sentences())
    words = OneHotEmbeddings.from_corpus(Corpus(train=sentences, sample_missing_splits=False), min_freq=2)
    embeddings = DocumentRNNEmbeddings([words], hidden_size=96, rnn_type="GRU", bidirectional=True, word_dropout=0.0)
    return _fit(embeddings, sentences, folder, rate=3e-3, epochs=12)


def _sentences() -> list[Any]:
    from flair.data import Sentence

    sentences = []
    for paragraph in demo.paragraphs(held_out=False):
        sentence = Sentence(paragraph.text)
        sentence.add_label("topic", paragraph.label)
        sentences.append(sentence)
    return sentences


def _fit(embeddings: Any, data: Any, folder: Path, *, rate: float, epochs: int) -> Path:
    from flair.data import Dictionary
    from flair.models import TextClassifier

    labels = Dictionary(add_unk=False)
    for label in demo.LABELS:
        labels.add_item(label)
    classifier = TextClassifier(embeddings, label_type="topic", label_dictionary=labels)
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=rate)
    order = np.random.default_rng(0)
    for _ in range(epochs):
        classifier.train()
        shuffled = order.permutation(len(data))
        for start in range(0, len(data), 8):
            batch = [data[int(index)] for index in shuffled[start : start + 8]]
            loss, count = classifier.forward_loss(batch)
            optimizer.zero_grad()
            (loss / count).backward()
            optimizer.step()
            for sentence in batch:
                sentence.clear_embeddings()
    classifier.eval().save(folder / "model.pt")
    return folder / "model.pt"


CLASSIFIERS: dict[str, Callable[[Path], Path]] = {
    "demo": lambda _: demo.checkpoint(),
    "fine-tuned, CLS": _fine_tune,
    "GRU over one-hot words": _fit_recurrent,
}


if __name__ == "__main__":
    main()
