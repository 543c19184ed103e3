"""Tells which of Flair's models a state belongs to, and refuses by name those that are not explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ....errors import CheckpointError, UnsupportedModelError

EXPLAINED = ("TARSClassifier", "TextClassifier", "TextPairClassifier", "TextPairRegressor", "TextRegressor")

_LONGEST_NAME = 64

# Files of Flair up to 0.11 do not name the model's class; the first of these keys that is present tells it.
_TELLING_KEYS = {
    "biaffine_size": "BiaffineTagger",
    "use_memory": "MentionTagger",
    "tag_format": "SequenceTagger",
    "use_crf": "SequenceTagger",
    "prefix": "TARSTagger",
    "task_specific_attributes": "TARSClassifier",
    "tag_dictionary": "WordTagger",
    "relations_dictionary": "DependencyParser",
    "entity_label_type": "RelationExtractor",
    "span_label_type": "RelationExtractor",
    "word_embeddings": "EntityLinker",
    "char_dict": "Lemmatizer",
    "is_forward_lm": "LanguageModel",
    "input_modality_0_embedding": "SimilarityLearner",
    "model_states": "MultitaskModel",
    "embed_separately": "TextPairClassifier",
    "bi_mode": "TextPairClassifier",
    "multi_label": "TextClassifier",
    "label_dictionary": "TextPairClassifier",
    "document_embeddings": "TextRegressor",
}


def find_kind(state: Mapping[str, Any]) -> str:
    """The name of the state's class, which is one of `EXPLAINED`.

    Raises:
        UnsupportedModelError: another of Flair's models.
        CheckpointError: it is not a model of Flair.
    """
    kind = state.get("__cls__") or next((name for key, name in _TELLING_KEYS.items() if key in state), None)
    is_name = isinstance(kind, str) and len(kind) <= _LONGEST_NAME
    if not is_name or (kind in EXPLAINED and "state_dict" not in state):
        holds_weights = bool(state) and all(isinstance(value, torch.Tensor) for value in state.values())
        found = "the weights of a network alone" if holds_weights else "a dictionary that Flair did not write"
        raise CheckpointError(
            f"The file holds {found}. Upload the .pt file that a Flair TextClassifier's save() wrote."
        )
    if kind not in EXPLAINED:
        raise UnsupportedModelError(f"The file holds a Flair {kind}. Whylight explains Flair's {_name(EXPLAINED)}.")
    return str(kind)


def _name(kinds: tuple[str, ...]) -> str:
    return f"{', '.join(kinds[:-1])} and {kinds[-1]}"
