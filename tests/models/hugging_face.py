"""Tiny, seeded, randomly initialised sequence classifiers of Hugging Face, saved as their users save them."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from tests.models.transformers import COMMON, FAMILIES, LABELS, scatter, special_ids

# How much larger the weights of the head are than the network's others.
_HEAD = 3
_SETTINGS = {"bart": {"max_position_embeddings": 160}, "t5": {"decoder_start_token_id": 0}}


def write_folder(
    folder: Path,
    family: str = "bert",
    *,
    labels: Sequence[str] = LABELS,
    problem_type: str | None = None,
    model_max_length: int | None = 128,
    shard: str = "1GB",
    half: bool = False,
    **settings: Any,
) -> Path:
    """Network and tokenizer, by their own `save_pretrained`.

    Args:
        folder: where they are written.
        family: a name in `FAMILIES`.
        labels: those of `id2label`.
        problem_type: as in the configuration.
        model_max_length: the tokenizer's; None for a tokenizer that knows none.
        shard: the size of the largest file of weights.
        half: whether the weights are saved in 16 bits.
        settings: of the configuration, in place of the family's.
    """
    recipe = FAMILIES[family]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = recipe.tokenizer(folder)
    if model_max_length is not None:
        tokenizer.model_max_length = model_max_length
    tokenizer.save_pretrained(folder)
    given = {**COMMON, **special_ids(tokenizer), **recipe.config, **_SETTINGS.get(family, {}), **settings}
    config = AutoConfig.for_model(
        recipe.model_type,
        **{name: value for name, value in given.items() if value is not None},
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        problem_type=problem_type,
    )
    config.vocab_size, config.architectures = len(tokenizer), None
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(recipe.seed)
        network = AutoModelForSequenceClassification.from_config(config)
    scatter(network, recipe.scale, recipe.seed)
    for module in network.modules():
        if isinstance(module, torch.nn.Linear) and module.out_features == len(labels):
            module.weight.data *= _HEAD
    if half:
        network = network.half()
    network.save_pretrained(folder, max_shard_size=shard)
    return folder


def pack(folder: Path, path: Path, *, top: str = "", compression: int = zipfile.ZIP_STORED) -> Path:
    """A zip of a folder's files, under `top`."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, top + file.name)
    return path


def reconfigure(folder: Path, name: str = "config.json", **settings: Any) -> Path:
    """Change settings in one of a folder's files; None takes one out."""
    path = folder / name
    changed = {**json.loads(path.read_text()), **settings}
    path.write_text(json.dumps({key: value for key, value in changed.items() if value is not None}))
    return folder


def ask_transformers(folder: Path, text: str, **options: Any) -> torch.Tensor:
    """[C], the logits that transformers itself gives when it opens the folder: no code of ours."""
    network = AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.no_grad():
        inputs = tokenizer(text, truncation=True, return_tensors="pt", **options)
        return network.eval()(**inputs).logits[0].double()
