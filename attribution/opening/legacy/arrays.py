"""Numpy arrays and gensim's word vectors, from inert stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import CheckpointError
from ..pickles.stand_ins import state_of


def to_array(saved: Any) -> NDArray[Any]:
    """A numpy array of numbers, as numpy pickles it: (version, shape, dtype, Fortran order, bytes).

    Raises:
        CheckpointError: no array of numbers, or one whose bytes do not fill its shape.
    """
    try:
        _, shape, dtype, is_fortran, raw = saved.state
        order = dtype.state[1] if isinstance(dtype.state, tuple) else "<"
        kind = np.dtype(f"{'<' if order == '|' else order}{dtype.arguments[0]}")
        if kind.kind not in "biuf":
            raise ValueError(f"elements of kind {kind}")
        raw = raw.encode("latin-1") if isinstance(raw, str) else raw
        if not isinstance(raw, bytes):  # given a number, `bytes` would make that many
            raise TypeError("elements that are no bytes")
        if not raw:  # an array of no numbers can claim any other size
            raise ValueError("no elements")
        return np.frombuffer(raw, dtype=kind).reshape(shape, order="F" if is_fortran else "C")
    except (AttributeError, TypeError, ValueError, IndexError) as error:
        raise CheckpointError("The file holds an array that cannot be read.") from error


def read_word_vectors(saved: Any) -> tuple[dict[str, int], NDArray[Any]]:
    """Word -> row, and the vectors, of gensim's KeyedVectors of any version."""
    state = state_of(saved)
    vectors = to_array(state.get("vectors", state.get("syn0")))
    rows = state.get("key_to_index")
    if not isinstance(rows, Mapping):
        entries = state.get("vocab")
        if not isinstance(entries, Mapping):
            raise CheckpointError("The file holds word vectors without their words.")
        rows = {word: state_of(entry).get("index") for word, entry in entries.items()}
    known = {row for row in rows.values() if type(row) is int and 0 <= row < len(vectors)}
    if vectors.ndim != 2 or len(known) != len(rows):
        raise CheckpointError("The file holds word vectors that do not fit their words.")
    return {str(word): int(row) for word, row in rows.items()}, vectors
