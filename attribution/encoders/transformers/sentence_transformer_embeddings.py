"""`SentenceTransformerDocumentEmbeddings`, opened without the sentence-transformers package.

Flair records only the model's name, and would download the model. Its weights are in the checkpoint anyway; its
configuration and tokenizer are looked for as those of other encoders are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import flair
import torch
from flair.data import Sentence
from flair.embeddings import DocumentEmbeddings
from flair.embeddings.base import register_embeddings
from torch import Tensor, nn
from torch.nn.functional import normalize
from transformers import PreTrainedModel, PreTrainedTokenizerBase

POOLINGS = ("cls", "max", "mean", "mean_sqrt_len_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How sentence-transformers makes one vector of a text.

    Attributes:
        name: the model's, for display only.
        longest: how many tokens are read at most, special ones included.
        lowercase: whether the text is lowercased before it is tokenized.
        pooling: names among `POOLINGS`; the vectors of several are concatenated.
        normalized: whether the vector is scaled to a length of one.
    """

    name: str
    longest: int
    lowercase: bool = False
    pooling: tuple[str, ...] = ("mean",)
    normalized: bool = False


@register_embeddings
class SentenceTransformerDocument(DocumentEmbeddings):
    """A transformer whose states are pooled; its weights have the names that sentence-transformers gives them."""

    def __init__(self, network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, settings: Settings) -> None:
        self.name = f"sentence-transformers-{settings.name}"
        self.static_embeddings = True
        super().__init__()
        self.base_model_name = settings.name
        self.tokenizer = tokenizer
        self.settings = settings
        encoder = nn.Module()
        encoder.auto_model = network
        self.model = nn.Sequential(encoder)
        self.register_load_state_dict_pre_hook(_rename_weights)  # type: ignore[no-untyped-call]
        self.to(flair.device)
        self.eval()

    @property
    def network(self) -> PreTrainedModel:
        """The transformer."""
        return cast(PreTrainedModel, self.model[0].auto_model)

    @property
    def embedding_length(self) -> int:
        """How long the vector of a text is."""
        return int(self.network.config.hidden_size) * len(self.settings.pooling)

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> SentenceTransformerDocument:
        """What Flair's `load_embeddings` calls: the parameters are the constructor's."""
        return cls(**params)

    def read(self, sentence: Sentence) -> str:
        """The text as it is tokenized."""
        text = sentence.to_plain_string().strip()
        return text.lower() if self.settings.lowercase else text

    def tokenize(self, text: str, **options: Any) -> Mapping[str, Any]:
        """What the tokenizer makes of one text."""
        return cast(
            "Mapping[str, Any]", self.tokenizer([text], truncation=True, max_length=self.settings.longest, **options)
        )

    def pool(self, states: Tensor) -> Tensor:
        """[B, L, H] -> [B, D]; none of the L tokens is padding."""
        pooled = [_pool(states, pooling) for pooling in self.settings.pooling]
        document = torch.cat(pooled, dim=-1)
        return normalize(document, dim=-1) if self.settings.normalized else document

    def _add_embeddings_internal(self, sentences: Sequence[Sentence]) -> Sequence[Sentence]:
        with torch.no_grad():
            for sentence in sentences:
                inputs = {
                    name: torch.tensor(values, device=flair.device)
                    for name, values in self.tokenize(self.read(sentence)).items()
                }
                sentence.set_embedding(self.name, self.pool(self.network(**inputs).last_hidden_state)[0])
        return sentences


def _pool(states: Tensor, pooling: str) -> Tensor:
    if pooling == "cls":
        return states[:, 0]
    if pooling == "max":
        return states.amax(dim=1)
    total = states.sum(dim=1)
    return total / (states.shape[1] if pooling == "mean" else states.shape[1] ** 0.5)


def _rename_weights(_: nn.Module, weights: dict[str, Tensor], prefix: str, *__: object) -> None:
    """sentence-transformers 5 calls the network `model`, the releases before it `auto_model`.

    Old releases of transformers saved the position ids as well, which are no weights.
    """
    for name in [name for name in weights if name.startswith(prefix)]:
        tensor = weights.pop(name)
        if not name.endswith("position_ids"):
            weights[name.replace(f"{prefix}model.0.model.", f"{prefix}model.0.auto_model.", 1)] = tensor
