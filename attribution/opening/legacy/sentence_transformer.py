"""Sentence transformers that Flair 0.6 to 0.11 pickled whole, as the files that their folder would hold."""

from __future__ import annotations

import json
from typing import Any

from ..pickles.stand_ins import StandIn, modules_of, state_of, text_of
from .transformer import describe_network, pack, write_tokenizer


def translate_sentence_transformer(saved: StandIn) -> dict[str, Any]:
    """Today's parameters; `tokenizer_data` holds the files, or None if the tokenizer is not in the pickle."""
    name = text_of(state_of(saved).get("name")).removeprefix("sentence-transformers-")
    parts = dict(modules_of(dict(modules_of(saved)).get("model")))
    encoder, pooling = state_of(parts.get("0")), state_of(parts.get("1"))
    tokenizer = write_tokenizer(encoder.get("tokenizer"))
    files = {
        "config.json": describe_network(dict(modules_of(parts.get("0"))).get("auto_model")),
        "modules.json": [{"type": part.kind} for part in parts.values()],
        "sentence_bert_config.json": {key: encoder.get(key) for key in ("max_seq_length", "do_lower_case")},
        "pooling.json": {key: value for key, value in pooling.items() if key.startswith("pooling_mode_")},
    }
    packed = pack({**tokenizer, **{name: json.dumps(content) for name, content in files.items()}})
    return {
        "__cls__": "SentenceTransformerDocumentEmbeddings",
        "model": name,
        "tokenizer_data": packed if tokenizer else None,
    }
