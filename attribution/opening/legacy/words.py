"""Document embeddings over words of Flair 0.4 to 0.11, as today's parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ...errors import UnsupportedModelError
from ...supported.releases import TODAY, Release
from ..pickles.stand_ins import StandIn, modules_of, state_of, text_of
from .arrays import read_word_vectors
from .transformer import translate_transformer

_CNN_KEYS = {
    "dropout",
    "fine_tune",
    "kernels",
    "locked_dropout",
    "reproject_words",
    "reproject_words_dimension",
    "word_dropout",
}
_RNN_KEYS = (_CNN_KEYS - {"kernels"}) | {"bidirectional", "hidden_size", "rnn_layers", "rnn_type"}
_BYTE_LEVEL = {"gpt2", "longformer", "roberta"}
"""Encoders whose tokenizers read a word after a blank differently: the first word of a text has no blank before it."""
_RENAMED = {"DocumentLSTMEmbeddings": "DocumentRNNEmbeddings", "DocumentMeanEmbeddings": "DocumentPoolEmbeddings"}
_Translated = tuple[dict[str, Any], dict[str, torch.Tensor]]


def translate_document(saved: StandIn) -> _Translated:
    """Today's parameters of pooled, recurrent or convolutional embeddings, and the weights that their state lacks."""
    state = state_of(saved)
    name = _RENAMED.get(saved.name, saved.name)
    if name == "DocumentLMEmbeddings":
        return _translate_language_models(state, dict(modules_of(saved)))
    if name == "DocumentTFIDFEmbeddings":
        return {"__cls__": name, "vectorizer": state.get("vectorizer")}, {}
    if name not in ("DocumentCNNEmbeddings", "DocumentPoolEmbeddings", "DocumentRNNEmbeddings"):
        return {"__cls__": name}, {}
    modules = dict(modules_of(saved))
    words = state.get("embeddings")  # 0.11 keeps its constructor's arguments, the releases before it their modules
    parts = words if isinstance(words, list) else _parts(modules.get("embeddings"))
    stack, weights = _translate_stack(parts)
    if name == "DocumentPoolEmbeddings":
        pooling = state.get("pooling") or state.get("mode") or "mean"
        parameters = {"pooling": pooling, "fine_tune_mode": state.get("fine_tune_mode") or "none"}
    elif isinstance(words, list):
        known = _RNN_KEYS if name == "DocumentRNNEmbeddings" else _CNN_KEYS
        parameters = {key: value for key, value in state.items() if key in known}
    elif name == "DocumentCNNEmbeddings":
        parameters = _describe_cnn(state, modules)
    else:
        parameters = _describe_rnn(state, modules)
    under = {f"embeddings.{key}": tensor for key, tensor in weights.items()}
    return {**parameters, "__cls__": name, "embeddings": stack}, under


def release_of_words(saved: StandIn) -> Release:
    """The release that saved the embeddings, if it read words through a transformer differently; else `TODAY`."""
    kept = state_of(saved).get("embeddings")
    parts = list(kept if isinstance(kept, list) else _parts(dict(modules_of(saved)).get("embeddings")))
    while parts:
        part = parts.pop()
        if isinstance(part, StandIn) and part.name == "StackedEmbeddings":
            parts += _parts(part)
        elif isinstance(part, StandIn) and part.name == "TransformerWordEmbeddings":
            _, release = translate_transformer(part)
            words = _translate_transformer_words(part, state_of(part))
            byte_level = words["config_state_dict"].get("model_type") in _BYTE_LEVEL
            if byte_level or release.jumbles_windows or _interleaves(words, release):
                return replace(release, joined=byte_level)
    return TODAY


def _interleaves(words: Mapping[str, Any], release: Release) -> bool:
    several = "," in words["layers"] and not words["layer_mean"]
    return several and release.interleaves_layers and words["subtoken_pooling"] == "first_last"


def _describe_rnn(state: dict[str, Any], modules: dict[str, StandIn]) -> dict[str, Any]:
    network = state_of(modules.get("rnn"))
    projection = state_of(modules.get("word_reprojection_map"))
    reprojects = bool(state.get("reproject_words"))
    return {
        "bidirectional": bool(network.get("bidirectional")),
        "dropout": 0.0,
        "fine_tune": True,
        "hidden_size": network.get("hidden_size"),
        "locked_dropout": 0.0,
        "reproject_words": reprojects,
        "reproject_words_dimension": projection.get("out_features") if reprojects else None,
        "rnn_layers": network.get("num_layers"),
        "rnn_type": network.get("mode"),
        "word_dropout": 0.0,
    }


def _describe_cnn(state: dict[str, Any], modules: dict[str, StandIn]) -> dict[str, Any]:
    convolutions = [state_of(module) for _, module in modules_of(modules.get("convs"))]
    projection = state_of(modules.get("word_reprojection_map"))
    reprojects = bool(state.get("reproject_words"))
    return {
        "dropout": 0.0,
        "fine_tune": True,
        "kernels": [(kernel.get("out_channels"), *_size_of(kernel)) for kernel in convolutions],
        "locked_dropout": 0.0,
        "reproject_words": reprojects,
        "reproject_words_dimension": projection.get("out_features") if reprojects else None,
        "word_dropout": 0.0,
    }


def _size_of(kernel: Mapping[str, Any]) -> tuple[Any, ...]:
    size = kernel.get("kernel_size")
    return size if isinstance(size, tuple) else ()


def _parts(stack: Any) -> list[Any]:
    return [module for _, module in modules_of(stack)] or list(state_of(stack).get("embeddings") or [])


def renamed_words(saved: StandIn) -> dict[str, str]:
    """Prefix of weights -> today's prefix.

    Flair 0.4.0 joins a word's vectors in the order of the embeddings' names, today's Flair in the order of the stack;
    so the stack is sorted by name.
    """
    parts = _parts(dict(modules_of(saved)).get("embeddings"))
    order = _order(parts)
    return {
        f"embeddings.list_embedding_{was}.": f"embeddings.list_embedding_{now}."
        for now, was in enumerate(order)
        if now != was
    }


def _order(parts: Sequence[Any]) -> list[int]:
    names = [text_of(state_of(part).get("name")) for part in parts]
    if any(re.match(r"\d+-", name) for name in names) or not all(isinstance(part, StandIn) for part in parts):
        return list(range(len(parts)))
    return sorted(range(len(parts)), key=lambda index: names[index])


def _translate_stack(parts: Sequence[Any]) -> _Translated:
    parameters: list[dict[str, Any]] = []
    weights: dict[str, torch.Tensor] = {}
    for index, part in enumerate(parts[was] for was in _order(parts)):
        translated, lacking = _translate_words(part)
        parameters.append(translated)
        weights.update({f"list_embedding_{index}.{key}": tensor for key, tensor in lacking.items()})
    return {"__cls__": "StackedEmbeddings", "embeddings": parameters}, weights


def _translate_words(saved: Any) -> _Translated:
    if not isinstance(saved, StandIn):
        return saved, {}
    state, name = state_of(saved), saved.name
    if name == "StackedEmbeddings":
        return _translate_stack(_parts(saved))
    if name == "WordEmbeddings":
        return _translate_vectors(state, dict(modules_of(saved)))
    if name == "FlairEmbeddings":
        return _describe_characters(state, dict(modules_of(saved))), {}
    if name == "BytePairEmbeddings":
        return _translate_byte_pairs(state)
    if name in ("BertEmbeddings", "TransformerWordEmbeddings"):
        return _translate_transformer_words(saved, state), {}
    describe = _DESCRIBED.get(name)
    if describe is None:
        raise UnsupportedModelError(f"The classifier reads its words through {name}, saved by an old release.")
    return describe(state), {}


def _translate_transformer_words(saved: StandIn, state: dict[str, Any]) -> dict[str, Any]:
    return {
        **translate_transformer(saved)[0],
        "__cls__": "TransformerWordEmbeddings",
        "is_token_embedding": True,
        "is_document_embedding": False,
        "subtoken_pooling": state.get("subtoken_pooling") or state.get("pooling_operation") or "first",
        "allow_long_sentences": bool(state.get("allow_long_sentences", False)),
        "context_length": int(state.get("context_length") or 0),
        "respect_document_boundaries": bool(state.get("respect_document_boundaries", True)),
    }


def _translate_vectors(state: dict[str, Any], modules: dict[str, StandIn]) -> _Translated:
    parameters: dict[str, Any] = {
        "__cls__": "WordEmbeddings",
        "name": text_of(state.get("name")),
        "field": state.get("field"),
        "fine_tune": bool(state.get("fine_tune", False)),
        "force_cpu": bool(state.get("force_cpu", True)),
        "stable": bool(state.get("stable", False)),
    }
    if "vocab" in state:
        table = state_of(modules.get("embedding"))
        return {**parameters, "vocab": state["vocab"], "embedding_length": table.get("embedding_dim")}, {}
    rows, vectors = read_word_vectors(state.get("precomputed_word_embeddings"))
    if len(rows) != len(vectors):  # today's Flair takes the row behind the last word for unknown words
        kept = sorted(rows, key=lambda word: rows[word])
        vectors = vectors[[rows[word] for word in kept]]
        rows = {word: row for row, word in enumerate(kept)}
    unknown = np.zeros((1, vectors.shape[1]))
    weights = torch.from_numpy(np.vstack([vectors, unknown]).astype(np.float32))
    return {**parameters, "vocab": rows, "embedding_length": vectors.shape[1]}, {"embedding.weight": weights}


def _translate_byte_pairs(state: dict[str, Any]) -> _Translated:
    """The table is in gensim's vectors, with one row per piece; today's has one more row, for a word without pieces."""
    embedder = state_of(state.get("embedder"))
    _, vectors = read_word_vectors(embedder.get("emb"))
    table = np.vstack([vectors, np.zeros((1, vectors.shape[1]))]).astype(np.float32)
    return {
        "__cls__": "BytePairEmbeddings",
        "name": text_of(state.get("name")),
        "dim": vectors.shape[1],
        "spm_model_binary": embedder.get("spm_model_binary"),
        "preprocess": bool(embedder.get("do_preproc", True)),
    }, {"embedding.weight": torch.from_numpy(table)}


def _describe_characters(state: dict[str, Any], modules: dict[str, StandIn]) -> dict[str, Any]:
    network = state_of(modules.get("lm"))
    keys = ("dictionary", "is_forward_lm", "hidden_size", "nlayers", "embedding_size", "nout")
    return {
        "__cls__": "FlairEmbeddings",
        "name": text_of(state.get("name")),
        "chars_per_chunk": state.get("chars_per_chunk", 512),
        "fine_tune": bool(state.get("fine_tune", False)),
        "is_lower": bool(state.get("is_lower", False)),
        "tokenized_lm": bool(state.get("tokenized_lm", True)),
        "with_whitespace": bool(state.get("with_whitespace", True)),
        "model_params": {
            **{key: network.get(key) for key in keys},
            "document_delimiter": network.get("document_delimiter", "\n"),
            "dropout": 0.0,
        },
    }


def _describe_spelling(state: dict[str, Any]) -> dict[str, Any]:
    return {
        "__cls__": "CharacterEmbeddings",
        "name": text_of(state.get("name")),
        "path_to_char_dict": state.get("char_dictionary"),
        "char_embedding_dim": state.get("char_embedding_dim"),
        "hidden_size_char": state.get("hidden_size_char"),
    }


def _describe_one_hot(state: dict[str, Any]) -> dict[str, Any]:
    return {
        "__cls__": "OneHotEmbeddings",
        "vocab_dictionary": state.get("vocab_dictionary"),
        "field": state.get("field", "text"),
        "embedding_length": state.get("_OneHotEmbeddings__embedding_length"),
        "stable": bool(state.get("stable", False)),
    }


def _describe_hashes(state: dict[str, Any]) -> dict[str, Any]:
    keys = ("num_embeddings", "embedding_length", "hash_method")
    return {"__cls__": "HashEmbeddings", **{key: state.get(f"_HashEmbeddings__{key}") for key in keys}}


_DESCRIBED = {
    "CharacterEmbeddings": _describe_spelling,
    "HashEmbeddings": _describe_hashes,
    "OneHotEmbeddings": _describe_one_hot,
}


def _translate_language_models(state: dict[str, Any], modules: dict[str, StandIn]) -> _Translated:
    parts = state.get("embeddings") or [module for _, module in sorted(modules.items())]
    models = [_describe_characters(state_of(part), dict(modules_of(part))) for part in parts]
    return {"__cls__": "DocumentLMEmbeddings", "flair_embeddings": models}, {}
