"""Finds the tokenizer of an encoder where the checkpoint holds none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..environment import read, read_folder
from ..errors import AttributionError, TokenizerMissingError, UnsafeCheckpointError
from ..wording import shorten
from .archives import is_archive, open_archive

_SENTENCEPIECE = "sentencepiece.bpe.model"
_SUFFIXES = {".codes", ".json", ".model", ".txt"}
TOKENIZER_LIMIT = 64 * 2**20
"""Bytes of all files of a tokenizer together."""


def find_tokenizer(encoder: str, given: str | Path | None) -> io.BytesIO:
    """The tokenizer's files as a zip archive, not yet checked.

    Looked for in this order: what is given with the call (a folder, a zip, a tokenizer.json or a sentencepiece model),
    `WHYLIGHT_TOKENIZERS/<encoder>/`, the local Hugging Face cache; and the hub where `WHYLIGHT_HUB=1` is set.

    Raises:
        TokenizerMissingError: it is in none of these places.
        AttributionError: what is given does not exist, is too large, or is an archive that cannot be read.
    """
    if given is not None:
        return _pack_given(Path(given))
    folder = _folder_of(encoder) or fetch_tokenizer(encoder)
    if folder is None:
        name = shorten(" ".join(encoder.split()))
        raise TokenizerMissingError(
            f"The file holds no tokenizer for its encoder, {name}. Give it along (the tokenizer.json, a zip of the "
            "tokenizer's files, or the sentencepiece model), or put its files into the folder "
            f"{name} inside the folder that WHYLIGHT_TOKENIZERS names.",
            encoder,
        )
    return _pack_folder(folder)


def _pack_given(given: Path) -> io.BytesIO:
    if given.is_dir():
        return _pack_folder(given)
    if not given.is_file():
        raise AttributionError(f"There is no tokenizer {given}.")
    if is_archive(given):
        return _flatten(given)
    with given.open("rb") as file:
        is_json = given.suffix == ".json" or file.read(1) == b"{"  # an upload that is tried has no name yet
    return _pack({"tokenizer.json" if is_json else _SENTENCEPIECE: given})


def _flatten(given: Path) -> io.BytesIO:
    """Repack a zip without its folders, as people often zip a folder and not the files in it."""
    packed = io.BytesIO()
    with open_archive(given) as archive, zipfile.ZipFile(packed, "w") as flat:
        found = {name.rpartition("/")[2]: name for name in reversed(list(archive.sizes))}
        chosen = {name: whole for name, whole in found.items() if Path(name).suffix in _SUFFIXES}
        check_size(archive.sizes[whole] for whole in chosen.values())
        for name, whole in chosen.items():
            flat.writestr(name, archive.read(whole, TOKENIZER_LIMIT))
    packed.seek(0)
    return packed


def _pack_folder(folder: Path) -> io.BytesIO:
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix in _SUFFIXES)
    return _pack({path.name: path for path in files})


def _pack(files: Mapping[str, Path]) -> io.BytesIO:
    check_size(path.stat().st_size for path in files.values())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, path in files.items():
            archive.write(path, name)
    packed.seek(0)
    return packed


def check_size(sizes: Iterable[int]) -> None:
    """Check that the files of a tokenizer, of these bytes each, are no larger than any tokenizer's.

    Raises:
        UnsafeCheckpointError: they are.
    """
    if sum(sizes) > TOKENIZER_LIMIT:
        raise UnsafeCheckpointError(f"The tokenizer is larger than {TOKENIZER_LIMIT >> 20} MB.")


def _folder_of(encoder: str) -> Path | None:
    root = read_folder("WHYLIGHT_TOKENIZERS")
    if root is None or not _is_public_name(encoder):
        return None
    folder = root / encoder
    return folder if folder.is_dir() else None


def fetch_tokenizer(encoder: str) -> Path | None:
    """The encoder's snapshot in the local Hugging Face cache, fetched first where the operator allows the hub."""
    if not _is_public_name(encoder):
        return None
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                encoder,
                allow_patterns=["*.json", "*.txt", "*.model"],
                local_files_only=read("WHYLIGHT_HUB") != "1",
            )
        )
    except Exception:  # the cache and the hub fail in many ways, and all of them mean that it is not there
        return None


def find_hub_cache() -> Path | None:
    """The local Hugging Face cache, or None where there is none."""
    from huggingface_hub.constants import HF_HUB_CACHE

    folder = Path(HF_HUB_CACHE)
    return folder if folder.is_dir() else None


def _is_public_name(encoder: str) -> bool:
    """Whether it is `name` or `owner/name`, and not a path."""
    parts = encoder.split("/")
    return len(parts) <= 2 and all(
        part and not part.startswith(".") and all(c.isalnum() or c in "._-" for c in part) for part in parts
    )
