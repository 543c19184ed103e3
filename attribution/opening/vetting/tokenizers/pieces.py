"""Checks a vocabulary of pieces: what a sentencepiece model holds, or a tokenizer.json of the kind Unigram.

Such a vocabulary becomes a tree with a node for each beginning of a piece, of some 350 bytes each, and every place of
a text is compared with it for as long as its pieces are. So both the pieces and their letters are limited. A
sentencepiece model is a message of protocol buffers, of which two bytes in a file can become a hundred in memory.
The format: https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from ....errors import CheckpointError, UnsafeCheckpointError
from .growth import read_table

_PIECES = 1  # the number of their field
_MOST_PIECES, _LONGEST_PIECE = 2**20, 512
_MOST_PARTS, _MOST_REST = 100, 4 * 2**20
"""All but the pieces, and their bytes: known models have four such parts, mostly a table of letters of 300 kB."""

_FEW_LETTERS, _MOST_NODES = 2 * 2**20, 3 * 2**20


def vet_pieces(content: bytes) -> None:
    """Check a sentencepiece model, which may hold the same table of replacements as the steps of a tokenizer.

    Raises:
        UnsafeCheckpointError: it makes a text much longer, or would take up all memory.
        CheckpointError: it is not a sentencepiece model.
    """
    try:
        _check_fields(content)
        model: Any = import_module("sentencepiece.sentencepiece_model_pb2").ModelProto()
        model.ParseFromString(content)
    except UnsafeCheckpointError:
        raise
    except Exception as error:  # protobuf's own exception, which has no types
        raise CheckpointError("The sentencepiece model is damaged.") from error
    check_vocabulary([piece.piece for piece in model.pieces])
    for steps in (model.normalizer_spec, model.denormalizer_spec):
        read_table(steps.precompiled_charsmap)


def check_vocabulary(pieces: Sequence[str]) -> None:
    """Check that the tree of these pieces fits into memory.

    Raises:
        UnsafeCheckpointError: it does not, or a piece is longer than those of any tokenizer.
    """
    if len(pieces) > _MOST_PIECES:
        raise UnsafeCheckpointError(f"The tokenizer has more than {_MOST_PIECES} pieces, and no known one has.")
    encoded = [piece.encode("utf-8", "surrogatepass") for piece in pieces]
    if max(map(len, encoded), default=0) > _LONGEST_PIECE:
        raise UnsafeCheckpointError(
            f"The tokenizer has a piece of more than {_LONGEST_PIECE} bytes. Known ones have pieces of a word."
        )
    if sum(map(len, encoded)) > _FEW_LETTERS and _count_nodes(encoded) > _MOST_NODES:
        raise UnsafeCheckpointError("The tokenizer's pieces would take up more memory than those of any known one.")


def _count_nodes(pieces: list[bytes]) -> int:
    """How many beginnings the pieces have, each counted once."""
    nodes, before = 0, b""
    for piece in sorted(pieces):
        nodes += len(piece) - len(os.path.commonprefix((before, piece)))  # noqa: RUF071  # by letters, as is meant
        before = piece
    return nodes


def _check_fields(content: bytes) -> None:
    """Count what is in a model before it is made into objects."""
    count, parts, rest = 0, 0, 0
    for field, size in _list_fields(content):
        if field == _PIECES:
            count += 1
        else:
            parts, rest = parts + 1, rest + size
        if count > _MOST_PIECES:
            raise UnsafeCheckpointError(f"The tokenizer has more than {_MOST_PIECES} pieces, and no known one has.")
        if parts > _MOST_PARTS or rest > _MOST_REST or size > _MOST_REST:
            raise UnsafeCheckpointError("The sentencepiece model holds more than pieces and a table of letters.")


def _list_fields(content: bytes) -> Iterator[tuple[int, int]]:
    """The number and the bytes of each field of a message that holds nothing but messages."""
    at = 0
    while at < len(content):
        begin = at
        tag, at = _read_number(content, at)
        size, at = _read_number(content, at)
        at += size
        if tag & 7 != 2 or at > len(content):
            raise ValueError("not a message of messages")
        yield tag >> 3, at - begin


def _read_number(content: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and the place behind it."""
    number = shift = 0
    while content[at] & 128:
        number |= (content[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if shift > 35:
            raise ValueError("a number that is too large")
    return number | content[at] << shift, at + 1
