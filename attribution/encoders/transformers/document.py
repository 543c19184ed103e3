"""`TransformerDocumentEmbeddings`: one transformer reads the whole text, its token states are pooled."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

import flair
import torch
from flair.embeddings import TransformerDocumentEmbeddings
from torch import Tensor, nn

from ...errors import AttributionError, EmptyTextError, UnsupportedModelError
from ...releases import TODAY, Release
from ...texts.passages import Passage, place_inside
from ...texts.tokens import Span, Token
from ..base import DocumentEncoder, EncodedText, Network, baselines_from, join_rows
from ..exclusive import make_exclusive
from .override import make_overridable, overridden
from .subwords import Piece, split_joined, split_words
from .word_table import find_word_table, uninformative_vectors

_MOST_WINDOWS = 64


class TransformerDocumentEncoder(DocumentEncoder):
    """The word embeddings of a transformer move; ids, positions and masks are held.

    Layers, pooling and windows follow Flair 0.15.1, `flair/embeddings/transformer.py`, `TransformerEmbeddings.forward`;
    `explain` compares the outcome with `predict()` each time.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, classifier: Network, release: Release = TODAY) -> None:
        self._classifier = classifier
        self._release = release
        self._embeddings = cast(TransformerDocumentEmbeddings, classifier.embeddings)
        self._lookup = _find_only_table(self._embeddings.model)
        if self._embeddings.tokenizer.pad_token_id is None:
            raise UnsupportedModelError("The tokenizer has no padding token, and without one Flair predicts nothing.")
        self._lock = threading.RLock()
        make_exclusive(self._lock, self._embeddings, "prepare_tensors")
        make_exclusive(self._lock, self._embeddings.model, "forward")
        make_overridable(self._lookup)
        if release.initial_cls is not None:
            self._embeddings.initial_cls_token = release.initial_cls

    def encode_passage(self, passage: Passage) -> EncodedText:
        """Tokenize one text as Flair does.

        Raises:
            EmptyTextError: nothing in the text that the network reads.
            UnsupportedModelError: the tokenizer's subwords cannot be traced back to the text.
        """
        sentence = passage.sentence
        with self._lock:
            split = split_joined if self._release.joined else split_words
            rows = self._read_rows(split(self._embeddings, sentence))
            whole = split(self._embeddings, sentence, truncate=False)[0]
            if self._release.joined:
                tensors = self._join_tensors(rows, sum(piece.word is not None for piece in whole))
            else:
                tensors = self._embeddings.prepare_tensors([sentence])
        ids = tensors.pop("input_ids")[: len(rows)]
        if ids.tolist() != [[piece.id for piece in row] for row in rows]:
            raise UnsupportedModelError("The tokenizer's subwords cannot be traced back to the text.")
        slots, pieces = _number_pieces(rows)
        tokens, spans = _to_tokens(pieces, passage, self._embeddings.tokenizer.unk_token_id)
        if all(token.special for token in tokens):
            raise EmptyTextError("The text holds nothing that this model reads. Paste at least one word.")
        with torch.no_grad():
            looked_up = self._lookup(ids)
        embedded = torch.stack([looked_up[row, column] for row, column in _first_places(slots)])[None]
        held = {name: tensor[: len(rows)] for name, tensor in tensors.items()}
        return EncodedText(
            text=passage.text,
            tokens=tokens,
            spans=spans,
            embedded=embedded,
            baselines=baselines_from(self._baseline_vectors, embedded, tokens),
            truncated_at=_truncated_at(pieces, whole, tokens),
            held={**held, "input_ids": ids, "slots": slots.to(ids.device), "looked_up": looked_up},
        )

    def logits(self, embedded: Tensor, encoded: EncodedText) -> Tensor:
        """[B, T, E] -> [B, C]."""
        held = encoded.held
        batch, windows = len(embedded), len(held["input_ids"])
        repeated = {
            name: held[name].repeat(batch, *[1] * (held[name].dim() - 1))
            for name in ("input_ids", "attention_mask", "langs")
            if name in held
        }
        vectors = _lay_out(embedded, held["slots"], held["looked_up"])
        states = self._run_overridden(vectors, repeated)
        chosen = [
            states[index][:, : held["input_ids"].shape[1]].unflatten(0, (batch, windows))
            for index in self._embeddings.layer_indexes
        ]
        return self._classifier.decoder(self._embed_document(chosen, held.get("sub_token_lengths")))

    def joins(self, encoded: EncodedText) -> bool:
        """Whether a text can share a pass with others: one window of it, with a mask and without padding."""
        held = encoded.held
        return held.keys() >= {"input_ids", "attention_mask"} and held["input_ids"].shape == (1, len(encoded.tokens))

    def logits_together(self, embedded: Tensor, encoded: Sequence[EncodedText]) -> Tensor:
        """[R, L, E] -> [R, C]: the answer to one version of each of R texts, those shorter than L followed by zeros."""
        fills = {"input_ids": self._embeddings.tokenizer.pad_token_id, "attention_mask": 0, "langs": 0}
        inputs = {
            name: join_rows([one.held[name] for one in encoded], fill)
            for name, fill in fills.items()
            if name in encoded[0].held
        }
        states = self._run_overridden(embedded, inputs)
        chosen = [states[index][:, None, : embedded.shape[1]] for index in self._embeddings.layer_indexes]
        lengths = (
            torch.cat([one.held["sub_token_lengths"] for one in encoded])
            if "sub_token_lengths" in encoded[0].held
            else None
        )
        return self._classifier.decoder(self._embed_document(chosen, lengths))

    def _run_overridden(self, vectors: Tensor, inputs: dict[str, Tensor]) -> Sequence[Tensor]:
        """The states of all layers where `vectors` [rows, L, E] stand for the words."""
        with overridden(self._lookup, vectors, inputs["input_ids"]) as override:
            states = self._run_network(inputs)
        if override.uses != 1:
            raise UnsupportedModelError(
                f"The encoder looks up its word embeddings {override.uses} times, where once was expected."
            )
        return states

    def _join_tensors(self, rows: list[list[Piece]], subwords: int) -> dict[str, Tensor]:
        """What `prepare_tensors` gives, for a release that tokenized the joined words into so many subwords."""
        ids = torch.tensor([[piece.id for piece in row] for row in rows], device=flair.device)
        attended = torch.tensor([[not piece.padding for piece in row] for row in rows], device=flair.device)
        tensors = {"input_ids": ids, "attention_mask": attended.long()}
        if not (self._embeddings.cls_pooling == "cls" and self._embeddings.initial_cls_token):
            # 0.11 pools one place more than the whole text has subwords, even where the text is cut off.
            length = len(rows[0]) if self._release.pools_final_special else subwords + 1
            tensors["sub_token_lengths"] = torch.tensor([min(length, sum(map(len, rows)))])
        return tensors

    def _embed_document(self, layers: list[Tensor], lengths: Tensor | None) -> Tensor:
        """The chosen layers, each [B, W, L, H] -> [B, H] or, for several without their mean, [B, layers * H]."""
        if not self._embeddings.layer_mean:
            return torch.cat([self._pool(layer, lengths) for layer in layers], dim=-1)
        if self._release.pools_each_layer:
            return torch.stack([self._pool(layer, lengths) for layer in layers]).mean(dim=0)
        return self._pool(torch.stack(layers).mean(dim=0), lengths)

    def _run_network(self, inputs: dict[str, Tensor]) -> Sequence[Tensor]:
        """The states of all layers, each [rows, L, H]."""
        try:
            states = self._embeddings.model(**inputs)[-1]
        except (IndexError, RuntimeError, ValueError) as error:  # more tokens than positions, inputs that are missing
            reason = str(error).partition("\n")[0]
            raise AttributionError(
                f"The network cannot read this text of {inputs['input_ids'].shape[1]} tokens; a shorter one may do. "
                f"Its error: {reason}"
            ) from error
        if not isinstance(states, tuple) or len({getattr(state, "shape", None) for state in states}) != 1:
            raise UnsupportedModelError(
                f"The layers of {type(self._embeddings.model).__name__} give no states that are alike in shape, "
                "and Flair cannot pool others."
            )
        return states

    def describe(self) -> dict[str, object]:
        """Facts for a reader: what the encoder is and how its states become one vector."""
        embeddings, config = self._embeddings, self._embeddings.model.config
        return {
            "Encoder": embeddings.base_model_name,
            "Encoder architecture": type(embeddings.model).__name__,
            "Layers": getattr(config, "num_hidden_layers", None),
            "Hidden size": getattr(config, "hidden_size", None),
            "Vocabulary": getattr(config, "vocab_size", None),
            "Maximum length": f"{embeddings.tokenizer.model_max_length} tokens" if embeddings.truncate else "unlimited",
            "Longer texts": "read in overlapping windows" if embeddings.allow_long_sentences else "cut off",
            "Pooling": embeddings.cls_pooling,
            "Pooled layers": ", ".join(map(str, embeddings.layer_indexes))
            + (" (mean)" if embeddings.layer_mean else ""),
        }

    def _read_rows(self, rows: list[list[Piece]]) -> list[list[Piece]]:
        """The windows that reach the decoder: pooling an initial CLS token leaves out all but the first."""
        if self._embeddings._can_document_embedding_shortcut():
            return rows[:1]
        if len(rows) > _MOST_WINDOWS:
            raise AttributionError(
                f"The text fills {len(rows)} windows of this model; at most {_MOST_WINDOWS} are explained. Shorten it."
            )
        return rows

    @cached_property
    def _baseline_vectors(self) -> dict[str, Tensor]:
        return uninformative_vectors(self._lookup, self._embeddings.tokenizer)

    def _pool(self, hidden: Tensor, lengths: Tensor | None) -> Tensor:
        """[B, W, L, H] -> [B, H]. `lengths`, [1] or [B], counts the ids that are no padding, as Flair does."""
        if lengths is None:
            return hidden[:, 0, 0]
        states = self._join_windows(hidden)
        if (lengths != lengths[0]).any():
            return self._pool_each(states, lengths)
        length = int(lengths[0])
        if self._embeddings.cls_pooling == "cls":
            return states[:, 0] if self._embeddings.initial_cls_token else states[:, length - 1]
        if self._embeddings.cls_pooling == "mean":
            return states[:, :length].mean(dim=1)
        return states[:, :length].max(dim=1).values

    def _pool_each(self, states: Tensor, lengths: Tensor) -> Tensor:
        """[B, N, H] -> [B, H], each row to its own length [B]."""
        lengths = lengths.to(states.device)
        if self._embeddings.cls_pooling == "cls":
            places = torch.zeros_like(lengths) if self._embeddings.initial_cls_token else lengths - 1
            return states[torch.arange(len(states), device=states.device), places]
        beyond = (torch.arange(states.shape[1], device=states.device) >= lengths[:, None])[..., None]
        if self._embeddings.cls_pooling == "mean":
            return states.masked_fill(beyond, 0.0).sum(dim=1) / lengths[:, None]
        return states.masked_fill(beyond, -torch.inf).amax(dim=1)

    def _join_windows(self, hidden: Tensor) -> Tensor:
        """[B, W, L, H] -> [B, N, H], half of each overlap from either side (Flair's `combine_strided_tensors`)."""
        if hidden.shape[1] == 1:
            return hidden[:, 0]
        longest, half = self._embeddings.tokenizer.model_max_length, self._embeddings.stride // 2
        middle = hidden[:, :, half + 1 : longest - 1 - half].flatten(1, 2)
        return torch.cat([hidden[:, 0, : half + 1], middle, hidden[:, -1, longest - half - 1 :]], dim=1)


def _find_only_table(network: nn.Module) -> nn.Embedding:
    """The table of word embeddings of a network that looks up its words once."""
    lookup = find_word_table(network)
    if getattr(network.config, "is_encoder_decoder", False) and hasattr(network, "decoder"):
        raise UnsupportedModelError(
            f"The encoder {type(network).__name__} looks up its words twice, to encode and to decode them, and only "
            "once can they be followed."
        )
    return lookup


def _number_pieces(rows: list[list[Piece]]) -> tuple[Tensor, list[Piece]]:
    """Give each subword one number, though windows overlap: slots [W, L], -1 for padding, and the pieces in order."""
    numbers: dict[Any, int] = {}
    pieces: list[Piece] = []
    slots: list[list[int]] = []
    for window, row in enumerate(rows):
        slots.append([])
        for column, piece in enumerate(row):
            key = (window, column) if piece.place is None else piece.place
            if not piece.padding and key not in numbers:
                numbers[key] = len(pieces)
                pieces.append(piece)
            slots[-1].append(-1 if piece.padding else numbers[key])
    return torch.tensor(slots), pieces


def _first_places(slots: Tensor) -> list[tuple[int, int]]:
    """Where each numbered subword stands first: (row, column) in the order of the numbers."""
    places: dict[int, tuple[int, int]] = {}
    for row, columns in enumerate(slots.tolist()):
        for column, slot in enumerate(columns):
            if slot >= 0:
                places.setdefault(slot, (row, column))
    return [places[slot] for slot in range(len(places))]


def _lay_out(embedded: Tensor, slots: Tensor, looked_up: Tensor) -> Tensor:
    """[B, T, E] -> [B * W, L, E]: every subword in its windows; padding keeps its own look-up."""
    windows = embedded[:, slots.clamp(min=0)]
    if (slots < 0).any():
        windows = torch.where((slots < 0)[None, :, :, None], looked_up[None].to(embedded.dtype), windows)
    return windows.flatten(0, 1)


def _to_tokens(
    pieces: list[Piece], passage: Passage, unknown: int | None
) -> tuple[tuple[Token, ...], tuple[Span, ...]]:
    """Tokens with their characters, and the spans of the words up to the last one that is read."""
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
    return tuple(tokens), passage.spans[:read]


def _truncated_at(pieces: list[Piece], whole: list[Piece], tokens: tuple[Token, ...]) -> int | None:
    read = [(piece.word, piece.id) for piece in pieces if piece.word is not None]
    there = [(piece.word, piece.id) for piece in whole if piece.word is not None]
    if read == there:
        return None
    if read != there[: len(read)]:
        raise AttributionError(
            f"The text has {len(there)} tokens, and this model reads {len(read)} of them, from the end. Shorten it."
        )
    return max(token.end for token in tokens)
