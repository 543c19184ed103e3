"""The tokenizer's files, packed into a checkpoint as a zip archive."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from transformers import SpecialTokensMixin
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES, tokenizer_class_from_name

from ....errors import CheckpointError, UnsafeCheckpointError, UnsupportedModelError
from ....wording import shorten
from ...archives import open_archive
from ...tokenizers import TOKENIZER_LIMIT, check_size
from ..newer_release import is_newer, read_newer_tokenizer
from .added import check_added_settings, check_count
from .parts import is_as_made
from .pieces import vet_pieces
from .steps import check_parts, vet_pipeline

TOKENIZER_FILES = {
    "added_tokens.json",
    "bpe.codes",
    "dict.txt",
    "merges.txt",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "spiece.model",
    "spm.model",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
}
_CONFIG_LIMIT = 16 * 2**20
_LARGEST_NUMBER = 2**17
_LINES, _MOST_LINES = {"bpe.codes", "dict.txt", "merges.txt", "vocab.txt"}, 2**21
_LENGTHS, _UNLIMITED = {"max_len", "max_length", "model_max_length"}, 10**31  # transformers writes a little less
_GENERIC, _NEWER_GENERIC = "PreTrainedTokenizerFast", "TokenizersBackend"
"""What releases 4 and 5 of transformers call a tokenizer that its tokenizer.json describes completely."""
_INPUTS = ("input_ids", "attention_mask")
"""What a tokenizer of transformers 5 gives a network. Its few classes that also give token types give zeros, which
networks assume anyway; the generic class of release 4 would give the token types of tokenizer.json."""
_NAMES, _CONFIG = "special_tokens_map.json", "tokenizer_config.json"
# The first makes transformers look for other files in the folder; the second holds arguments of the tokenizer's class.
_LEADING_OUT = {"fast_tokenizer_files", "init_inputs"}
_SAMPLING = {"alpha", "enable_sampling", "nbest_size"}
"""The arguments that sentencepiece may be given; others, such as `model_file`, would make it read a file."""


def vet_tokenizer(saved: Any, network: Mapping[str, Any]) -> io.BytesIO:
    """The tokenizer's files, in a new archive: known names only, no code, no paths of the local disk.

    `network` is the encoder's configuration: it tells which release of transformers wrote the files, and the
    tokenizer's class where they do not name it.
    """
    if not isinstance(saved, io.BytesIO):
        raise CheckpointError(f"Expected the tokenizer's files, got {type(saved).__name__}.")
    vetted = io.BytesIO()
    try:
        with open_archive(saved) as archive, zipfile.ZipFile(vetted, "w") as clean:
            check_size(archive.sizes.values())
            names = TOKENIZER_FILES.intersection(archive.sizes)
            config = json.loads(archive.read(_CONFIG, _CONFIG_LIMIT)) if _CONFIG in names else {}
            if is_newer(network) and "tokenizer.json" in names and isinstance(config, dict):
                check_parts(told := archive.read("tokenizer.json", TOKENIZER_LIMIT))
                _check_made(told, config, str(network.get("model_type")))
                config["tokenizer_class"] = _GENERIC  # tokenizer.json describes it completely
                config["model_input_names"] = config.get("model_input_names") or [*_INPUTS]
            clean.writestr(_CONFIG, json.dumps(_vet_tokenizer_config(config, network)))
            for name in sorted(names - {_CONFIG}):
                try:
                    content = archive.read(name, TOKENIZER_LIMIT)
                    clean.writestr(name, _vet_file(name, content, network, config))
                except CheckpointError:
                    if not name.endswith(".model") or "tokenizer.json" not in names:  # tokenizer.json is read instead
                        raise
    except (ValueError, RecursionError) as error:
        raise CheckpointError("The tokenizer's files are damaged.") from error
    vetted.seek(0)
    return vetted


def _check_made(content: bytes, config: Mapping[str, Any], model_type: str) -> None:
    """Check that transformers 5 reads this tokenizer.json as it stands; `read_newer_tokenizer` handles Qwen2's.

    Raises:
        UnsupportedModelError: it does not.
        ValueError: it is malformed.
    """
    told = {**config, "tokenizer_class": _GENERIC} if model_type == "qwen2" else config
    try:
        found = is_as_made(json.loads(content), told, model_type)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not what tokenizers writes") from error
    if not found:
        raise UnsupportedModelError(
            f"In transformers 5 the tokenizer's class, {shorten(str(config.get('tokenizer_class')), 60)}, does not "
            "build the tokenizer in tokenizer.json, and it is not known which of the two the model was trained with. "
            "If it was the one in the file, set tokenizer_class to TokenizersBackend in tokenizer_config.json."
        )


def longest_input(vetted: io.BytesIO) -> int:
    """The tokenizer's `model_max_length`."""
    with zipfile.ZipFile(vetted) as archive:
        length = json.loads(archive.read(_CONFIG)).get("model_max_length")
    vetted.seek(0)
    return length if isinstance(length, int) else sys.maxsize


def _vet_file(name: str, content: bytes, network: Mapping[str, Any], config: Mapping[str, Any]) -> bytes:
    """The vetted content of a file other than the configuration; that of special tokens holds nothing else."""
    if name == _NAMES:
        check_parts(content)
        return json.dumps(_vet_special_tokens(json.loads(content))).encode()
    if name == "added_tokens.json":
        check_parts(content)
        check_added_settings({"additional_special_tokens": list(json.loads(content))})
    if name == "tokenizer.json":
        if is_newer(network):
            begins = bool(config.get("add_prefix_space"))
            content = read_newer_tokenizer(content, str(network.get("model_type")), begins_with_space=begins)
        content = vet_pipeline(content)
    elif name == "vocab.json":
        check_parts(content)
    elif name in _LINES:
        check_count(f"lines in its {name}", sum(map(content.count, (b"\n", b"\r"))), _MOST_LINES)
    elif name.endswith(".model"):
        vet_pieces(content)
    return content


def _vet_special_tokens(saved: Any) -> dict[str, Any]:
    """Keep only special tokens: each key is passed to the tokenizer's class, which would read a file from a path."""
    if not isinstance(saved, dict):
        raise ValueError("not a mapping")
    check_added_settings(saved)
    known = SpecialTokensMixin.SPECIAL_TOKENS_ATTRIBUTES
    return {key: value for key, value in saved.items() if key in known and isinstance(value, (str, dict, list))}


def _vet_tokenizer_config(config: Any, network: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(config, dict):
        raise ValueError("not a mapping")
    if config.get("auto_map") or config.get("trust_remote_code"):
        raise UnsafeCheckpointError("The tokenizer asks for code from elsewhere (auto_map).")
    for key, value in config.items():
        if isinstance(value, int) and abs(value) > (_UNLIMITED if key in _LENGTHS else _LARGEST_NUMBER):
            raise CheckpointError(f"The tokenizer claims {shorten(str(value))} as its {shorten(key)!r}.")
    check_added_settings(config)
    slow, fast = TOKENIZER_MAPPING_NAMES.get(network.get("model_type", ""), (None, None))
    kind = config.get("tokenizer_class") or fast or slow
    kind = _GENERIC if kind == _NEWER_GENERIC else kind
    # A path here would be read in place of the archive's own file.
    paths = _LEADING_OUT | _file_arguments(str(kind))
    vetted = {key: value for key, value in config.items() if not key.endswith("_file") and key not in paths}
    if isinstance(extra := vetted.get("extra_special_tokens"), list):  # transformers 5's name for the additional ones
        vetted["additional_special_tokens"] = [*(vetted.get("additional_special_tokens") or []), *extra]
        del vetted["extra_special_tokens"]
    if isinstance(told := vetted.get("sp_model_kwargs"), dict):
        vetted["sp_model_kwargs"] = {key: value for key, value in told.items() if key in _SAMPLING}
    return {**vetted, "tokenizer_class": kind}


def _file_arguments(kind: str) -> set[str]:
    """The names by which a class of tokenizers, slow or fast, takes its files."""
    found: set[str] = set()
    for name in (kind.removesuffix("Fast"), f"{kind.removesuffix('Fast')}Fast"):
        with suppress(ImportError):  # the class needs a package that is not installed, so it cannot be used anyway
            found |= set(getattr(tokenizer_class_from_name(name), "vocab_files_names", ()))
    return found
