"""Translates a configuration that a newer release of transformers wrote into the keys of the installed release.

A configuration class accepts any key and reads only those that it knows. A setting that a newer release renamed would
be ignored silently, and the network would compute something else. Release 5 writes the settings of rotary positions
under `rope_parameters`, either one set or a set for each kind of layer; they are translated here. Any other key that
the installed release does not read is refused, unless it cannot matter.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, cast

import torch
import transformers
from transformers import CONFIG_MAPPING, PretrainedConfig

from ...errors import CheckpointError, UnsupportedModelError
from ...wording import quote, shorten

_ROPE = "rope_parameters"
_EVERY = "global_attn_every_n_layers"
_FULL, _SLIDING = "full_attention", "sliding_attention"
_THETAS = ("rotary_emb_base", "rope_theta")  # GPT-NeoX derives the second from the first
_SCALED = ("dynamic", "linear", "llama3", "longrope", "yarn")
_PARTS = ("rotary_pct", "partial_rotary_factor")
# Keys that transformers 5.24 writes for the networks here and 4.57 does not know, found by comparing all keys of both.
_ANY = frozenset(
    {
        "num_nextn_predict_layers",  # predicts several tokens at once, in a language model's head
        "output_router_logits",  # used in training only
        "pretraining_tp",  # how the network was spread over devices when it was trained
        "qk_head_dim",  # the sum of two other keys
        "scale_decoder_outputs",  # used in a language model's head only
        "use_associative_scan",  # the same sums in another order, by a kernel that is not installed
        "use_mamba_kernels",
        "use_mambapy",
    }
)
"""Keys that cannot matter here, whatever their value; see `_cannot_matter` for the others."""

_PHI3 = {"rope_type", "long_factor", "short_factor", "original_max_position_embeddings"}
"""A complete longrope. Phi-3 here accepts just its factors, and the kind under its older name; so do all the others."""

_ONLY: dict[str, tuple[Any, ...]] = {
    "layer_types": (_FULL,),  # for every layer, where the class here takes no such list
    "rope_theta": (10000.0,),  # ESM's, which cannot be configured
    "swiglu_alpha": (1.702,),
    "swiglu_limit": (7.0,),
}
"""Keys that cannot matter if they have the value that is built into the networks here."""


_ONE_THETA = "modernbert-decoder"  # a network that rotates all of its layers by one theta here
_RENAMED = {("qwen3_moe", "num_local_experts"): "num_experts"}
"""Settings that release 5 writes only under a new name: (model type, new name) -> the name here."""

# Families whose networks read rope_scaling although their configuration classes do not declare it; each was compared
# with release 5 for every kind of scaling. Nemotron's network ignores it, so such a configuration is refused.
_SCALED_UNNAMED = frozenset(
    {"gemma", "gemma2", "glm", "glm4", "helium", "jetmoe", "minimax", "ministral", "mistral", "mixtral"}
)


def read_newer(config: dict[str, Any]) -> dict[str, Any]:
    """Translate a configuration, and those of its parts, into the keys of the installed release.

    Raises:
        UnsupportedModelError: a setting that the installed release does not have.
        CheckpointError: it is malformed.
    """
    return _read_part(config, CONFIG_MAPPING[config["model_type"]], _read_version(config))


def _read_part(config: Mapping[str, Any], kind: type[PretrainedConfig], version: str) -> dict[str, Any]:
    """Translate the configuration of a network or of one of its parts; a part does not record the version itself."""
    read = dict(config)
    if _ROPE in config or _is_newer(version):
        read = _read_own({**config, "model_type": kind.model_type}, kind, version)
        if "model_type" not in config:
            del read["model_type"]
    for key, part_kind in kind.sub_configs.items():
        part = read.get(key)
        if isinstance(part, Mapping):
            read[key] = _read_part(part, _choose_kind(part, part_kind, version), version)
    return read


def _choose_kind(part: Mapping[str, Any], kind: type[Any], version: str) -> type[PretrainedConfig]:
    """The class of a part's configuration: the one that the whole declares for it, or else the one that it names."""
    if issubclass(kind, PretrainedConfig):
        return kind
    named = part.get("model_type")
    if not isinstance(named, str) or named not in CONFIG_MAPPING:
        raise _refuse(version, f"a part of the type {_show(named)}")
    return cast("type[PretrainedConfig]", CONFIG_MAPPING[named])


def _read_own(config: dict[str, Any], kind: type[PretrainedConfig], version: str) -> dict[str, Any]:
    read = {_RENAMED.get((config["model_type"], key), key): value for key, value in config.items()}
    known = _known_keys(kind)
    if config["model_type"] in _SCALED_UNNAMED:
        known |= {"rope_scaling"}
    if _ROPE in config and _ROPE not in known:
        rope = read.pop(_ROPE)
        if not isinstance(rope, Mapping):
            raise CheckpointError(f"Expected {_ROPE} of the model's configuration to be a mapping.")
        said = _translate(config, rope, known, version)
        read, known = read | said, known | said.keys()
    if _EVERY in known and _EVERY not in config and "layer_types" in read and "layer_types" not in known:
        read[_EVERY] = _count_layers(read.pop("layer_types"), version)
    if _is_newer(version):
        if config.get("attn_logit_softcapping"):  # in this release only eager attention applies it
            read["_attn_implementation"] = "eager"
        for key in read.keys() - known:
            if not _cannot_matter(key, read[key]):
                raise _refuse(version, f"{shorten(key)} = {_show(read[key])}")
    return read


def is_newer(config: Mapping[str, Any]) -> bool:
    """Whether a later major release than the one here wrote a configuration."""
    return _is_newer(_read_version(config))


def _read_version(config: Mapping[str, Any]) -> str:
    version = config.get("transformers_version")
    return version if isinstance(version, str) else ""


def _is_newer(version: str) -> bool:
    found = re.match(r"\d{1,6}", version)
    return found is not None and int(found[0]) > int(transformers.__version__.split(".")[0])


def find_rounding(said: Mapping[str, Any], kinds: Iterable[torch.dtype]) -> str:
    """The 16-bit dtype in which the release that saved a model computes by default; empty if it is no 16-bit one.

    Release 5 computes in the dtype that config.json names, or else in that of the first floating-point weights
    (`_get_dtype` of transformers 5.24). Releases up to 4 compute in 32 bits by default, as is done here.

    Args:
        said: config.json as it stands in the file.
        kinds: the dtypes of the weights, in their order.
    """
    if not is_newer(said):
        return ""
    first = next((kind for kind in kinds if kind.is_floating_point), torch.float32)
    told = said.get("dtype") or said.get("torch_dtype") or str(first)
    named = told.removeprefix("torch.") if isinstance(told, str) else ""
    return named if named in ("bfloat16", "float16") else ""


def read_newer_tokenizer(content: bytes, model_type: str, *, begins_with_space: bool = False) -> bytes:
    """The tokenizer.json of a newer release as that release reads it.

    Only Qwen2's is changed: that release takes just the vocabulary and the merges from it, and splits texts as Qwen2's
    own tokenizer does, whatever wrote the file (`MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS` of transformers 5.24).
    `begins_with_space`: the tokenizer's `add_prefix_space`.
    """
    if model_type != "qwen2":
        return content
    said = json.loads(content)
    model = said.get("model") or {}
    said["model"] = {
        **{"type": "BPE", "dropout": None, "unk_token": None, "fuse_unk": False, "byte_fallback": False},
        **{"continuing_subword_prefix": "", "end_of_word_suffix": "", "ignore_merges": False},
        "vocab": model.get("vocab", {}),
        "merges": model.get("merges", []),
    }
    cut = {"type": "Split", "pattern": {"Regex": _QWEN2_WORDS}, "behavior": "Isolated", "invert": False}
    said["normalizer"] = {"type": "NFC"}
    said["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [cut, {**_BYTES, "add_prefix_space": begins_with_space}],
    }
    said["decoder"] = {**_BYTES, "add_prefix_space": True, "use_regex": True}
    return json.dumps(said).encode()


_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
_QWEN2_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def _known_keys(kind: Any) -> frozenset[str]:
    """All keys that a configuration class reads: its own, their other names, its parts', and those of every class."""
    own = inspect.signature(kind.__init__).parameters.keys() | kind.attribute_map.keys() | kind.sub_configs.keys()
    with suppress(Exception):  # a few classes cannot be made without their parts
        own |= kind().to_dict().keys()
    every = inspect.signature(PretrainedConfig.__init__).parameters.keys() | PretrainedConfig().to_dict().keys()
    return frozenset(own | every | set(_ALWAYS))


_ALWAYS = (
    *("_attn_implementation", "_attn_implementation_internal", "attn_implementation", "architectures", "auto_map"),
    *("dtype", "id2label", "label2id", "model_type", "transformers_version"),
)


def _cannot_matter(key: str, value: Any) -> bool:
    if key in _ANY or key.endswith("_token_id") or value is None or value is False or value in ("", [], {}):
        return True
    values = value if isinstance(value, list) else [value]
    return key in _ONLY and all(one in _ONLY[key] for one in values)


def _translate(
    config: Mapping[str, Any], rope: Mapping[str, Any], known: frozenset[str], version: str
) -> dict[str, Any]:
    """Translate `rope_parameters` into the keys that the class here has for rotary positions."""
    if not any(isinstance(part, Mapping) for part in rope.values()):
        return _say_one(rope, known, version)
    parts = {name: part for name, part in rope.items() if isinstance(part, Mapping)}
    used = set(config.get("layer_types") or parts)
    if not used <= parts.keys():
        raise CheckpointError(f"Expected {_ROPE} of the model's configuration to have a set for each kind of layer.")
    if "global_rope_theta" in known:
        if config["model_type"] == _ONE_THETA and len({part.get("rope_theta") for part in parts.values()}) > 1:
            raise _refuse(version, f"another {_ROPE} for each kind of layer")  # here all layers share one theta
        return {
            "global_rope_theta": _plain_theta(parts.get(_FULL, parts[min(used)]), version),
            "local_rope_theta": _plain_theta(parts.get(_SLIDING, parts[min(used)]), version),
        }
    if "rope_local_base_freq" in known:
        local = parts.get(_SLIDING)
        said = {} if local is None else {"rope_local_base_freq": _plain_theta(local, version)}
        return said | (_say_one(parts[_FULL], known, version) if _FULL in parts else {})
    first, *others = (parts[name] for name in sorted(used))
    if any(other != first for other in others):
        raise _refuse(version, f"another {_ROPE} for each kind of layer")
    return _say_one(first, known, version)


def _say_one(rope: Mapping[str, Any], known: frozenset[str], version: str) -> dict[str, Any]:
    """Translate one set for all layers: the base, the rotated share of each vector, and the scaling of positions."""
    left, said = dict(rope), dict[str, Any]()
    for name, keys in (("rope_theta", _THETAS), ("partial_rotary_factor", _PARTS)):
        if name in left:
            key = next((key for key in keys if key in known), None)
            value = left.pop(name)
            if key is not None:
                said[key] = value
            elif not (name == "partial_rotary_factor" and value == 1.0):
                raise _refuse(version, f"{_ROPE}.{name}")
    kind = left.get("rope_type", "default")
    if kind == "default":
        left = {key: value for key, value in left.items() if key not in ("rope_type", "type") and value is not None}
        if left:
            raise _refuse(version, f"{_ROPE}.{min(left)}")
        return said | ({"rope_scaling": None} if "rope_scaling" in known else {})
    if "rope_scaling" not in known or kind not in _SCALED:
        raise _refuse(version, f"{_ROPE} of the kind {_show(kind)}")
    if kind == "longrope" and "original_max_position_embeddings" in left:
        said["original_max_position_embeddings"] = left["original_max_position_embeddings"]  # read from there only
        if said["original_max_position_embeddings"] and set(left) == _PHI3 and "rope_scaling" in known:
            left = {"type": kind, "long_factor": left["long_factor"], "short_factor": left["short_factor"]}
    return {**said, "rope_scaling": left}


def _plain_theta(rope: Mapping[str, Any], version: str) -> Any:
    """The base of unscaled positions: the class here supports no scaling for this kind of layer."""
    if unknown := [key for key in rope if key not in ("rope_theta", "rope_type") and rope[key] is not None]:
        raise _refuse(version, f"{_ROPE}.{min(unknown)}")
    if rope.get("rope_type", "default") != "default":
        raise _refuse(version, f"{_ROPE} of the kind {_show(rope['rope_type'])}")
    return rope.get("rope_theta")


def _count_layers(kinds: Any, version: str) -> int:
    """Every how many layers one attends to the whole text, as ModernBERT's configuration here has it."""
    count = len(kinds) if isinstance(kinds, list) else 0
    for every in range(1, count + 1):
        if kinds == [_SLIDING if place % every else _FULL for place in range(count)]:
            return every
    raise _refuse(version, "layer_types in an irregular order")


def _show(value: Any) -> str:
    return shorten(value, 40) if isinstance(value, str) else quote(value, 40)


def _refuse(version: str, what: str) -> UnsupportedModelError:
    wrote, here = f"transformers {shorten(version, 20)}".strip(), f"transformers {transformers.__version__}"
    return UnsupportedModelError(
        f"The model was saved by {wrote} and says {what}, which {here} here cannot read: it would compute something "
        "else. Save it with transformers 4 to have it explained."
    )
