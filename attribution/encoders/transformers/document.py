"""`TransformerDocumentEmbeddings`: one transformer reads the whole text, its token states are pooled."""

from __future__ import annotations

from typing import Any, cast

import flair
import torch
from flair.embeddings import TransformerDocumentEmbeddings
from torch import Tensor

from ...errors import AttributionError, UnsupportedModelError
from ...supported.releases import TODAY, Release
from ...texts.passages import Passage
from ..base import Network, baselines_from, find_unread
from ..exclusive import make_exclusive
from .base import EncodedWindows, TransformerEncoder, to_tokens
from .subwords import Piece, split_joined, split_words

_MOST_WINDOWS = 64


class TransformerDocumentEncoder(TransformerEncoder):
    """The word embeddings of a transformer move; ids, positions and masks are held.

    Layers, pooling and windows follow Flair 0.15.1, `flair/embeddings/transformer.py`, `TransformerEmbeddings.forward`;
    `explain` compares the outcome with `predict()` each time.
    """

    def __init__(self, classifier: Network, release: Release = TODAY) -> None:
        self._release = release
        self._embeddings = cast(TransformerDocumentEmbeddings, classifier.embeddings)
        super().__init__(
            self._embeddings.model, self._embeddings.tokenizer, classifier.decoder, self._embeddings.layer_indexes
        )
        make_exclusive(self._lock, self._embeddings, "prepare_tensors")
        if release.initial_cls is not None:
            self._embeddings.initial_cls_token = release.initial_cls

    def encode_passage(self, passage: Passage) -> EncodedWindows:
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
        tokens, spans = to_tokens(pieces, passage, self._tokenizer.unk_token_id)
        with torch.no_grad():
            looked_up = self._lookup(ids)
        embedded = torch.stack([looked_up[row, column] for row, column in _first_places(slots)])[None]
        return EncodedWindows(
            text=passage.text,
            tokens=tokens,
            spans=spans,
            embedded=embedded,
            baselines=baselines_from(self._baseline_vectors, embedded, tokens),
            unread=find_unread(tokens, passage.text) if _is_cut_off(pieces, whole) else (),
            slots=slots.to(ids.device),
            looked_up=looked_up,
            inputs={"input_ids": ids}
            | {name: tensors[name][: len(rows)] for name in ("attention_mask", "langs") if name in tensors},
            lengths=tensors.get("sub_token_lengths"),
            word_ids=tensors["word_ids"][: len(rows)] if "word_ids" in tensors else None,
        )

    def _join_tensors(self, rows: list[list[Piece]], subwords: int) -> dict[str, Tensor]:
        """What `prepare_tensors` gives, for a release that tokenized the joined words; into `subwords` in all."""
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


def _is_cut_off(pieces: list[Piece], whole: list[Piece]) -> bool:
    """Whether the text has more subwords than the network reads."""
    read = [(piece.word, piece.id) for piece in pieces if piece.word is not None]
    there = [(piece.word, piece.id) for piece in whole if piece.word is not None]
    if read != there[: len(read)]:
        raise AttributionError(
            f"The text has {len(there)} tokens, and this model reads {len(read)} of them, from the end. Shorten it."
        )
    return len(read) < len(there)
