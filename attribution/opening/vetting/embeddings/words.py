"""Token embeddings: a schema for each class that gives every word a vector.

Flair 0.15.1, `flair/embeddings/token.py`, builds each from its parameters. A name among these is only a label if the
vocabulary, the dictionary or the language model comes with it; names that lead to a download or a file are refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sentencepiece import SentencePieceProcessor

from ....errors import CheckpointError, UnsafeCheckpointError, UnsupportedModelError
from ....wording import quote
from ..entries import check_rows, vet_entries
from ..plain import need, take_known
from ..sizes.weights import Weights
from ..tokenizers.pieces import vet_pieces
from .stack import Given, Vetted

_MARK_LIMIT = 64
_PIECES_LIMIT = 64 * 2**20


def vet_transformer_words(saved: Mapping[str, Any], weights: Weights, tokenizer: Given) -> Vetted:
    """The parameters of `TransformerWordEmbeddings`."""
    from .transformer import vet_transformer  # transformers takes seconds to import, and other words do without

    vetted = vet_transformer(saved, weights, tokenizer)
    need(vetted, "is_token_embedding")
    if not vetted["is_token_embedding"]:
        raise CheckpointError("Expected token embeddings, got a transformer that gives no vectors to words.")
    hidden = vetted["config_state_dict"].get("hidden_size")
    if not isinstance(hidden, int):
        return vetted, None
    layers = 1 if vetted.get("layer_mean") else len(str(vetted.get("layers", "-1")).split(","))
    return vetted, hidden * layers * (2 if vetted.get("subtoken_pooling") == "first_last" else 1)


def vet_static(saved: Mapping[str, Any], weights: Weights, _: Given) -> tuple[dict[str, Any], int]:
    """The parameters of `WordEmbeddings` and `NILCEmbeddings`."""
    kinds = {
        "embedding_length": int,
        "field": (str, type(None)),
        "fine_tune": bool,
        "force_cpu": bool,
        "name": str,
        "stable": bool,
        "vocab": Mapping,
    }
    vetted = take_known(saved, kinds, {"__cls__"})
    need(vetted, "vocab", "embedding_length", "name")
    _check_field(vetted.get("field"), None)
    vocabulary, length = vetted["vocab"], vetted["embedding_length"]
    check_rows(vocabulary, str, len(vocabulary) + 1)
    weights.expect("embedding.weight", len(vocabulary) + 1, length)
    if vetted.get("stable") and vetted.get("fine_tune"):
        weights.expect("layer_norm.weight", length)
    return vetted, length


def vet_byte_pairs(saved: Mapping[str, Any], weights: Weights, _: Given) -> tuple[dict[str, Any], int]:
    """The parameters of `BytePairEmbeddings`."""
    if saved.get("word2vec_binary") is not None:
        raise UnsafeCheckpointError("The byte-pair embeddings hold a gensim file, which Flair would open.")
    kinds = {"dim": int, "field": (str, type(None)), "name": str, "preprocess": bool}
    vetted = take_known(saved, kinds, {"__cls__", "spm_model_binary"})
    need(vetted, "dim", "name")
    _check_field(vetted.get("field"), None)
    pieces = saved.get("spm_model_binary")
    if not isinstance(pieces, bytes) or len(pieces) > _PIECES_LIMIT:
        raise CheckpointError(f"Expected a sentencepiece model of at most {_PIECES_LIMIT >> 20} MB.")
    vet_pieces(pieces)
    try:
        count = SentencePieceProcessor(model_proto=pieces).vocab_size()
    except RuntimeError as error:
        raise CheckpointError("The sentencepiece model of the byte-pair embeddings is damaged.") from error
    weights.expect("embedding.weight", count + 1, vetted["dim"])
    return {**vetted, "spm_model_binary": pieces}, 2 * vetted["dim"]


def vet_one_hot(saved: Mapping[str, Any], weights: Weights, _: Given) -> tuple[dict[str, Any], int]:
    """The parameters of `OneHotEmbeddings`."""
    kinds = {"embedding_length": int, "field": str, "stable": bool}
    vetted = take_known(saved, kinds, {"__cls__", "vocab_dictionary"})
    need(vetted, "embedding_length")
    _check_field(vetted.get("field", "text"), "text")
    vetted["vocab_dictionary"] = vet_entries(saved.get("vocab_dictionary"))
    weights.expect("embedding_layer.weight", len(vetted["vocab_dictionary"]), vetted["embedding_length"])
    if vetted.get("stable"):
        weights.expect("layer_norm.weight", vetted["embedding_length"])
    return vetted, vetted["embedding_length"]


def vet_hashes(saved: Mapping[str, Any], weights: Weights, _: Given) -> tuple[dict[str, Any], int]:
    """The parameters of `HashEmbeddings`."""
    kinds = {"embedding_length": int, "hash_method": str, "num_embeddings": int}
    vetted = take_known(saved, kinds, {"__cls__"})
    need(vetted, *kinds)
    if vetted["hash_method"] not in hashlib.algorithms_guaranteed or vetted["hash_method"].startswith("shake"):
        raise CheckpointError(
            f"Expected a hash method with a digest of fixed size, got {quote(vetted['hash_method'])}."
        )
    weights.expect("embedding_layer.weight", vetted["num_embeddings"], vetted["embedding_length"])
    return vetted, vetted["embedding_length"]


def vet_characters(saved: Mapping[str, Any], weights: Weights, _: Given) -> tuple[dict[str, Any], int]:
    """The parameters of `CharacterEmbeddings`."""
    kinds = {"char_embedding_dim": int, "hidden_size_char": int, "name": str}
    vetted = take_known(saved, kinds, {"__cls__", "path_to_char_dict"})
    need(vetted, "char_embedding_dim", "hidden_size_char")
    size, hidden = vetted["char_embedding_dim"], vetted["hidden_size_char"]
    vetted["path_to_char_dict"] = vet_entries(saved.get("path_to_char_dict"))
    weights.expect("char_embedding.weight", len(vetted["path_to_char_dict"].rows), size)
    weights.expect_recurrent("char_rnn", size, hidden, 1, lstm=True, bidirectional=True)
    return vetted, 2 * hidden


def vet_character_model(saved: Mapping[str, Any], weights: Weights, _: Given = None) -> tuple[dict[str, Any], int]:
    """The parameters of `FlairEmbeddings`, a language model of characters."""
    kinds = {
        "chars_per_chunk": int,
        "fine_tune": bool,
        "has_decoder": bool,
        "is_lower": bool,
        "name": str,
        "tokenized_lm": bool,
        "with_whitespace": bool,
    }
    vetted = take_known(saved, kinds, {"__cls__", "model_params"})
    if vetted.get("chars_per_chunk", 512) < 1:
        raise CheckpointError(f"Expected at least one character per chunk, got {quote(vetted['chars_per_chunk'])}.")
    if not isinstance(saved.get("model_params"), Mapping):
        raise UnsafeCheckpointError("The file holds no character language model: it would have to be downloaded.")
    vetted["model_params"], length = _vet_language_model(saved["model_params"], weights.under("lm"))
    return vetted, length


def _vet_language_model(saved: Mapping[str, Any], weights: Weights) -> tuple[dict[str, Any], int]:
    kinds = {
        "document_delimiter": str,
        "dropout": (float, int),
        "embedding_size": int,
        "has_decoder": bool,
        "hidden_size": int,
        "is_forward_lm": bool,
        "nlayers": int,
        "nout": (int, type(None)),
        "recurrent_type": str,
    }
    vetted = take_known(saved, kinds, {"dictionary"})
    need(vetted, "hidden_size", "is_forward_lm", "nlayers", "embedding_size")
    if len(vetted.get("document_delimiter", "\n")) > _MARK_LIMIT:
        raise CheckpointError(f"Expected a document delimiter of at most {_MARK_LIMIT} characters.")
    hidden, length = vetted["hidden_size"], vetted["hidden_size"]
    characters = vet_entries(saved.get("dictionary"))
    weights.expect("encoder.weight", len(characters), vetted["embedding_size"])
    # Flair does not record whether it is an LSTM or a GRU, and opens every one as an LSTM.
    lstm = weights.shape("rnn.weight_hh_l0") == (4 * hidden, hidden)
    weights.expect_recurrent("rnn", vetted["embedding_size"], hidden, vetted["nlayers"], lstm=lstm, bidirectional=False)
    if vetted.get("nout") is not None:
        length = vetted["nout"]
        weights.expect_linear("proj", hidden, length)
    if vetted.setdefault("has_decoder", True):
        weights.expect_linear("decoder", length, len(characters))
    return {**vetted, "dictionary": characters, "recurrent_type": "LSTM" if lstm else "GRU"}, length


def _check_field(field: Any, expected: str | None) -> None:
    if field != expected:
        raise UnsupportedModelError(
            f"The classifier reads the annotation {quote(field)} of its words, and a pasted text has no annotations."
        )
