"""`SentenceTransformerDocumentEmbeddings`: the file holds a name and weights; the rest is found with the tokenizer."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import transformers
from flair.embeddings.transformer import TransformerBaseEmbeddings
from transformers import CONFIG_MAPPING, AutoModel, PreTrainedModel, T5EncoderModel

from ....encoders.panics import panics_reported
from ....encoders.transformers.sentence_transformer_embeddings import POOLINGS, SentenceTransformerDocument, Settings
from ....errors import CheckpointError, TokenizerMissingError, UnsupportedModelError
from ....wording import quote, shorten
from ...archives import Archive, open_archive
from ...tokenizers import find_tokenizer
from ..plain import take_known
from ..sizes.network import check_network
from ..sizes.weights import Weights
from ..tokenizers.files import vet_tokenizer
from .transformer import vet_config

_PARTS = ("Transformer", "Pooling", "Normalize")
_SETTINGS_LIMIT = 2**20
_SPARE_ROWS = 256
_UNLIMITED = 10**9
_T5 = {"longt5", "mt5", "t5"}


def vet_sentence_transformer(
    saved: Mapping[str, Any], weights: Weights, tokenizer: str | Path | None
) -> dict[str, Any]:
    """The parameters of `SentenceTransformerDocument`, used instead of Flair's class, which would download the model.

    Raises:
        TokenizerMissingError: the configuration or the tokenizer is not found.
        UnsupportedModelError: a model of other parts than a transformer, a pooling and a scaling.
        CheckpointError: a configuration that does not fit the weights.
    """
    vetted = take_known(saved, {"model": str, "batch_size": int}, {"__cls__", "tokenizer_data"})
    name = shorten(_public_name(str(vetted.get("model", "?"))))
    files = saved.get("tokenizer_data")  # old releases kept all in the file
    if not isinstance(files, io.BytesIO):
        files = find_tokenizer(name, tokenizer)
    try:
        with open_archive(files) as archive:
            found = _read_settings(archive)
        if "config.json" not in found:
            raise TokenizerMissingError(
                f"Beside the tokenizer, the configuration of the encoder {name} is needed: give the model's whole "
                "folder, or a zip of it, with its config.json."
            )
        config = vet_config(found["config.json"])
        packed = vet_tokenizer(files, config)
        check_network(config, _network_weights(weights))
        with panics_reported():
            opened = TransformerBaseEmbeddings._tokenizer_from_bytes(packed)
        _check_fit(len(opened), config)
        return {
            "__cls__": SentenceTransformerDocument.__name__,
            "network": _build_network(config),
            "settings": _choose_settings(name, found, opened, config),
            "tokenizer": opened,
        }
    except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"What was found for the encoder {name} does not fit together.") from error


def _public_name(saved: str) -> str:
    """The name as a hub knows it; for a path on someone's machine, its last folder."""
    return saved if saved.count("/") <= 1 and not saved.startswith(("/", ".")) else saved.rstrip("/").rpartition("/")[2]


def _read_settings(archive: Archive) -> dict[str, Any]:
    """The small JSON files that are read here, by name."""
    kinds = {
        "config.json": dict,
        "modules.json": list,
        "sentence_bert_config.json": dict,
        "1_Pooling/config.json": dict,
        "pooling.json": dict,
    }
    found = {}
    for name, size in archive.sizes.items():
        if name in kinds and size <= _SETTINGS_LIMIT:
            found[name] = json.loads(archive.read(name, _SETTINGS_LIMIT))
            if not isinstance(found[name], kinds[name]):
                raise ValueError(f"{name} holds {type(found[name]).__name__}")
    return found


def _network_weights(weights: Weights) -> Weights:
    inner = weights.under("model").under("0")
    return inner.under("auto_model") if len(inner.under("auto_model")) else inner.under("model")


def _check_fit(known: int, config: Mapping[str, Any]) -> None:
    """A tokenizer knows as many tokens as the encoder has rows, but for a few spare ones."""
    if not 0 <= config.get("vocab_size", 0) - known < _SPARE_ROWS:
        raise CheckpointError(
            f"The tokenizer does not fit: it knows {known} tokens, and the encoder expects "
            f"{quote(config.get('vocab_size'))}."
        )


def _choose_settings(name: str, found: Mapping[str, Any], tokenizer: Any, config: Mapping[str, Any]) -> Settings:
    parts = [str(part["type"]).rpartition(".")[2] for part in found.get("modules.json", ())] or list(_PARTS[:2])
    if parts[:2] != list(_PARTS[:2]) or parts[2:] not in ([], ["Normalize"]):
        raise UnsupportedModelError(
            f"The sentence transformer {name} is made of {shorten(', '.join(parts))}. Whylight explains "
            f"{', '.join(_PARTS)}."
        )
    encoder = found.get("sentence_bert_config.json", {})
    positions = config.get("max_position_embeddings", _UNLIMITED)
    longest = encoder.get("max_seq_length") or min(positions, tokenizer.model_max_length, _UNLIMITED)
    return Settings(
        name=name,
        longest=int(longest),
        lowercase=bool(encoder.get("do_lower_case", False)),
        pooling=_choose_pooling(name, found.get("pooling.json", found.get("1_Pooling/config.json", {}))),
        normalized="Normalize" in parts,
    )


def _choose_pooling(name: str, saved: Mapping[str, Any]) -> tuple[str, ...]:
    """The modes of pooling; the mean where none is named, as in sentence-transformers."""
    modes = saved.get("pooling_mode", "mean")
    named = [modes] if isinstance(modes, str) else list(modes)
    flags = {"cls_token": "cls", "max_tokens": "max", "mean_tokens": "mean"}
    chosen = [
        flags.get(key.removeprefix("pooling_mode_"), key.removeprefix("pooling_mode_"))
        for key, on in saved.items()
        if key.startswith("pooling_mode_") and on
    ] or named
    unknown = [mode for mode in chosen if mode not in POOLINGS]
    if unknown:
        raise UnsupportedModelError(
            f"The sentence transformer {name} pools by {shorten(', '.join(map(str, unknown)))}. Whylight explains "
            f"{', '.join(POOLINGS)}."
        )
    return tuple(mode for mode in POOLINGS if mode in chosen)


def _build_network(config: Mapping[str, Any]) -> PreTrainedModel:
    described: Any = CONFIG_MAPPING[config["model_type"]].from_dict({**config, "output_hidden_states": True})
    transformers.logging.set_verbosity_error()
    return T5EncoderModel(described) if config["model_type"] in _T5 else AutoModel.from_config(described)
