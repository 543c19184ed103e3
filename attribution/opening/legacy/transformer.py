"""Transformer embeddings of Flair 0.5 to 0.11, as today's parameters."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ...errors import CheckpointError
from ...supported.releases import FLAIR_0_8_TO_0_10, FLAIR_0_11, FLAIR_UP_TO_0_7, Release
from ...wording import quote
from ..pickles.stand_ins import StandIn, modules_of, state_of, text_of

_MODEL_TYPES = {
    "AlbertConfig": "albert",
    "BertConfig": "bert",
    "CamembertConfig": "camembert",
    "DistilBertConfig": "distilbert",
    "ElectraConfig": "electra",
    "FlaubertConfig": "flaubert",
    "GPT2Config": "gpt2",
    "LongformerConfig": "longformer",
    "MPNetConfig": "mpnet",
    "OpenAIGPTConfig": "openai-gpt",
    "RobertaConfig": "roberta",
    "XLMConfig": "xlm",
    "XLMRobertaConfig": "xlm-roberta",
    "XLNetConfig": "xlnet",
}

_MOST_LAYERS = 256
_PREFIX = r"^(\d+-)?transformer-(document|word)-"


def translate_transformer(saved: StandIn) -> tuple[dict[str, Any], Release]:
    """Today's parameters, and how the release that saved them read a text."""
    state = state_of(saved)
    if "tokenizer_data" in state:  # 0.11: today's parameters in an object
        return {"__cls__": saved.name, "use_context_separator": False, **state}, FLAIR_0_11
    config = state.get("config_state_dict")
    release = FLAIR_0_8_TO_0_10
    if config is None:
        config = describe_network(dict(modules_of(saved)).get("model"))
        release = replace(FLAIR_UP_TO_0_7, initial_cls=bool(state.get("initial_cls_token")))
    saved_name = text_of(state.get("name"))
    name = text_of(state.get("base_model_name")) or re.sub(_PREFIX, "", saved_name)
    return {
        "__cls__": saved.name,
        "model": name,
        "name": saved_name or f"transformer-document-{name}",
        "layers": _join_layers(state.get("layer_indexes", [-1])),
        "layer_mean": bool(state.get("layer_mean", state.get("use_scalar_mix", False))),
        "cls_pooling": state.get("pooling", "cls"),
        "fine_tune": False,
        "is_token_embedding": False,
        "is_document_embedding": True,
        "use_context_separator": False,
        "config_state_dict": {**config, "output_hidden_states": True},
        "tokenizer_data": _tokenizer_in_object(state.get("tokenizer")),
    }, release


def _join_layers(saved: Any) -> str:
    """Layer numbers as today's Flair writes them.

    Raises:
        CheckpointError: they are no list of numbers, or more than any encoder has layers.
    """
    numbers = saved if isinstance(saved, (list, tuple)) and len(saved) <= _MOST_LAYERS else ()
    if not numbers or not all(type(number) is int and abs(number) < _MOST_LAYERS for number in numbers):
        raise CheckpointError(f"Expected layer numbers, got {quote(saved)}.")
    return ",".join(map(str, numbers))


def describe_network(network: Any) -> dict[str, Any]:
    """The configuration of a transformer that was pickled whole.

    Raises:
        CheckpointError: it has none, or one of an unknown class.
    """
    config = state_of(network).get("config")
    if not isinstance(config, StandIn) or config.name not in _MODEL_TYPES:
        raise CheckpointError("The file holds no configuration of its encoder that could be read.")
    settings = {key: value for key, value in state_of(config).items() if key != "torch_dtype"}
    return {**settings, "model_type": _MODEL_TYPES[config.name]}


def _tokenizer_in_object(tokenizer: Any) -> io.BytesIO | None:
    """A zip of the files of a pickled tokenizer; None if its vocabulary is not in the pickle."""
    files = write_tokenizer(tokenizer)
    return pack(files) if files else None


def write_tokenizer(tokenizer: Any) -> dict[str, str]:
    """The files of a pickled tokenizer, name -> content; none if its vocabulary is not in the pickle."""
    state = state_of(tokenizer)
    files: dict[str, str] = {}
    fast = state.get("_tokenizer")
    if not all(
        isinstance(number, int) for name in ("vocab", "encoder", "bpe_ranks") for number in _values(state, name)
    ):
        raise CheckpointError("The vocabulary of the file's tokenizer does not number its words.")
    if isinstance(fast, StandIn) and isinstance(fast.__dict__["state"], bytes):
        files["tokenizer.json"] = fast.__dict__["state"].decode("utf-8")
    elif isinstance(vocabulary := state.get("vocab"), Mapping):  # WordPiece
        files["vocab.txt"] = "".join(f"{word}\n" for word, _ in sorted(vocabulary.items(), key=lambda item: item[1]))
    elif isinstance(vocabulary := state.get("encoder"), Mapping) and isinstance(state.get("bpe_ranks"), Mapping):
        merges = sorted(state["bpe_ranks"].items(), key=lambda item: item[1])
        files["vocab.json"] = json.dumps(dict(vocabulary), ensure_ascii=False)
        files["merges.txt"] = "#version: 0.2\n" + "".join(f"{' '.join(pair)}\n" for pair, _ in merges)
    if not files or not isinstance(tokenizer, StandIn):
        return {}
    settings = {"tokenizer_class": tokenizer.name, "model_max_length": min(state.get("model_max_length", 512), 512)}
    basic = state_of(state.get("basic_tokenizer"))
    for name in ("do_lower_case", "strip_accents", "tokenize_chinese_chars"):
        if basic.get(name) is not None:
            settings[name] = bool(basic[name])
    files["tokenizer_config.json"] = json.dumps(settings)
    return files


def _values(state: Mapping[str, Any], name: str) -> Collection[Any]:
    return state[name].values() if isinstance(state.get(name), Mapping) else ()


def pack(files: Mapping[str, str]) -> io.BytesIO:
    """A zip archive of files, name -> content."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    packed.seek(0)
    return packed
