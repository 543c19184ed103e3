"""A transformer whose word embeddings move: what the encoders share that pool its states into one vector."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from ...errors import AttributionError, EmptyTextError, UnsupportedModelError
from ...texts.passages import Passage, place_inside
from ...texts.tokens import Span, Token
from ...wording import say_error
from ..base import DocumentEncoder, EncodedText, as_kind, join_rows
from ..exclusive import make_exclusive
from .override import make_overridable, overridden
from .subwords import Piece
from .word_table import find_word_table, uninformative_vectors


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EncodedWindows(EncodedText):
    """A text as the subwords of W windows of L places each.

    Attributes:
        slots: [W, L], which of the T tokens stands at each place; -1 for padding.
        looked_up: [W, L, E], the network's own word embeddings.
        inputs: name -> [W, L], what the network is given beside its word embeddings: ids, and masks as a rule.
        lengths: [1], how many ids are no padding, as Flair counts them; None where only the first state is pooled.
        word_ids: [W, L], the word of each place, where Flair tells it.
        shares: [words, N] each, how much each of N states gives to each word, where states become words.
    """

    slots: Tensor
    looked_up: Tensor
    inputs: Mapping[str, Tensor]
    lengths: Tensor | None = None
    word_ids: Tensor | None = None
    shares: tuple[Tensor, ...] = ()


class TransformerEncoder(DocumentEncoder):
    """The word embeddings of a transformer move; ids, positions and masks are held.

    `layers` are those whose states `_embed_document` is given.
    """

    interchangeable = True
    notes: tuple[str, ...] = ()

    def __init__(
        self,
        network: Any,
        tokenizer: PreTrainedTokenizerBase,
        decoder: Callable[[Tensor], Tensor],
        layers: Sequence[int],
    ) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._decoder = decoder
        self._layers = layers
        self._lookup = _find_only_table(network)
        if tokenizer.pad_token_id is None:
            raise UnsupportedModelError("The tokenizer has no padding token, and Flair cannot predict without one.")
        self._lock = threading.RLock()
        make_exclusive(self._lock, network, "forward")
        make_overridable(self._lookup)

    @abstractmethod
    def _embed_document(self, layers: list[Tensor], lengths: Tensor | None) -> Tensor:
        """The chosen layers, each [B, W, L, H], as what the decoder reads."""

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, E] -> [B, C]."""
        windowed = as_kind(encoded, EncodedWindows)
        batch, windows = len(embedded), len(windowed.slots)
        inputs = {name: tensor.repeat(batch, 1) for name, tensor in windowed.inputs.items()}
        vectors = _lay_out(embedded, windowed.slots, windowed.looked_up)
        states = self._run_overridden(vectors, inputs)
        chosen = [states[index][:, : windowed.slots.shape[1]].unflatten(0, (batch, windows)) for index in self._layers]
        return self._decoder(self._embed_document(chosen, windowed.lengths))

    def joins(self, encoded: EncodedText) -> bool:
        """Whether a text can share a pass with others: one window of it, with a mask and without padding."""
        windowed = as_kind(encoded, EncodedWindows)
        return "attention_mask" in windowed.inputs and windowed.slots.shape == (1, len(encoded.tokens))

    def logits_together(self, embedded: Tensor, encoded: Sequence[EncodedText]) -> Tensor:
        """[R, L, E] -> [R, C]: the answer to one version of each of R texts, those shorter than L followed by zeros."""
        windowed = [as_kind(one, EncodedWindows) for one in encoded]
        fills = {"input_ids": self._tokenizer.pad_token_id}
        inputs = {
            name: join_rows([one.inputs[name] for one in windowed], fills.get(name, 0)) for name in windowed[0].inputs
        }
        states = self._run_overridden(embedded, inputs)
        chosen = [states[index][:, None, : embedded.shape[1]] for index in self._layers]
        lengths = [one.lengths for one in windowed if one.lengths is not None]
        return self._decoder(self._embed_document(chosen, torch.cat(lengths) if lengths else None))

    def _run_overridden(self, vectors: Tensor, inputs: dict[str, Tensor]) -> Sequence[Tensor]:
        """The states of all layers, with `vectors` [rows, L, E] in place of the word embeddings."""
        with overridden(self._lookup, vectors, inputs["input_ids"]) as override:
            states = self._run_network(inputs)
        if override.uses != 1:
            raise UnsupportedModelError(
                f"The encoder looks up its word embeddings {override.uses} times, where once was expected."
            )
        return states

    def _run_network(self, inputs: dict[str, Tensor]) -> Sequence[Tensor]:
        """The states of all layers, each [rows, L, H]."""
        with failure_told(inputs["input_ids"]):
            states = self._network(**inputs)[-1]
        if not isinstance(states, tuple) or len({getattr(state, "shape", None) for state in states}) != 1:
            raise UnsupportedModelError(
                f"The layers of {type(self._network).__name__} do not give states of one shape, "
                "and Flair cannot pool others."
            )
        return states

    @cached_property
    def _baseline_vectors(self) -> dict[str, Tensor]:
        return uninformative_vectors(self._lookup, self._tokenizer)


@contextmanager
def failure_told(ids: Tensor) -> Iterator[None]:
    """Within the block a network reads texts with ids [rows, L]; what it raises becomes a sentence.

    Raises:
        AttributionError: the network failed: there are more tokens than positions, or inputs that it misses.
    """
    try:
        yield
    except (IndexError, RuntimeError, ValueError) as error:
        raise AttributionError(
            f"The network cannot read this text of {ids.shape[1]} tokens; a shorter one may do. Its error: "
            f"{say_error(error)}."
        ) from error


def _find_only_table(network: nn.Module) -> nn.Embedding:
    """The table of word embeddings of a network that looks up its words once."""
    lookup = find_word_table(network)
    if getattr(network.config, "is_encoder_decoder", False) and hasattr(network, "decoder"):
        raise UnsupportedModelError(
            f"The encoder {type(network).__name__} looks up its words twice, to encode and to decode them, and they "
            "can be followed only where they are looked up once."
        )
    return lookup


def _lay_out(embedded: Tensor, slots: Tensor, looked_up: Tensor) -> Tensor:
    """[B, T, E] -> [B * W, L, E]: every subword in its windows; padding keeps its own look-up."""
    windows = embedded[:, slots.clamp(min=0)]
    if (slots < 0).any():
        windows = torch.where((slots < 0)[None, :, :, None], looked_up[None].to(embedded.dtype), windows)
    return windows.flatten(0, 1)


def to_tokens(pieces: list[Piece], passage: Passage, unknown: int | None) -> tuple[tuple[Token, ...], tuple[Span, ...]]:
    """Tokens with their characters, and the spans of the words up to the last one that is read.

    Raises:
        EmptyTextError: no subword stands on a word.
    """
    read = 1 + max((piece.word for piece in pieces if piece.word is not None), default=-1)
    tokens = []
    for piece in pieces:
        if piece.word is None:
            tokens.append(Token(piece.text, 0, 0, special=True))
            continue
        length = len(passage.sentence.tokens[piece.word].text)
        place = place_inside(passage.text, passage.spans[piece.word], length, piece.start, piece.end)
        is_unknown = unknown is not None and piece.id == unknown
        tokens.append(Token(piece.text, place.start, place.end, word=piece.word, unknown=is_unknown))
    if all(token.special for token in tokens):
        raise EmptyTextError("The text holds nothing that this model reads. Paste at least one word.")
    return tuple(tokens), passage.spans[:read]
