"""From a file to a model: a checkpoint of Flair, or what Hugging Face saved, or a file that the operator trusts."""

from __future__ import annotations

from pathlib import Path

from ..classifiers import make_kind
from ..errors import CheckpointError, UnsupportedModelError
from ..files import hash_file
from ..opened_model import OpenedModel
from ..supported.releases import TODAY
from .failures import failures_told
from .flair import open_flair
from .folder import hash_tree, holds_saved_folder
from .hugging_face import PROBE, open_hugging_face
from .identity import identify, name_encoder
from .trusted import TRUSTED, load_trusted

_FAILED = "The file cannot be opened as a model"


def open_model(
    path: str | Path, *, tokenizer: str | Path | None = None, multi_label: bool | None = None
) -> OpenedModel:
    """As `load_model`, in this process."""
    if tokenizer is not None and not Path(tokenizer).exists():
        raise CheckpointError(f"There is no tokenizer {tokenizer}.")
    with failures_told(_FAILED):
        model = _load(path, tokenizer).with_multi_label(multi_label)
        model.describe()  # what a page shows of it first
        return model if tokenizer is None else model.with_tokenizer(hash_tree(Path(tokenizer)))


def _load(path: str | Path, tokenizer: str | Path | None) -> OpenedModel:
    if holds_saved_folder(path):
        return _load_hugging_face(path, tokenizer)
    try:
        return _load_flair(path, tokenizer)
    except (CheckpointError, UnsupportedModelError):
        if (trusted := load_trusted(path)) is None:
            raise
    kind = make_kind(trusted.network, TODAY)
    identity = identify(kind, trusted.sha256, name_encoder(kind))
    return OpenedModel.of(kind, identity, trusted.size, (TRUSTED, *kind.encoder.notes))


@failures_told(_FAILED)
def _load_flair(path: str | Path, tokenizer: str | Path | None) -> OpenedModel:
    kind, release, checkpoint = open_flair(path, tokenizer)
    identity = identify(kind, hash_file(Path(path)), name_encoder(kind), release)
    notes = [note for note in (release.note, *checkpoint.notes, *kind.encoder.notes) if note]
    return OpenedModel.of(kind, identity, checkpoint.size, notes, release)


def _load_hugging_face(path: str | Path, tokenizer: str | Path | None) -> OpenedModel:
    opened = open_hugging_face(path, tokenizer)
    identity = identify(opened.kind, opened.sha256, opened.kind.classifier.config.model_type)
    model = OpenedModel.of(opened.kind, identity, opened.size, (*opened.kind.encoder.notes, *opened.kind.notes))
    model.check_fidelity(PROBE, model.predict(PROBE))
    return model
