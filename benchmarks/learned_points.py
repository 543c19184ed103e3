"""Measures integrated gradients by points that were learned, on texts that they were not learned from.

    OMP_NUM_THREADS=1 python -m benchmarks.learned_points [--texts N] [--labels N] [--classifier NAME]

For each of three classifiers (see benchmarks/faithful.py) a model explains four texts, and then N others of 4 to 200
words: the predicted label, and the others in turn, each by what the four have taught and no other. Each explanation is
held against 300 points of Gauss and Legendre, and beside the same in float32, and without what was learned. The token
error is the L1 distance over the L1 norm; the gap is relative to the difference of the scores, or to 0.02 logits where
that is smaller.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from attribution import Explanation, IntegratedGradients, demo, explain, load_model
from attribution.methods.baselines import find_baseline
from attribution.methods.path.line import StraightPath
from attribution.methods.path.rules import PathRules
from attribution.opened_model import OpenedModel

from .faithful import CLASSIFIERS

_REFERENCE = 300
_TEACHING = 4
_LONGEST = 200
_METHODS = {
    "auto": IntegratedGradients(),
    "learned, float32": IntegratedGradients(precision="float32"),
    "adaptive": IntegratedGradients(points="adaptive"),
}


@dataclass(frozen=True)
class Case:
    """How one explanation came out: a label of a text."""

    rank: int
    evaluations: int
    reduced: bool
    cpu: float
    error: float
    gap: float
    converged: bool


def main() -> None:
    """Print a table for each classifier, of learned and of adaptive points."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=14)
    parser.add_argument("--labels", type=int, default=5)
    parser.add_argument("--classifier", choices=list(CLASSIFIERS), action="append")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    print("| classifier, points | cases | evaluations: median | mean | 9 of 10 | most ", end="")
    print("| token error: median | 9 of 10 | worst | worst gap | converged | in bfloat16 | CPU s |")
    print(f"| --- |{' ---: |' * 12}")
    for title in options.classifier or CLASSIFIERS:
        with tempfile.TemporaryDirectory() as folder:
            path = CLASSIFIERS[title](Path(folder))
            model = load_model(path)
            assert isinstance(model, OpenedModel)
            draw = np.random.default_rng(0)
            for text in _texts(draw, _TEACHING):
                explain(model, text)
            lessons = model.experience.rules.tell()
            explain(model, next(_texts(draw, 1)))  # by a rule for the first time: the machine is tried
            print(f"<!-- {title}: {model.experience.tried} -->")
            cases: dict[str, list[Case]] = {name: [] for name in _METHODS}
            for text in _texts(draw, options.texts):
                labels = [label for label, _ in model.predict(text).ranked()[: options.labels]]
                references = _integrate(model, text, labels)
                for rank, (label, reference) in enumerate(zip(labels, references, strict=True)):
                    for name, method in _METHODS.items():
                        model.experience.rules = PathRules()
                        model.experience.rules.recall(lessons)
                        method.find_rule(model.experience)  # made once, and not timed
                        start = time.process_time()
                        explanation = explain(model, text, label, method)
                        seconds = time.process_time() - start
                        cases[name].append(_judge(explanation, reference, rank, seconds))
        for name, found in cases.items():
            _print_row(f"{title}, {name}", found)
            _print_row(f"{title}, {name}, predicted label", [case for case in found if case.rank == 0])


def _texts(draw: np.random.Generator, count: int) -> Iterator[str]:
    """Texts of 4 to 200 words, short ones as often as long ones, each from held-out paragraphs of its own order."""
    paragraphs = demo.paragraphs(held_out=True)
    for _ in range(count):
        words = " ".join(paragraphs[place].text for place in draw.permutation(len(paragraphs))[:6]).split()
        yield " ".join(words[: int(np.exp(draw.uniform(np.log(4), np.log(_LONGEST))))])


def _integrate(model: OpenedModel, text: str, labels: list[str]) -> np.ndarray:
    """[K, T]: each label's attributions by the reference's points."""
    encoded = model.encode(text)
    directions = torch.stack([model.direction(label, "centred") for label in labels])
    path = StraightPath(model.encoder, encoded, find_baseline(encoded, "pad"), directions)
    nodes, weights = np.polynomial.legendre.leggauss(_REFERENCE)
    _, shares = path.follow(((nodes + 1) / 2).tolist(), range(len(labels)))
    return np.einsum("n,knt->kt", weights / 2, shares)


def _judge(explanation: Explanation, reference: np.ndarray, rank: int, seconds: float) -> Case:
    error = np.abs(explanation.attributions - reference).sum() / np.abs(reference).sum()
    difference = abs(explanation.score - explanation.baseline_score)
    gap = abs(explanation.gap) / max(difference, 0.02)
    reduced = explanation.precision != "float32"
    return Case(rank, explanation.evaluations, reduced, seconds, float(error), gap, explanation.converged)


def _print_row(title: str, cases: list[Case]) -> None:
    counts, errors = [case.evaluations for case in cases], [case.error for case in cases]
    print(
        f"| {title} | {len(cases)} | {np.median(counts):g} | {np.mean(counts):.1f} | {np.quantile(counts, 0.9):g} | "
        f"{max(counts)} | {np.median(errors):.2%} | {np.quantile(errors, 0.9):.2%} | {max(errors):.2%} | "
        f"{max(case.gap for case in cases):.2%} | {np.mean([case.converged for case in cases]):.0%} | "
        f"{np.mean([case.reduced for case in cases]):.0%} | {sum(case.cpu for case in cases):.1f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
