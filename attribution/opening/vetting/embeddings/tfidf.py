"""`DocumentTFIDFEmbeddings`: scikit-learn's vectorizer, rebuilt from the settings in its inert stand-in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

from ....errors import CheckpointError, UnsafeCheckpointError, UnsupportedModelError
from ....wording import quote
from ...legacy.arrays import to_array
from ...pickles.stand_ins import StandIn, state_of
from ..plain import take_known, to_plain
from ..sizes.weights import Weights

_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "analyzer": ("word", "char", "char_wb"),
    "binary": (False, True),
    "lowercase": (False, True),
    "strip_accents": (None, "ascii", "unicode"),
}
_WEIGHING: Mapping[str, tuple[Any, ...]] = {
    "norm": ("l2", "l1", None),
    "smooth_idf": (False, True),
    "sublinear_tf": (False, True),
    "use_idf": (False, True),
}
_LONGEST_NGRAM = 20
_LONGEST_PATTERN = 200


def vet_tfidf(saved: Mapping[str, Any], _weights: Weights, _tokenizer: str | Path | None) -> dict[str, Any]:
    """The parameters of `DocumentTFIDFEmbeddings`, with a vectorizer that scikit-learn made here.

    Raises:
        UnsafeCheckpointError: a vectorizer that reads files, or brings code of its own.
        UnsupportedModelError: a pattern for words that might search a text forever.
        CheckpointError: a vectorizer whose parts do not fit together.
    """
    take_known(saved, {}, {"__cls__", "vectorizer"})
    stand_in = saved.get("vectorizer")
    if not isinstance(stand_in, StandIn) or stand_in.name != "TfidfVectorizer":
        raise CheckpointError(f"Expected scikit-learn's TfidfVectorizer, got {type(stand_in).__name__}.")
    state = state_of(stand_in)
    _check_reach(state)
    weighing = _choose(state_of(state.get("_tfidf")), _WEIGHING)
    vectorizer = TfidfVectorizer(
        **_choose(state, _CHOICES),
        **weighing,
        dtype=np.float32,
        ngram_range=_vet_range(state.get("ngram_range")),
        stop_words=_vet_stop_words(state.get("stop_words")),
        token_pattern=_vet_pattern(state.get("token_pattern")),
    )
    vectorizer.vocabulary_ = _vet_vocabulary(state.get("vocabulary_"))
    vectorizer.fixed_vocabulary_ = False
    vectorizer._tfidf = TfidfTransformer(**weighing)
    vectorizer._tfidf.n_features_in_ = len(vectorizer.vocabulary_)
    if weighing["use_idf"]:
        vectorizer._tfidf.idf_ = _vet_idf(state_of(state.get("_tfidf")), len(vectorizer.vocabulary_))
    return {"__cls__": "DocumentTFIDFEmbeddings", "vectorizer": vectorizer}


def _check_reach(state: Mapping[str, Any]) -> None:
    if state.get("input", "content") != "content":
        raise UnsafeCheckpointError("The vectorizer takes a text as the name of a file, and would read that file.")
    own = [key for key in ("preprocessor", "tokenizer") if state.get(key) is not None]
    if own or not isinstance(state.get("analyzer", "word"), str):
        raise UnsafeCheckpointError(f"The vectorizer brings code of its own: {', '.join(own) or 'analyzer'}.")


def _choose(state: Mapping[str, Any], choices: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    chosen = {}
    for key, known in choices.items():
        if key not in state or state[key] not in known:
            raise CheckpointError(f"Expected one of {known} as the vectorizer's {key!r}.")
        chosen[key] = state[key]
    return chosen


def _vet_range(saved: Any) -> tuple[int, int]:
    match saved:
        case (int(shortest), int(longest)) if 1 <= shortest <= longest <= _LONGEST_NGRAM:
            return shortest, longest
    raise CheckpointError(f"Expected n-grams of 1 to {_LONGEST_NGRAM} parts.")


def _vet_stop_words(saved: Any) -> Any:
    if saved is None or saved == "english":
        return saved
    words = to_plain(list(saved), "stop_words") if isinstance(saved, (list, set, frozenset)) else None
    if words is None or not all(isinstance(word, str) for word in words):
        raise CheckpointError("Expected a list of stop words in the vectorizer.")
    return words


def _vet_pattern(saved: Any) -> str:
    """Allow one repetition at most and no group: no text can make the search for such a pattern take forever."""
    if not isinstance(saved, str) or len(saved) > _LONGEST_PATTERN:
        raise CheckpointError("Expected a pattern for words in the vectorizer.")
    if re.search(r"[(|]", saved.removeprefix("(?u)")) or len(re.findall(r"[*+?{]", saved.removeprefix("(?u)"))) > 1:
        raise UnsupportedModelError(
            f"The vectorizer finds words by the pattern {quote(saved)}. Whylight follows patterns without groups and "
            "with one repetition: others can take forever on a text."
        )
    try:
        re.compile(saved)
    except re.error as error:
        raise CheckpointError(
            f"The vectorizer's pattern for words is not a regular expression: {quote(saved)}."
        ) from error
    return saved


def _vet_vocabulary(saved: Any) -> dict[str, int]:
    if not isinstance(saved, Mapping) or not saved or not all(isinstance(feature, str) for feature in saved):
        raise CheckpointError("Expected the vectorizer's vocabulary. The file is damaged.")
    vocabulary = {feature: _to_int(column) for feature, column in saved.items()}
    if sorted(vocabulary.values()) != list(range(len(vocabulary))):
        raise CheckpointError("Expected a column of its own for each entry of the vectorizer's vocabulary.")
    return vocabulary


def _to_int(saved: Any) -> int:
    """An integer of Python, or of numpy, which pickles it as (dtype, bytes); -1 for anything else."""
    if isinstance(saved, int):
        return saved
    match getattr(saved, "arguments", None):
        case (_, bytes(raw)) if isinstance(saved, StandIn) and saved.name == "scalar":
            return int.from_bytes(raw, "little", signed=True)
    return -1


def _vet_idf(state: Mapping[str, Any], count: int) -> NDArray[np.float32]:
    """[count], from an array or, before scikit-learn 1.5, from a sparse diagonal matrix."""
    diagonal = state_of(state.get("_idf_diag"))
    saved = to_array(state["idf_"] if "idf_" in state else diagonal.get("data")).ravel()
    if saved.shape != (count,) or not np.isfinite(saved).all():
        raise CheckpointError(f"Expected {count} weights in the vectorizer, got {saved.shape}.")
    if "indices" in diagonal and not np.array_equal(to_array(diagonal["indices"]), np.arange(count)):
        raise CheckpointError("Expected a diagonal matrix of weights in the vectorizer.")
    return saved.astype(np.float32)
