"""`TransformerDocumentEmbeddings`: their parameters, the encoder's configuration, its tokenizer."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import CONFIG_MAPPING

from ....errors import CheckpointError, UnsafeCheckpointError, UnsupportedModelError
from ....wording import quote, shorten
from ...pickles.incomplete_weights import GIVE_WHOLE
from ...tokenizers import find_tokenizer
from ..configuration import check_layers, check_values
from ..newer_release import read_newer
from ..plain import take_known, to_plain
from ..sizes.network import check_network
from ..sizes.weights import Weights
from ..tokenizers.files import longest_input, vet_tokenizer

_KINDS = {
    "allow_long_sentences": bool,
    "cls_pooling": str,
    "context_dropout": (float, int),
    "context_length": int,
    "embedding_length": int,
    "fine_tune": bool,
    "force_max_length": bool,
    "is_document_embedding": bool,
    "is_token_embedding": bool,
    "layer_mean": bool,
    "layers": str,
    "model": str,
    "name": str,
    "needs_manual_ocr": (bool, type(None)),
    "respect_document_boundaries": bool,
    "stride": int,
    "subtoken_pooling": str,
    "truncate": bool,
    "use_lang_emb": bool,
    "use_context_separator": bool,
}
# Where a configuration can lead out of the file: code on a hub, kernels on a hub, quantization back ends, backbones.
_LEADING_OUT = ("auto_map", "backbone", "custom_pipelines", "quantization_config", "trust_remote_code")
# Initial values that a slow loop computes before the file's weights replace them, or a large table beside the weights.
_FIRST_VALUES = {"sinusoidal_embeddings", "sinusoidal_pos_embds", "use_tpu_fourier_optimizations"}
# `num_labels` makes transformers invent as many label names; a dtype would be set for the whole process.
_DROPPED = {"dtype", "num_labels", "torch_dtype"}
_NAMES_OF_LABELS = {"id2label", "label2id"}
_LARGEST_NUMBER = 2**24
_LONGEST_PADDING = 2**12
_PADDED_TO = {
    *("attention_window", "block_size", "chunk_size", "global_block_size", "local_attn_chunk_length", "local_radius"),
    *("lsh_attn_chunk_length", "mamba_chunk_size"),
}
"""Lengths to a multiple of which a network pads every text, so that three words fill as many places."""

_ATTENTION_KEYS = ("attn_implementation", "_attn_implementation", "_attn_implementation_internal")


def vet_transformer(saved: Mapping[str, Any], weights: Weights, tokenizer: str | Path | None = None) -> dict[str, Any]:
    """The parameters of transformer embeddings, as Flair takes them; `weights` are those of the embeddings."""
    vetted = take_known(saved, _KINDS, {"__cls__", "config_state_dict", "tokenizer_data"})
    vetted["__cls__"] = saved["__cls__"]
    if not re.fullmatch(r"-?\d{1,4}(,-?\d{1,4}){0,255}", str(vetted.get("layers", "-1"))):
        raise CheckpointError(f"Expected layer numbers, at most 256, got {quote(vetted['layers'])}.")
    vetted["config_state_dict"] = vet_config(saved.get("config_state_dict"))
    check_layers(str(vetted.get("layers", "-1")), vetted["config_state_dict"])
    check_network(vetted["config_state_dict"], weights.under("model"))
    files = saved.get("tokenizer_data")
    if files is None:
        files = find_tokenizer(str(vetted.get("model", "?")), tokenizer)
    vetted["tokenizer_data"] = vet_tokenizer(files, vetted["config_state_dict"])
    if vetted.get("force_max_length") and longest_input(vetted["tokenizer_data"]) > _LONGEST_PADDING:
        raise CheckpointError(
            f"The embeddings pad every text to the tokenizer's model_max_length, which is over {_LONGEST_PADDING}."
        )
    return vetted


def vet_config(saved: Any) -> dict[str, Any]:
    """The configuration of a transformer, without what would lead out of the file.

    Raises:
        UnsafeCheckpointError: there is none, or it asks for code from elsewhere.
        UnsupportedModelError: transformers knows no such network.
    """
    config = to_plain(saved, "config_state_dict")
    if not isinstance(config, dict):
        raise UnsafeCheckpointError("The file holds no configuration of its encoder: it would have to be downloaded.")
    if leading_out := sorted(_find_leading_out(config)):
        raise UnsafeCheckpointError(
            f"The encoder's configuration asks for {', '.join(leading_out)}: code from elsewhere."
            + (f" {_say_quantised(config)}" if "quantization_config" in leading_out else "")
        )
    if not isinstance(config.get("model_type"), str) or config["model_type"] not in CONFIG_MAPPING:
        raise UnsupportedModelError(f"The encoder is of an unknown type, {quote(config.get('model_type'))}.")
    config = read_newer(config)
    check_values(config)
    _check_numbers(config)
    _check_chunks(config)
    _disarm(config)
    return config


def _say_quantised(config: Mapping[str, Any]) -> str:
    said = config.get("quantization_config")
    method = said.get("quant_method") if isinstance(said, Mapping) else None
    by = f", by {shorten(method, 40)}" if isinstance(method, str) else ""
    return f"Its weights are quantised{by}: packed to fewer bits than a network computes with. {GIVE_WHOLE}"


def _disarm(config: dict[str, Any]) -> None:
    """Remove settings that do more than describe the network, from a configuration and from those of its parts."""
    for key in _DROPPED & config.keys():
        del config[key]
    for key in _ATTENTION_KEYS:  # may name a kernel to be downloaded, or one for a device that is not here
        if config.get(key) not in (None, "eager", "sdpa"):
            del config[key]
    for key in _FIRST_VALUES & config.keys():
        config[key] = False
    for key, part in config.items():
        if key not in _NAMES_OF_LABELS and isinstance(part, dict):
            _disarm(part)


def _check_numbers(part: Any, name: str = "") -> None:
    """Check that no number is too large to be a size: some are lengths of lists that would be made."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            _check_numbers(value, str(key))
    elif isinstance(part, (list, tuple)):
        for value in part:
            _check_numbers(value, name)
    elif isinstance(part, int) and name in _PADDED_TO and part > _LONGEST_PADDING:
        raise _refuse_padding(name, part)
    elif isinstance(part, int) and abs(part) > _LARGEST_NUMBER:
        raise CheckpointError(f"The encoder's configuration claims {quote(part)} as its {quote(name)}.")


def _check_chunks(config: Mapping[str, Any]) -> None:
    """Check what a Reformer pads a text to: the least multiple of the lengths of both of its kinds of chunks."""
    lengths = [config.get(name) for name in ("local_attn_chunk_length", "lsh_attn_chunk_length")]
    multiple = math.lcm(*(length for length in lengths if type(length) is int))
    if multiple > _LONGEST_PADDING:
        raise _refuse_padding("chunks of two lengths", multiple)


def _refuse_padding(name: str, length: int) -> CheckpointError:
    return CheckpointError(
        f"The encoder pads every text to {shorten(str(length), 40)} tokens ({name}), and Whylight opens those that pad "
        f"to at most {_LONGEST_PADDING}."
    )


def _find_leading_out(config: Mapping[str, Any]) -> set[str]:
    """The keys that lead out of the file, also in the configurations of parts; labels may have any name."""
    found = {key for key in _LEADING_OUT if config.get(key)}
    parts = (part for key, part in config.items() if key != "label2id" and isinstance(part, Mapping))
    return found.union(*map(_find_leading_out, parts))
