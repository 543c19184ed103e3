"""The tokenizer's files, packed into a checkpoint as a zip archive."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

from ..errors import CheckpointError, UnsafeCheckpointError, shorten
from .pipeline import vet_pipeline

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
TOKENIZER_LIMIT = 64 * 2**20
_DIRECTORY_SIZE, _DIRECTORY_LIMIT = 5, 2**18
_LARGEST_NUMBER = 2**17
_LENGTHS = {"max_len", "max_length", "model_max_length"}


def vet_tokenizer(saved: Any, network: Mapping[str, Any]) -> io.BytesIO:
    """The tokenizer's files, in a new archive: known names only, no code, no paths of the local disk.

    `network` is the encoder's configuration: where the files do not say so, it tells the tokenizer's class and how
    much the encoder reads.
    """
    if not isinstance(saved, io.BytesIO):
        raise CheckpointError(f"Expected the tokenizer's files, got {type(saved).__name__}.")
    vetted = io.BytesIO()
    try:
        _check_directory(saved)
        with zipfile.ZipFile(saved) as archive, zipfile.ZipFile(vetted, "w") as clean:
            _check_entries(archive.infolist())
            names = TOKENIZER_FILES.intersection(archive.namelist())
            config = json.loads(archive.read("tokenizer_config.json")) if "tokenizer_config.json" in names else {}
            clean.writestr("tokenizer_config.json", json.dumps(_vet_tokenizer_config(config, network)))
            for name in sorted(names - {"tokenizer_config.json"}):
                content = archive.read(name)
                if name == "tokenizer.json":
                    vet_pipeline(content)
                clean.writestr(name, content)
    except (zipfile.BadZipFile, ValueError, RuntimeError, EOFError) as error:
        raise CheckpointError("The tokenizer's files are damaged.") from error
    vetted.seek(0)
    return vetted


def longest_input(vetted: io.BytesIO) -> int:
    """The tokenizer's `model_max_length`."""
    with zipfile.ZipFile(vetted) as archive:
        length = json.loads(archive.read("tokenizer_config.json")).get("model_max_length")
    vetted.seek(0)
    return length if isinstance(length, int) else sys.maxsize


def _check_directory(saved: io.BytesIO) -> None:
    end = zipfile._EndRecData(saved)  # type: ignore[attr-defined]  # what ZipFile itself goes by, read before it does
    if end and end[_DIRECTORY_SIZE] > _DIRECTORY_LIMIT:
        raise UnsafeCheckpointError("The tokenizer is an archive of more files than any tokenizer has.")


def _check_entries(entries: Sequence[zipfile.ZipInfo]) -> None:
    if sum(entry.file_size for entry in entries) > TOKENIZER_LIMIT:
        raise UnsafeCheckpointError(f"The tokenizer is larger than {TOKENIZER_LIMIT >> 20} MB.")
    for entry in entries:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnsafeCheckpointError("The tokenizer is compressed in a way that can ask for all memory.")


def _vet_tokenizer_config(config: Any, network: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(config, dict):
        raise ValueError("not a mapping")
    if config.get("auto_map") or config.get("trust_remote_code"):
        raise UnsafeCheckpointError("The tokenizer asks for code from elsewhere (auto_map).")
    for key, value in config.items():
        if isinstance(value, int) and abs(value) > _LARGEST_NUMBER and key not in _LENGTHS:
            raise CheckpointError(f"The tokenizer claims {shorten(str(value))} as its {shorten(key)!r}.")
    # A path here would be read in place of the archive's own file.
    vetted = {key: value for key, value in config.items() if not key.endswith("_file") and key != "init_inputs"}
    if not vetted.get("tokenizer_class"):
        slow, fast = TOKENIZER_MAPPING_NAMES.get(network.get("model_type", ""), (None, None))
        vetted["tokenizer_class"] = fast or slow
    return vetted
