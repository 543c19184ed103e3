"""Translates embeddings that old releases pickled as whole objects into the parameters that today's Flair writes.

The objects come as inert stand-ins. Nearly all of their weights are in the classifier's state dictionary as well, so
mostly only their settings are taken from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from ...supported.releases import TODAY, Release
from ..pickles.stand_ins import StandIn, modules_of, state_of
from .nesting import check_nesting
from .sentence_transformer import translate_sentence_transformer
from .transformer import translate_transformer
from .words import release_of_words, renamed_words, translate_document

_WHOLE = ("TARSClassifier", "TextClassifier", "TextPairClassifier", "TextRegressor")

__all__ = ["Translated", "translate_embeddings", "unwrap_state"]


@dataclass(frozen=True, slots=True)
class Translated:
    """Old document embeddings in today's form.

    Attributes:
        parameters: as today's Flair writes them.
        release: how the release that saved them read a text.
        lacking: weights that the state dictionary lacks, by their name in it.
        renamed: prefixes of names in the state dictionary -> what they are called today.
    """

    parameters: Any
    release: Release = TODAY
    lacking: dict[str, torch.Tensor] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    def complete(self, weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The state dictionary with today's names, and with the weights that it lacks."""
        completed = {}
        for name, tensor in weights.items():
            prefix = next((prefix for prefix in self.renamed if name.startswith(prefix)), "")
            completed[self.renamed.get(prefix, "") + name.removeprefix(prefix)] = tensor
        return {**completed, **self.lacking}


def translate_embeddings(saved: Any) -> Translated:
    """Translate pickled embeddings; anything but a stand-in is in today's form already, and is returned unchanged."""
    if not isinstance(saved, StandIn):
        return Translated(saved)
    check_nesting(saved)
    if saved.name == "TransformerDocumentEmbeddings":
        return Translated(*translate_transformer(saved))
    if saved.name == "SentenceTransformerDocumentEmbeddings":
        return Translated(translate_sentence_transformer(saved))
    parameters, lacking = translate_document(saved)
    under = "document_embeddings."
    return Translated(
        parameters,
        release_of_words(saved),
        lacking={under + name: tensor for name, tensor in lacking.items()},
        renamed={under + was: under + now for was, now in renamed_words(saved).items()},
    )


def unwrap_state(saved: Any) -> Any:
    """The dictionary that Flair's `save()` writes, taken out of a trainer or a classifier that was pickled whole."""
    if isinstance(saved, StandIn) and saved.name == "ModelTrainer":
        saved = state_of(saved).get("model")
    if not isinstance(saved, StandIn) or saved.name not in _WHOLE:
        return saved
    check_nesting(saved)
    # `save()` writes each key from the attribute of this name, which in some releases begins with an underscore.
    state = {name.removeprefix("_"): value for name, value in state_of(saved).items()}
    modules = dict(modules_of(saved))
    state["document_embeddings"] = modules.get("document_embeddings", modules.get("embeddings"))
    state["tars_model"] = modules.get("tars_model")
    state["decoder"] = modules.get("decoder") if state.get("custom_decoder") else None
    state.pop("loss_weights", None)  # a tensor, made of the weights of the labels
    return {**state, "__cls__": saved.name, "state_dict": dict(_weights_of(saved))}


def _weights_of(saved: StandIn, prefix: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """What torch's `state_dict()` of a saved module would have given."""
    state = state_of(saved)
    for store in ("_parameters", "_buffers"):
        for name, tensor in (state.get(store) or {}).items():
            if isinstance(tensor, torch.Tensor):
                yield prefix + name, tensor
    for name, module in modules_of(saved):
        yield from _weights_of(module, f"{prefix}{name}.")
