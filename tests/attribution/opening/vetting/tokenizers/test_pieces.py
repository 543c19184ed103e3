"""Vocabularies of pieces: of sentencepiece models, and of a tokenizer.json."""

from __future__ import annotations

import json
import random
import time

import pytest
from sentencepiece import sentencepiece_model_pb2

from attribution import CheckpointError, UnsafeCheckpointError
from attribution.opening.vetting.tokenizers.pieces import check_vocabulary, vet_pieces
from attribution.opening.vetting.tokenizers.steps import vet_pipeline

MODEL = b"\x0a\x05\x0a\x03<a>"  # one piece
LETTERS = "abcdefghij"


def refuse(content: bytes, match: str) -> None:
    begun = time.process_time()
    with pytest.raises(CheckpointError, match=match):
        vet_pieces(content)
    assert time.process_time() - begun < 10


def number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def field(key: int, content: bytes) -> bytes:
    return number(key << 3 | 2) + number(len(content)) + content


def test_an_honest_model_passes():
    model = sentencepiece_model_pb2.ModelProto()
    for index in range(5000):
        model.pieces.add(piece=f"▁word{index}", score=-index)
    model.trainer_spec.model_prefix = "m"
    vet_pieces(model.SerializeToString())
    vet_pieces(MODEL)


def test_millions_of_empty_pieces():
    refuse(b"\x0a\x00" * 20_000_000, "more than 1048576 pieces")


def test_a_piece_of_any_length():
    refuse(field(1, field(1, b"a" * 1000)), "a piece of more than 512 bytes")
    refuse(field(1, field(1, b"a" * 10**7)), "more than pieces and a table")


@pytest.mark.parametrize("key", [2, 3, 4, 5, 9])
def test_millions_of_something_else(key):
    refuse(field(key, b"\x0a\x00" * 5_000_000), "more than pieces and a table of letters")
    refuse(field(key, b"") * 5_000_000, "more than pieces and a table of letters")


@pytest.mark.parametrize(
    "content", [b"\x0a\x7f", b"\x0a", b"\x08\x01", b"\xff" * 100, b"{}", MODEL[:-1], b"\x0a\x02\xff\xff"]
)
def test_what_is_no_model_is_damaged(content):
    refuse(content, "sentencepiece model is damaged")


def test_pieces_that_take_up_all_memory():
    """Each letter of a piece that no other begins with is a node of a tree."""
    generator = random.Random(0)
    pieces = ["".join(generator.choices(LETTERS, k=400)) for _ in range(9000)]
    with pytest.raises(UnsafeCheckpointError, match="more memory than those of any known one"):
        check_vocabulary(pieces)
    begun = time.process_time()
    check_vocabulary([f"{'a' * 100}{index}" for index in range(100_000)])  # as many letters, and few beginnings
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("piece", ["a" * 513, "你" * 200])
def test_a_long_piece_of_a_tokenizer(piece):
    model = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], [piece, -1.0]]}
    with pytest.raises(UnsafeCheckpointError, match="a piece of more than 512 bytes"):
        vet_pipeline(json.dumps({"model": model}).encode())
