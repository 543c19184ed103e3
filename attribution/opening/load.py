"""From a file to a model: a checkpoint of Flair, or what Hugging Face saved, or a file that the operator trusts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..classifiers import make_kind
from ..encoders.panics import panics_reported
from ..errors import CheckpointError, UnsupportedModelError
from ..files import hash_file
from ..model import Model
from ..supported.releases import TODAY
from .flair import open_flair
from .folder import hash_tree, holds_saved_folder
from .hugging_face import PROBE, open_hugging_face
from .identity import identify, name_encoder
from .trusted import TRUSTED, load_trusted


def load_model(path: str | Path, *, tokenizer: str | Path | None = None, multi_label: bool | None = None) -> Model:
    """Open a checkpoint of Flair, or a sequence classifier of Hugging Face, without running anything in it.

    Only if the operator trusts a checkpoint (see `trusted`) does Flair itself open it where it would be refused.

    Args:
        path: the `.pt` file; or a folder, or a zip of it, that `save_pretrained` wrote with safetensors.
        tokenizer: where the file holds no tokenizer, its files: a folder, a zip, a tokenizer.json or a sentencepiece
            model. Without it they are looked for in `WHYLIGHT_TOKENIZERS` and the local Hugging Face cache.
        multi_label: for a model of Hugging Face whose file does not say it: whether labels are independent of each
            other (sigmoid, assigned above one half). None for what the file says; where it says nothing, labels are
            taken to exclude each other.

    Raises:
        CheckpointError: no checkpoint, or a damaged one; or there is no such tokenizer.
        UnsafeCheckpointError: it refers to what could run code or reach outside of the file.
        TokenizerMissingError: it holds no tokenizer.
        UnsupportedModelError: another kind of model, or an encoder that cannot be explained.
        MultiLabelError: the file itself contradicts `multi_label`.
    """
    if tokenizer is not None and not Path(tokenizer).exists():
        raise CheckpointError(f"There is no tokenizer {tokenizer}.")
    model = _load(path, tokenizer).with_multi_label(multi_label)
    if tokenizer is None:
        return model
    return replace(model, identity=replace(model.identity, tokenizer=hash_tree(Path(tokenizer))))


def _load(path: str | Path, tokenizer: str | Path | None) -> Model:
    if holds_saved_folder(path):
        return _load_hugging_face(path, tokenizer)
    try:
        return _load_flair(path, tokenizer)
    except (CheckpointError, UnsupportedModelError):
        if (trusted := load_trusted(path)) is None:
            raise
    kind = make_kind(trusted.network, TODAY)
    return Model(
        kind=kind,
        identity=identify(kind, trusted.sha256, name_encoder(kind)),
        size=trusted.size,
        notes=(TRUSTED, *kind.encoder.notes),
    )


def _load_flair(path: str | Path, tokenizer: str | Path | None) -> Model:
    kind, release, checkpoint = open_flair(path, tokenizer)
    return Model(
        kind=kind,
        identity=identify(kind, hash_file(Path(path)), name_encoder(kind), release),
        size=checkpoint.size,
        release=release,
        notes=tuple(note for note in (release.note, *checkpoint.notes, *kind.encoder.notes) if note),
    )


def _load_hugging_face(path: str | Path, tokenizer: str | Path | None) -> Model:
    with panics_reported():
        opened = open_hugging_face(path, tokenizer)
    model = Model(
        kind=opened.kind,
        identity=identify(opened.kind, opened.sha256, opened.kind.classifier.config.model_type),
        size=opened.size,
        notes=(*opened.kind.encoder.notes, *opened.kind.notes),
    )
    model.check_fidelity(PROBE, model.predict(PROBE))
    return model
