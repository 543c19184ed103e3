"""The archive of a tokenizer: in a checkpoint, and given along with one."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile

import pytest

from attribution import AttributionError, CheckpointError, UnsafeCheckpointError
from attribution.opening.tokenizers import TOKENIZER_LIMIT, find_tokenizer
from attribution.opening.vetting.tokenizers.files import vet_tokenizer
from tests.attribution.opening.archives.forger import Forger, deflate

BERT = {"model_type": "bert"}


def forge(name: bytes = b"vocab.txt", *, packed: bytes = b"a\n", size: int | None = None, method: int = 0) -> bytes:
    forger = Forger()
    forger.add(b"tokenizer_config.json", b"{}")
    forger.add(name, packed, size, method=method)
    return forger.finish()


BZIP2 = forge(packed=bz2.compress(bytes(2**26)), size=1000, method=12)
LZMA = forge(packed=lzma.compress(bytes(2**26)), size=1000, method=14)
MORE = forge(packed=deflate(bytes(2**26)), size=1000, method=8)
SEVERAL = forge()[:-18] + b"\1\0\1\0" + forge()[-14:]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (BZIP2, "compressed by bzip2"),
        (LZMA, "compressed by LZMA"),
        (MORE, "unpacks to more than the zip archive says"),
        (SEVERAL, "one of several parts"),
        (b"PK\3\4 and nothing more", "is damaged"),
    ],
)
def test_what_is_no_honest_archive_is_one_sentence(tmp_path, content, match):
    with pytest.raises(CheckpointError, match=match):
        vet_tokenizer(io.BytesIO(content), BERT)
    (tmp_path / "tokenizer.zip").write_bytes(content)
    with pytest.raises(AttributionError, match=match):
        vet_tokenizer(find_tokenizer("bert", tmp_path / "tokenizer.zip"), BERT)


@pytest.mark.parametrize("given", ["tokenizer.json", "tokenizer.model", "."])
def test_one_given_along_is_not_read_where_it_is_too_large(tmp_path, given, monkeypatch):
    monkeypatch.setattr("attribution.opening.tokenizers.TOKENIZER_LIMIT", 1000)
    for name in ("tokenizer.json", "tokenizer.model"):
        (tmp_path / name).write_bytes(bytes(1001))
    with pytest.raises(UnsafeCheckpointError, match="The tokenizer is larger than"):
        find_tokenizer("bert", tmp_path / given)


def test_a_zip_of_one_is_not_unpacked_where_it_is_too_large(tmp_path):
    with zipfile.ZipFile(tmp_path / "tokenizer.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/vocab.txt", bytes(TOKENIZER_LIMIT))
        archive.writestr("a/merges.txt", b"a")
    with pytest.raises(UnsafeCheckpointError, match="The tokenizer is larger than 64 MB"):
        find_tokenizer("bert", tmp_path / "tokenizer.zip")


def test_a_zip_of_a_folder_is_a_zip_of_its_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "tokenizer.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/vocab.txt", b"a\nb\n")
        archive.writestr("folder/model.safetensors", b"weights")
    with zipfile.ZipFile(find_tokenizer("bert", tmp_path / "tokenizer.zip")) as found:
        assert {name: found.read(name) for name in found.namelist()} == {"vocab.txt": b"a\nb\n"}
