"""Sequence classifiers of Hugging Face: one transformer reads the text as it stands, its head gives the logits."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import flair
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ...errors import AttributionError, EmptyTextError, UnsupportedModelError
from ...texts.passages import read_sentence
from ...texts.tokens import Token
from ..base import EncodedText, TextEncoder, as_kind, baselines_from, find_unread, join_rows
from ..exclusive import make_exclusive
from .base import failure_told
from .override import make_overridable, overridden
from .subwords import split_text
from .word_table import find_word_table, uninformative_vectors


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EncodedInputs(EncodedText):
    """A text as the tokenizer gives it; `inputs`, name -> [1, T], are all that the network is given, ids included."""

    inputs: Mapping[str, Tensor]


class HuggingFaceEncoder(TextEncoder):
    """The word embeddings of a transformer move; ids, positions, masks and what else the tokenizer gives are held."""

    interchangeable = True
    notes: tuple[str, ...] = ()

    def __init__(self, network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        """`network` is a sequence classifier; `tokenizer` knows how much of a text it reads."""
        if not tokenizer.is_fast:
            raise UnsupportedModelError("A slow tokenizer does not report which characters its subwords stand for.")
        self._network = network
        self._tokenizer = tokenizer
        self._lookup = find_word_table(network)
        self._twins = [
            module
            for module in network.modules()
            if isinstance(module, nn.Embedding) and module is not self._lookup and module.weight is self._lookup.weight
        ]
        self._lock = threading.RLock()
        make_exclusive(self._lock, network, "forward")
        make_overridable(self._lookup)
        for twin in self._twins:
            make_overridable(twin, twin_of=self._lookup)

    def encode(self, text: str) -> EncodedText:
        """Tokenize one text as transformers does.

        Raises:
            EmptyTextError: nothing in the text that the network reads.
        """
        _, spans = read_sentence(text)
        encoding, whole = self._tokenize(text)
        pieces = split_text(encoding, spans)
        tokens = tuple(
            Token(piece.text, 0, 0, special=True)
            if piece.word is None
            else Token(
                piece.text,
                spans[piece.word].start + piece.start,
                spans[piece.word].start + piece.end,
                word=piece.word,
                unknown=piece.id == self._tokenizer.unk_token_id,
            )
            for piece in pieces
        )
        if all(token.special for token in tokens):
            raise EmptyTextError("The text holds nothing that this model reads. Paste at least one word.")
        inputs = {
            name: torch.tensor(encoding[name], device=flair.device)
            for name in self._tokenizer.model_input_names
            if name in encoding
        }
        with torch.no_grad():
            embedded = self._lookup(inputs["input_ids"])
        return EncodedInputs(
            text=text,
            tokens=tokens,
            spans=spans[: 1 + max(token.word for token in tokens if token.word is not None)],
            embedded=embedded,
            baselines=baselines_from(self._baseline_vectors, embedded, tokens),
            unread=find_unread(tokens, text) if len(pieces) < whole else (),
            inputs=inputs,
        )

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, E] -> [B, C]."""
        inputs = as_kind(encoded, EncodedInputs).inputs
        return self._run_overridden(
            embedded, {name: tensor.repeat(len(embedded), 1) for name, tensor in inputs.items()}
        )

    def joins(self, encoded: EncodedText) -> bool:
        """Whether a text can share a pass with others: there is a mask, and a token for padding."""
        return "attention_mask" in as_kind(encoded, EncodedInputs).inputs and self._tokenizer.pad_token_id is not None

    def logits_together(self, embedded: Tensor, encoded: Sequence[EncodedText]) -> Tensor:
        """[R, L, E] -> [R, C]: the answer to one version of each of R texts, those shorter than L followed by zeros."""
        given = [as_kind(one, EncodedInputs).inputs for one in encoded]
        fills = {"input_ids": self._tokenizer.pad_token_id, "token_type_ids": self._tokenizer.pad_token_type_id}
        return self._run_overridden(
            embedded,
            {name: join_rows([one[name] for one in given], fills.get(name, 0)) for name in given[0]},
        )

    def _run_overridden(self, embedded: Tensor, inputs: dict[str, Tensor]) -> Tensor:
        """[B, L, E] -> [B, C], with these vectors for the words."""
        with overridden(self._lookup, embedded, inputs["input_ids"]) as override:
            logits = self._run(inputs)
        expected = 2 if self._network.config.is_encoder_decoder else 1
        if override.uses != expected:
            raise UnsupportedModelError(
                f"{type(self._network).__name__} looks up its word embeddings {override.uses} times, where {expected} "
                "was expected, so no word can be followed."
            )
        return logits

    def predict_itself(self, texts: Sequence[str]) -> Tensor:
        """[B, C], by a plain call of transformers: its tokenizer, its network, and nothing of ours between."""
        with self._lock, torch.no_grad():
            self._forget_texts()
            inputs = self._tokenizer(
                list(texts), truncation=True, padding="longest" if len(texts) > 1 else False, return_tensors="pt"
            )
            return cast(Tensor, self._network(**inputs.to(flair.device), return_dict=True).logits)

    def describe(self) -> Mapping[str, object]:
        """Facts for a reader: what the network is and how much it reads."""
        config, longest = self._network.config, self._tokenizer.model_max_length
        return {
            "Encoder": config.model_type,
            "Layers": getattr(config, "num_hidden_layers", None),
            "Hidden size": getattr(config, "hidden_size", None),
            "Vocabulary": self._lookup.num_embeddings,
            "Maximum length": "unlimited" if longest >= UNLIMITED else f"{longest} tokens",
            "Longer texts": None if longest >= UNLIMITED else "cut off",
        }

    def _tokenize(self, text: str) -> tuple[Any, int]:
        """The encoding of what the network reads, and how many tokens the whole text has."""
        with self._lock:
            encoding = self._tokenizer(
                [text], truncation=True, return_offsets_mapping=True, return_special_tokens_mask=True
            )
            whole = len(self._tokenizer(text)["input_ids"])
        if len(encoding["input_ids"][0]) < whole and self._tokenizer.truncation_side == "left":
            raise AttributionError(
                f"The text has {whole} tokens, and this model reads the last {len(encoding['input_ids'][0])} of them. "
                "Shorten it."
            )
        return encoding, whole

    def _run(self, inputs: Mapping[str, Tensor]) -> Tensor:
        with failure_told(inputs["input_ids"]), self._lock:
            self._forget_texts()
            return cast(Tensor, self._network(**inputs, return_dict=True).logits)

    def _forget_texts(self) -> None:
        """Reset BigBird, which reads a long text differently once it has read a short one."""
        network: Any = self._network.base_model
        if hasattr(network, "set_attention_type"):
            network.set_attention_type(network.config.attention_type)

    @cached_property
    def _baseline_vectors(self) -> dict[str, Tensor]:
        return uninformative_vectors(self._lookup, self._tokenizer)


UNLIMITED = 10**9
"""A tokenizer whose `model_max_length` is at least this has no limit."""
