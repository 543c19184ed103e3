"""Vets the states of Flair's text models: one function per kind, which returns what can be passed to Flair's `load`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ....errors import CheckpointError, UnsupportedModelError
from ....lazy import import_by_name
from ....supported.embeddings import DOCUMENT_EMBEDDINGS
from ....supported.releases import Release
from ....wording import quote
from ...legacy import translate_embeddings
from ...pickles.incomplete_weights import refuse_unmerged
from ...pickles.stand_ins import modules_of
from ..embeddings.stack import read_class
from ..entries import Entries
from ..plain import check_dropout, to_plain
from ..sizes.memory import check_memory
from ..sizes.weights import Weights, check_numbers, embeddings_weights
from .decoder import vet_decoder
from .labels import vet_labels

_Given = str | Path | None
_Tensors = dict[str, torch.Tensor]

_CLASSIFIER_KEYS = {
    "dropout",
    "inverse_model",
    "label_type",
    "locked_dropout",
    "loss_weights",
    "model_card",
    "multi_label",
    "multi_label_threshold",
    "train_on_gold_pairs_only",
    "weight_dict",
    "word_dropout",
}
_INNER = "tars_model."
_VETTING = "attribution.opening.vetting.embeddings"


@dataclass(frozen=True, slots=True)
class Vetted:
    """A state that can be passed to the `load` of the Flair class that it names, once its dictionaries are built.

    `release` is the one that saved it; `found_tokenizer` is True if the tokenizer was not in the file.
    """

    state: dict[str, Any]
    release: Release
    found_tokenizer: bool


def vet_classifier(state: Mapping[str, Any], tokenizer: _Given) -> Vetted:
    """The state of a `TextClassifier`."""
    document = _vet_document(state, tokenizer)
    labels = vet_labels(_need(state, "label_dictionary"))
    vetted = {
        **_take_settings(state, _CLASSIFIER_KEYS),
        **_vet_own_decoder(state, document.weights, labels),
        "__cls__": "TextClassifier",
        "state_dict": document.weights,
        "label_dictionary": labels,
        "document_embeddings": document.parameters,
    }
    return Vetted(vetted, document.release, document.found_tokenizer)


def vet_pair(state: Mapping[str, Any], tokenizer: _Given) -> Vetted:
    """The state of a `TextPairClassifier`; in Flair 0.4 to 0.8 a `PairClassifier` that embeds each text on its own."""
    document = _vet_document(state, tokenizer)
    labels = vet_labels(_need(state, "label_dictionary"))
    vetted = {
        **_take_settings(state, _CLASSIFIER_KEYS - {"loss_weights", "weight_dict"}),
        **_vet_own_decoder(state, document.weights, labels),
        "__cls__": "TextPairClassifier",
        "state_dict": {
            _name_today(name): tensor
            for name, tensor in document.weights.items()
            if not name.startswith("loss_function.")
        },
        "label_dictionary": labels,
        "document_embeddings": document.parameters,
        "embed_separately": bool(state.get("embed_separately", state.get("bi_mode", True))),
    }
    release = replace(document.release, joins_plain="bi_mode" in state)
    return Vetted(vetted, release, document.found_tokenizer)


def vet_pair_regressor(state: Mapping[str, Any], tokenizer: _Given) -> Vetted:
    """The state of a `TextPairRegressor`."""
    document = _vet_document(state, tokenizer)
    vetted = {
        **_take_plain(state, {"dropout", "label_type", "locked_dropout", "model_card", "word_dropout"}),
        **_vet_own_decoder(state, document.weights, Entries([], {})),
        "__cls__": "TextPairRegressor",
        "state_dict": document.weights,
        "document_embeddings": document.parameters,
        "embed_separately": bool(state.get("embed_separately")),
    }
    return Vetted(vetted, document.release, document.found_tokenizer)


def vet_tars(state: Mapping[str, Any], tokenizer: _Given) -> Vetted:
    """The state of a `TARSClassifier`: its network, and the labels of its current task."""
    network = dict(modules_of(state.get("tars_model")))
    embeddings = state.get("tars_embeddings", network.get("document_embeddings", network.get("embeddings")))
    inner = {name.removeprefix(_INNER): tensor for name, tensor in _vet_weights(state["state_dict"]).items()}
    document = _vet_document({"document_embeddings": embeddings, "state_dict": inner}, tokenizer)
    if document.parameters["__cls__"] != "TransformerDocumentEmbeddings":
        raise UnsupportedModelError("The TARSClassifier does not read its text through a transformer.")
    Weights(document.weights).expect_linear("decoder", None, 2)
    vetted = {
        **_take_plain(state, {"model_card"}),
        **_vet_task(state),
        "__cls__": "TARSClassifier",
        "state_dict": {_INNER + _name_today(name): tensor for name, tensor in document.weights.items()},
        "num_negative_labels_to_sample": None,
        "tars_embeddings": document.parameters,
    }
    return Vetted(vetted, _read_labels_as(state, document.release), document.found_tokenizer)


def _vet_task(state: Mapping[str, Any]) -> dict[str, Any]:
    """The current task and no other; no task at all where the model was saved without a current one."""
    tasks, current = state.get("task_specific_attributes"), state.get("current_task")
    if current is None:
        return {"current_task": None, "task_specific_attributes": {}}
    if not isinstance(tasks, Mapping) or not isinstance(current, str) or not isinstance(tasks.get(current), Mapping):
        raise CheckpointError("Expected the current task of the TARSClassifier among its tasks. The file is damaged.")
    task = tasks[current]
    labels, label_type = vet_labels(task.get("label_dictionary")), task.get("label_type")
    name = label_type if isinstance(label_type, str) and label_type else "label"
    attributes = {
        "label_dictionary": labels,
        "label_type": name,
        "multi_label": bool(task.get("multi_label", True)),
    }
    return {
        "current_task": current,
        "task_specific_attributes": {current: attributes},
        "label_dictionary": labels,
        "label_type": name,
    }


def _read_labels_as(state: Mapping[str, Any], release: Release) -> Release:
    """The release, with its way of putting a label before a text; up to 0.8 a state has a classifier's keys as well."""
    up_to_0_8 = "multi_label" in state
    tasks = state.get("task_specific_attributes", {}).values()
    is_0_9 = not up_to_0_8 and any("multi_label" not in task for task in tasks)
    return replace(release, begins_after_separator=not up_to_0_8, cleans_labels=not is_0_9)


def vet_regressor(state: Mapping[str, Any], tokenizer: _Given) -> Vetted:
    """The state of a `TextRegressor`."""
    document = _vet_document(state, tokenizer)
    Weights(document.weights).expect("decoder.weight", 1, None)
    name = state.get("label_name")
    vetted = {
        **_take_plain(state, {"model_card"}),
        "__cls__": "TextRegressor",
        "state_dict": document.weights,
        "label_name": name if isinstance(name, str) else "value",  # a method of its class in Flair 0.11
        "document_embeddings": document.parameters,
    }
    return Vetted(vetted, document.release, document.found_tokenizer)


@dataclass(frozen=True, slots=True)
class _Document:
    """Document embeddings, with all weights of the model under today's names."""

    parameters: dict[str, Any]
    weights: _Tensors
    release: Release
    found_tokenizer: bool


def _vet_document(state: Mapping[str, Any], tokenizer: _Given) -> _Document:
    translated = translate_embeddings(_need(state, "document_embeddings"))
    weights = translated.complete(_vet_weights(state["state_dict"]))
    own = embeddings_weights(weights)
    check_memory(weights)
    check_numbers(weights)
    saved = translated.parameters
    if not isinstance(saved, Mapping):
        raise CheckpointError(f"Expected the embeddings' parameters, got {type(saved).__name__}.")
    kind = read_class(saved)
    if kind not in DOCUMENT_EMBEDDINGS:
        raise UnsupportedModelError(
            f"The classifier reads its text through {kind}. Whylight explains {', '.join(sorted(DOCUMENT_EMBEDDINGS))}."
        )
    parameters = import_by_name(_VETTING, DOCUMENT_EMBEDDINGS[kind].vetting)(saved, own, tokenizer)
    found_tokenizer = "config_state_dict" in saved and saved.get("tokenizer_data") is None
    return _Document(parameters, weights, translated.release, found_tokenizer)


def _vet_weights(weights: Any) -> _Tensors:
    if isinstance(weights, Mapping):
        refuse_unmerged(name for name in weights if isinstance(name, str))
    if not isinstance(weights, Mapping) or not all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor) for name, tensor in weights.items()
    ):
        raise CheckpointError("Expected names and tensors under 'state_dict'. The file is damaged.")
    return dict(weights)


def _vet_own_decoder(state: Mapping[str, Any], weights: _Tensors, labels: Entries) -> dict[str, Any]:
    if state.get("decoder") is None:
        Weights(weights).expect_linear("decoder", None, len(labels) or 1)  # a regressor has no labels, and one value
        return {}
    return {"decoder": vet_decoder(state["decoder"], Weights(weights, "decoder."), labels)}


def _name_today(name: str) -> str:
    """Up to Flair 0.11 the embeddings of a classifier were its `document_embeddings`."""
    before, old, after = name.partition("document_embeddings.")
    return f"embeddings.{after}" if old and not before else name


def _take_settings(state: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    taken = _take_plain(state, keys)
    threshold = taken.get("multi_label_threshold")
    limits = threshold if isinstance(threshold, dict) else {"default": threshold}
    if threshold is not None and ("default" not in limits or not all(map(_is_number, limits.values()))):
        raise CheckpointError(f"Expected a threshold, or one for each label and a default, got {quote(threshold)}.")
    return taken


def _is_number(value: Any) -> bool:
    return isinstance(value, (float, int)) and not isinstance(value, bool)


def _take_plain(state: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    for key in keys & state.keys():
        check_dropout(key, state[key])
    return {key: to_plain(state[key], key) for key in sorted(keys & state.keys())}


def _need(state: Mapping[str, Any], key: str) -> Any:
    if state.get(key) is None:
        raise CheckpointError(f"The file holds a Flair model without {key}. It is damaged.")
    return state[key]
