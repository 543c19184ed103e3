"""Vets a sequence classifier that `save_pretrained` wrote: its configuration, its tokenizer, its weights."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import transformers
from torch import nn
from transformers import PreTrainedModel
from transformers.models.auto.modeling_auto import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES

from ...errors import CheckpointError, TokenizerMissingError, UnsupportedModelError
from ...wording import quote, shorten
from ..folder import SavedFolder
from ..pickles.incomplete_weights import refuse_unmerged
from ..safetensors import SavedTensor, read_headers, weight_files
from ..tokenizers import TOKENIZER_LIMIT, check_size, find_tokenizer
from .embeddings.transformer import vet_config
from .newer_release import find_rounding
from .sizes.memory import check_memory
from .sizes.network import check_buffers, describe_network
from .sizes.weights import Weights
from .tokenizers.files import TOKENIZER_FILES, vet_tokenizer

CONFIG = "config.json"

_CONFIG_LIMIT = 16 * 2**20
_DROPPED = {"_name_or_path", "name_or_path", "torchscript", "transformers_weights"}
_NAMED = 5  # classes that an error lists
_MOST_UNNAMED = 2**16
_OLD_NAMES = {"LayerNorm.beta": "LayerNorm.bias", "LayerNorm.gamma": "LayerNorm.weight"}
# The files that can hold a tokenizer; the others only add to one of these.
_TOKENIZERS = TOKENIZER_FILES - {"added_tokens.json", "special_tokens_map.json", "tokenizer_config.json"}
_REGRESSION, _MULTI_LABEL = "regression", "multi_label_classification"


@dataclass(frozen=True, slots=True)
class VettedFolder:
    """A saved sequence classifier, fit to be built.

    Attributes:
        config: its configuration.
        network: its class, one of transformers' own.
        labels: index -> label.
        multi_label: whether labels are independent of each other.
        regression: whether it predicts a value instead of labels.
        tokenizer: the tokenizer's files, as a zip archive.
        weights: name in the network -> place in the files; the same place for weights that are shared.
        files: the names of all files that are read.
        rounding: the 16-bit dtype in which the release that saved it computes, unlike here; empty if it is none.
    """

    config: dict[str, Any]
    network: type[PreTrainedModel]
    labels: tuple[str, ...]
    multi_label: bool
    regression: bool
    tokenizer: io.BytesIO
    weights: Mapping[str, SavedTensor]
    files: frozenset[str]
    rounding: str = ""

    @property
    def multi_label_recorded(self) -> bool:
        """Whether the configuration says if its labels exclude each other."""
        return self.config.get("problem_type") is not None


def vet_saved_folder(saved: SavedFolder, tokenizer: str | Path | None = None) -> VettedFolder:
    """Check what `save_pretrained` wrote, before anything is built from it; `tokenizer` is used if it holds none.

    Raises:
        UnsafeCheckpointError: something that would be downloaded, read from the local disk or run.
        UnsupportedModelError: another kind of model.
        TokenizerMissingError: no tokenizer beside the model.
        CheckpointError: parts that are missing, malformed, or do not fit together.
    """
    said = saved.read_json(CONFIG, _CONFIG_LIMIT)
    config = _vet_settings(said)
    network = _choose_class(config)
    labels = _read_labels(config)
    regression = _is_regression(config, labels)
    tensors = read_headers(saved)
    refuse_unmerged(tensors)
    weights = _match(config, network, {_rename(name): tensor for name, tensor in tensors.items()})
    names = TOKENIZER_FILES & saved.sizes.keys()
    files = _pack_tokenizer(saved, names) if _TOKENIZERS & names else _take_tokenizer(config, tokenizer)
    return VettedFolder(
        config=config,
        network=network,
        labels=labels,
        multi_label=config.get("problem_type") == _MULTI_LABEL,
        regression=regression,
        tokenizer=vet_tokenizer(files, config),
        weights=weights,
        files=frozenset({CONFIG, *names, *weight_files(saved)}),
        rounding=find_rounding(said, (tensor.kind for tensor in tensors.values())),
    )


def _vet_settings(saved: dict[str, Any]) -> dict[str, Any]:
    """The vetted configuration; if it gives only the number of labels, with the names that transformers makes up."""
    config = vet_config({key: value for key, value in saved.items() if key not in _DROPPED})
    count = saved.get("num_labels")
    if config.get("id2label") is None and type(count) is int and 1 <= count <= _MOST_UNNAMED:
        config["id2label"] = {str(index): f"LABEL_{index}" for index in range(count)}
    return config


def _choose_class(config: Mapping[str, Any]) -> type[PreTrainedModel]:
    kind = MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES.get(config["model_type"])
    named = config.get("architectures") or [kind]
    if kind is None or named != [kind]:
        texts = [shorten(name) for name in named if isinstance(name, str)] if isinstance(named, list) else []
        found = ", ".join(texts[:_NAMED]) or config["model_type"]
        raise UnsupportedModelError(
            f"The folder holds a {shorten(found)}. Of Hugging Face models, Whylight explains sequence classifiers "
            "(AutoModelForSequenceClassification)."
        )
    return getattr(transformers, kind)  # type: ignore[no-any-return]


def _read_labels(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels of `id2label`; without it, two made-up ones, as in transformers."""
    named = config.get("id2label")
    if named is None:
        named = {index: f"LABEL_{index}" for index in range(2)}
    try:
        numbered = {int(index): label for index, label in named.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise CheckpointError("Expected id2label of the model's config.json to map numbers to labels.") from error
    labels = tuple(str(numbered[index]) for index in sorted(numbered))
    if not labels or sorted(numbered) != list(range(len(labels))) or len(numbered) != len(named):
        raise CheckpointError("Expected id2label of the model's config.json to number its labels from 0 on.")
    if len(set(labels)) < len(labels):
        raise CheckpointError("Expected no label twice in id2label of the model's config.json.")
    return labels


def _is_regression(config: Mapping[str, Any], labels: tuple[str, ...]) -> bool:
    """Whether the model predicts a value: one output is one, as in transformers, unless labels are independent."""
    problem = config.get("problem_type")
    if problem == _REGRESSION and len(labels) > 1:
        raise UnsupportedModelError(f"The model gives {len(labels)} values at once. Whylight explains models with one.")
    return problem == _REGRESSION or (len(labels) == 1 and problem != _MULTI_LABEL)


def _rename(name: str) -> str:
    """Today's name of a weight that transformers named otherwise in 2019."""
    old = next((old for old in _OLD_NAMES if name.endswith(old)), None)
    return name if old is None else name.removesuffix(old) + _OLD_NAMES[old]


def _match(
    config: Mapping[str, Any], kind: type[PreTrainedModel], tensors: dict[str, SavedTensor]
) -> dict[str, SavedTensor]:
    """Where each of the network's weights is in the files; weights that its parts share are saved only once."""
    network = describe_network(config, len(tensors), kind)
    for names in _shared_names(network):
        known = next((name for name in names if name in tensors), None)
        if known is not None:
            tensors.update(dict.fromkeys(names, tensors[known]))
    described = {name: tensor.describe() for name, tensor in tensors.items()}
    weights, wanted = Weights(described), network.state_dict()
    for name, tensor in wanted.items():
        weights.expect(name, *tensor.shape)
        if tensors[name].kind.is_floating_point != tensor.is_floating_point():
            raise CheckpointError(f"The model's weights {quote(name)} are saved as another kind of number.")
    check_buffers(network, weights)
    check_memory({name: described[name] for name in wanted})
    return {name: tensors[name] for name in wanted}


def _shared_names(network: nn.Module) -> list[list[str]]:
    names = defaultdict(list)
    for name, parameter in network.named_parameters(remove_duplicate=False):
        names[id(parameter)].append(name)
    return [group for group in names.values() if len(group) > 1]


def _pack_tokenizer(saved: SavedFolder, names: set[str]) -> io.BytesIO:
    check_size(saved.sizes[name] for name in names)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(names):
            archive.writestr(name, saved.read(name, TOKENIZER_LIMIT))
    packed.seek(0)
    return packed


def _take_tokenizer(config: Mapping[str, Any], given: str | Path | None) -> io.BytesIO:
    if given is None:
        raise TokenizerMissingError(
            f"There is no tokenizer beside the {config['model_type']} model. Save it into the same folder with "
            "tokenizer.save_pretrained, or give it along: its tokenizer.json, or a zip of its files."
        )
    return find_tokenizer(config["model_type"], given)
