"""Measures an explanation against what a person would use instead, on the same text and weights in one run.

    python benchmarks/explain.py [--model demo|base] [--threads N] [--repeat N] [--growth] [--gaps N]

Ours, after four other texts of the model and as the first; transformers-interpret at its defaults and with batches of
8; plain Captum at 50 steps; the notebook's 500 steps in batches of 3, with our forward pass and with the notebook's
own. They are measured in turn, the notebook's once; times, memory and ratios to ours in the same turn are medians
over the repeats. The token error is the L1 distance to the same method with 300 points, divided by the L1 norm of
those. `--growth` shows how our cost grows with tokens, labels and points in a pass, `--gaps N` our gap beside that of
transformers-interpret on N other texts. It needs requirements-bench.txt.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from attribution import (  # noqa: E402
    CaptumIntegratedGradients,
    Explanation,
    IntegratedGradients,
    demo,
    explain,
    explain_labels,
)
from attribution.methods.path import line as path_module  # noqa: E402
from attribution.opened_model import OpenedModel  # noqa: E402
from attribution.opening.load import open_model  # noqa: E402

_REFERENCE = 300
_TEACHING = 4
_INTERPRETED: dict[str, np.ndarray] = {}


@dataclass(frozen=True)
class Result:
    """What one way of explaining took, and how exact it was."""

    evaluations: int
    cpu: float
    wall: float
    memory: float
    gap: float
    error: float


def main() -> None:
    """Print one table for each model, and how our own cost grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=["demo", "base"], action="append")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--gaps", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    warnings.simplefilter("ignore")
    for name in options.model or ["demo", "base"]:
        with tempfile.TemporaryDirectory() as folder:
            model, network, tokenizer = _MODELS[name](Path(folder))
            text = _text(model, 230)
            _teach(model)
            if options.repeat:
                _print_table(name, model, _contestants(model, network, tokenizer, text), text, options.repeat)
            if options.gaps and name == "demo":
                _print_gaps(model, network, tokenizer, options.gaps)
            if options.growth and name == "demo":
                _print_growth(model, Path(folder))


def _teach(model: OpenedModel) -> None:
    """Let the model explain texts that are none of those measured: the last words of the held-out paragraphs.

    Four teach it, and on the fifth this machine is tried.
    """
    words = " ".join(paragraph.text for paragraph in demo.paragraphs(held_out=True)).split()
    for number in range(_TEACHING + 1):
        explain(model, " ".join(words[len(words) - 70 * (number + 1) :][:70]))


def _contestants(model: OpenedModel, network: nn.Module, tokenizer: Any, text: str) -> dict[str, Callable[[], Any]]:
    def ours(method: Any) -> Callable[[], Explanation]:
        return lambda: explain(model, text, method=method)

    return {
        "Whylight": ours(IntegratedGradients()),
        "Whylight, float32": ours(IntegratedGradients(precision="float32")),
        "Whylight, the first texts of a model": ours(IntegratedGradients(points="adaptive")),
        "Whylight, tolerance 0.1 %": ours(IntegratedGradients(tolerance=0.001)),
        "transformers-interpret": _interpret(network, tokenizer, text),
        "transformers-interpret, batches of 8": _interpret(network, tokenizer, text, internal_batch_size=8),
        "Captum, 50 steps": ours(CaptumIntegratedGradients(steps=50, internal_batch_size=50)),
        "the notebook: 500 steps, batches of 3": ours(CaptumIntegratedGradients(steps=500, internal_batch_size=3)),
        "the notebook as it stood": lambda: _explain_as_it_stood(model, text),
    }


@dataclass(frozen=True)
class _AsItStood:
    """What the notebook found: its forward pass returned only the first row of a batch, so Captum saw no other."""

    attributions: np.ndarray
    relative_gap: float
    evaluations: int


def _explain_as_it_stood(model: OpenedModel, text: str) -> _AsItStood:
    class FirstRow:
        def logits(self, embedded: Tensor, encoded: Any) -> Tensor:
            return model.encoder.logits(embedded, encoded)[:1]

    method = CaptumIntegratedGradients(steps=500, internal_batch_size=3)
    encoded, label = model.encode(text), model.predict(text).label
    baseline, direction = encoded.baselines["pad"], model.direction(label, "centred").double()
    with torch.no_grad():
        ends = model.encoder.logits(torch.cat([encoded.embedded, baseline]), encoded).double() @ direction
    values = method._integrate(cast(Any, FirstRow()), encoded, baseline, direction)
    difference = float(ends[0] - ends[1])
    return _AsItStood(values, (values.sum() - difference) / difference, method.steps)


def _print_table(
    name: str, model: OpenedModel, contestants: dict[str, Callable[[], Any]], text: str, repeat: int
) -> None:
    tokens = len(model.encode(text).tokens)
    print(f"\n### {name}, a text of {tokens} tokens, {torch.get_num_threads()} threads\n")
    print("| | evaluations | CPU s | times ours | wall s | added MB | relative gap | token error |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    reference = explain(model, text, method=CaptumIntegratedGradients(steps=_REFERENCE)).attributions
    results: dict[str, list[Result]] = {title: [] for title in contestants}
    for turn in range(repeat):
        for title, run in contestants.items():
            if turn == 0 or not title.startswith("the notebook"):
                results[title].append(_measure(run, reference))
    for title, found in results.items():
        ratio = np.median([one.cpu / ours.cpu for one, ours in zip(found, results["Whylight"], strict=False)])
        cpu, wall, memory = (np.median([getattr(one, name) for one in found]) for name in ("cpu", "wall", "memory"))
        print(
            f"| {title} | {found[0].evaluations} | {cpu:.2f} | {ratio:.1f} | {wall:.2f} | {memory:.0f} | "
            f"{100 * found[0].gap:.2f} % | {100 * found[0].error:.2f} % |",
            flush=True,
        )


def _print_gaps(model: OpenedModel, network: nn.Module, tokenizer: Any, count: int) -> None:
    """Our gap and transformers-interpret's on other texts, of 40 to 230 tokens."""
    words = " ".join(paragraph.text for paragraph in demo.paragraphs(held_out=True)).split()
    print("\n| tokens | our evaluations | our gap | gap of transformers-interpret |\n| ---: | ---: | ---: | ---: |")
    for number in range(count):
        start = (number + 1) * len(words) // (count + 1)
        text = _cut(model, words[start:], 40 + 190 * number // max(1, count - 1))
        ours, theirs = explain(model, text), _interpret(network, tokenizer, text)()
        print(
            f"| {len(ours.tokens)} | {ours.evaluations} | {100 * abs(ours.relative_gap):.2f} % | "
            f"{100 * theirs.gap():.2f} % |",
            flush=True,
        )


def _measure(run: Callable[[], Any], reference: np.ndarray) -> Result:
    start_memory = _reset_peak()
    cpu, wall = time.process_time(), time.perf_counter()
    found = run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    memory = (_status("VmHWM") - start_memory) / 1024
    if isinstance(found, Explanation | _AsItStood):
        error = np.abs(found.attributions - reference).sum() / np.abs(reference).sum()
        return Result(found.evaluations, cpu, wall, memory, abs(found.relative_gap), float(error))
    return Result(found.steps, cpu, wall, memory, found.gap(), found.error())


@dataclass
class _Interpreted:
    """What transformers-interpret found: attributions of the probability, scaled to length one."""

    explainer: Any
    text: str
    steps: int

    def gap(self) -> float:
        """Its convergence delta over the difference of the probabilities."""
        lig, explainer = self.explainer.attributions, self.explainer
        with torch.no_grad():
            ends = [
                float(explainer._forward(ids, *rest).flatten()[0])
                for ids, *rest in (
                    (lig.input_ids, explainer.token_type_ids, explainer.position_ids, explainer.attention_mask),
                    (
                        lig.ref_input_ids,
                        explainer.ref_token_type_ids,
                        explainer.ref_position_ids,
                        explainer.attention_mask,
                    ),
                )
            ]
        return abs(float(lig.delta)) / abs(ends[0] - ends[1])

    def error(self) -> float:
        """Its distance to itself at 300 steps, which are computed once for each text."""
        mine = self.explainer.attributions.attributions_sum.detach().numpy().copy()
        if self.text not in _INTERPRETED:
            self.explainer(self.text, n_steps=_REFERENCE, internal_batch_size=8)
            _INTERPRETED[self.text] = self.explainer.attributions.attributions_sum.detach().numpy().copy()
        reference = _INTERPRETED[self.text]
        return float(np.abs(mine - reference).sum() / np.abs(reference).sum())


def _interpret(network: nn.Module, tokenizer: Any, text: str, **options: Any) -> Callable[[], _Interpreted]:
    from transformers_interpret import SequenceClassificationExplainer

    def run() -> _Interpreted:
        explainer = SequenceClassificationExplainer(network, tokenizer)
        explainer(text, **options)
        return _Interpreted(explainer, text, explainer.n_steps)

    return run


def _print_growth(model: OpenedModel, folder: Path) -> None:
    print("\n| tokens | evaluations | CPU s | added MB |\n| ---: | ---: | ---: | ---: |")
    for tokens in (32, 64, 128, 256, 512):
        text = _text(model, tokens)
        result = _measure(partial(explain, model, text), np.ones(len(model.encode(text).tokens)))
        print(f"| {tokens} | {result.evaluations} | {result.cpu:.2f} | {result.memory:.0f} |", flush=True)
    text = _text(model, 230)
    wide = _widen(20, folder)
    _teach(wide)
    print("\n| labels | CPU s | times one |\n| ---: | ---: | ---: |")
    one = 0.0
    for count in (1, 2, 5, 10, 20):
        ranked = [label for label, _ in wide.predict(text).ranked()][:count]
        cpu = time.process_time()
        explain_labels(wide, text, ranked)
        cpu = time.process_time() - cpu
        one = one or cpu
        print(f"| {count} | {cpu:.2f} | {cpu / one:.2f} |", flush=True)
    print("\n| points in a pass | CPU s | wall s | added MB |\n| ---: | ---: | ---: | ---: |")
    whole = path_module._MOST_TOKENS
    for points in (1, 2, 4, 8, 16):
        path_module._MOST_TOKENS = points * len(model.encode(text).tokens)
        result = _measure(lambda: explain(model, text), np.ones(len(model.encode(text).tokens)))
        print(f"| {points} | {result.cpu:.2f} | {result.wall:.2f} | {result.memory:.0f} |", flush=True)
    path_module._MOST_TOKENS = whole


def _widen(count: int, folder: Path) -> OpenedModel:
    """The demo model with a random decoder of `count` labels."""
    from flair.data import Dictionary

    wide = open_model(demo.checkpoint()).classifier
    torch.manual_seed(0)
    labels = Dictionary(add_unk=False)
    for number in range(count):
        labels.add_item(f"label {number}")
    wide.label_dictionary, wide.decoder = labels, nn.Linear(wide.decoder.in_features, count)
    wide.save(folder / "wide.pt")
    return open_model(folder / "wide.pt")


def _text(model: OpenedModel, tokens: int) -> str:
    """Held-out paragraphs, cut to a number of tokens."""
    return _cut(model, " ".join(paragraph.text for paragraph in demo.paragraphs(held_out=True)).split(), tokens)


def _cut(model: OpenedModel, words: list[str], tokens: int) -> str:
    """The first of the words, as many as fit into `tokens` tokens."""
    low, high = 1, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _count(model, words[:middle]) <= tokens else (low, middle - 1)
    return " ".join(words[:low])


def _count(model: OpenedModel, words: list[str]) -> int:
    encoded = model.encode(" ".join(words))
    return len(encoded.tokens) + bool(encoded.unread)


def _make_demo(_: Path) -> tuple[OpenedModel, nn.Module, Any]:
    """The demo model, and the same weights as a network that transformers-interpret can read."""
    from transformers import BertModel, BertPreTrainedModel
    from transformers.modeling_outputs import SequenceClassifierOutput

    class MeanPooled(BertPreTrainedModel):
        def __init__(self, bert: BertModel, decoder: nn.Module) -> None:
            super().__init__(bert.config)
            self.bert, self.decoder = bert, decoder

        def forward(self, input_ids=None, attention_mask=None, token_type_ids=None, position_ids=None, **_):
            states = self.bert(input_ids, attention_mask, token_type_ids, position_ids)[0]
            return SequenceClassifierOutput(logits=self.decoder(states.mean(dim=1)))

    model, other = (open_model(demo.checkpoint()) for _ in range(2))
    embeddings = other.classifier.embeddings
    network = MeanPooled(embeddings.model, other.classifier.decoder).eval()
    network.config.id2label = dict(enumerate(model.labels))
    network.config.label2id = {label: index for index, label in enumerate(model.labels)}
    return model, network, embeddings.tokenizer


def _make_base(folder: Path) -> tuple[OpenedModel, nn.Module, Any]:
    """A random XLM-RoBERTa of base size, but for its vocabulary, which a text of some words hardly touches."""
    from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

    from tests.models.transformers import FAMILIES

    tokenizer = FAMILIES["xlm-roberta"].tokenizer(folder)
    tokenizer.model_max_length = 512
    torch.manual_seed(0)
    # The real one has one type of token, but transformers-interpret gives it two and fails.
    config = XLMRobertaConfig(vocab_size=len(tokenizer), num_labels=5, max_position_embeddings=514, type_vocab_size=2)
    network = XLMRobertaForSequenceClassification(config).eval()
    with torch.no_grad():
        for parameter in network.classifier.parameters():
            parameter.mul_(8)
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return open_model(folder), network, tokenizer


_MODELS: dict[str, Callable[[Path], tuple[OpenedModel, nn.Module, Any]]] = {"demo": _make_demo, "base": _make_base}


def _reset_peak() -> float:
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmHWM")


def _status(name: str) -> float:
    """Kilobytes, from /proc/self/status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(name)))


if __name__ == "__main__":
    main()
