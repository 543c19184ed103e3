"""Opens a sequence classifier that `save_pretrained` wrote, once it is vetted."""

from __future__ import annotations

import inspect
import json
import tempfile
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import flair
import transformers
from torch import nn
from transformers import CONFIG_MAPPING, PreTrainedModel, PreTrainedTokenizerFast
from transformers.models.auto.tokenization_auto import tokenizer_class_from_name

from ..classifiers.hugging_face import HuggingFaceKind, HuggingFaceRegressorKind
from ..encoders.panics import panics_reported
from ..encoders.transformers.sequence_classifier import UNLIMITED, HuggingFaceEncoder
from ..encoders.transformers.word_table import find_word_table
from ..errors import AttributionError, CheckpointError, UnsupportedModelError
from ..files import hash_file
from ..wording import shorten
from .folder import SavedFolder, hash_files, open_saved
from .initialization import Uninitialized
from .safetensors import read_tensors
from .vetting.folder import VettedFolder, vet_saved_folder
from .vetting.newer_release import is_newer
from .vetting.sizes.weights import check_numbers

PROBE = "word"
"""A text that every model can read: reading it while opening reveals a model whose words cannot be followed."""

_SPARE_ROWS = 1024  # tables of word embeddings are often padded beyond the vocabulary
_GENERIC = ("TokenizersBackend", "PreTrainedTokenizerFast")
"""What transformers 5 and 4 call a tokenizer that its tokenizer.json describes completely."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A model, with the hash and the size of its file.

    Attributes:
        kind: the model.
        sha256: of the zip; for a folder, the SHA-256 of the lines `<SHA-256>  <name>` of the files that were read.
        size: bytes of the zip, or of the files that were read.
    """

    kind: HuggingFaceKind
    sha256: str
    size: int


def open_hugging_face(path: str | Path, tokenizer: str | Path | None = None) -> Opened:
    """Open a folder, or a zip of it; `tokenizer` is used if there is none beside the model.

    Raises:
        UnsafeCheckpointError: something that would be downloaded, read from the local disk or run.
        UnsupportedModelError: another kind of model, or one whose words cannot be followed.
        TokenizerMissingError: no tokenizer beside the model.
        CheckpointError: parts that are missing, damaged, or do not fit together.
    """
    path = Path(path)
    with open_saved(path) as saved, warnings.catch_warnings(), panics_reported():
        warnings.simplefilter("ignore")
        try:
            vetted = vet_saved_folder(saved, tokenizer)
            kind = _build(vetted, saved)
            kind.read(PROBE)
        except AttributionError:
            raise
        except Exception as error:  # transformers and torch fail in their own ways on what does not fit together
            raise CheckpointError(
                "The parts of the model's folder do not fit together, and transformers cannot build a model from them."
            ) from error
        is_folder = path.is_dir()
        return Opened(
            kind=kind,
            sha256=hash_files(saved, vetted.files) if is_folder else hash_file(path),
            size=sum(saved.sizes[name] for name in vetted.files) if is_folder else path.stat().st_size,
        )


def _build(vetted: VettedFolder, saved: SavedFolder) -> HuggingFaceKind:
    network = _build_network(vetted, saved)
    encoder = HuggingFaceEncoder(network, _build_tokenizer(vetted, network))
    kind = HuggingFaceRegressorKind if vetted.regression else HuggingFaceKind
    recorded = vetted.multi_label_recorded
    return kind(network, encoder, vetted.labels, vetted.multi_label, recorded, rounding=vetted.rounding)


def _build_network(vetted: VettedFolder, saved: SavedFolder) -> PreTrainedModel:
    """Build the network around the file's tensors, so that memory holds the weights only once."""
    transformers.logging.set_verbosity_error()
    described: Any = CONFIG_MAPPING[vetted.config["model_type"]].from_dict(vetted.config)
    with Uninitialized():
        network = vetted.network(described)
    tensors = read_tensors(saved, vetted.weights.values())
    weights = {name: tensors[place] for name, place in vetted.weights.items()}
    check_numbers(weights)
    network.load_state_dict(weights, assign=True)
    network.tie_weights()
    if described.pad_token_id is None:
        described.pad_token_id = -1  # without one transformers takes one text at a time; no text contains this id
    return cast(PreTrainedModel, network.eval().requires_grad_(False).to(flair.device))


def _build_tokenizer(vetted: VettedFolder, network: PreTrainedModel) -> PreTrainedTokenizerFast:
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(vetted.tokenizer) as archive:
            archive.extractall(folder)
            name = json.loads(archive.read("tokenizer_config.json"))["tokenizer_class"]
        tokenizer: PreTrainedTokenizerFast = _choose_tokenizer(name).from_pretrained(folder, local_files_only=True)
    rows, highest = find_word_table(network).num_embeddings, max(tokenizer.get_vocab().values())
    if not 0 < rows - highest <= max(_SPARE_ROWS, rows // 64):
        raise CheckpointError(
            f"The tokenizer does not fit: it knows {highest + 1} tokens, and the model expects {rows}. "
            "Give the tokenizer that this model was trained with."
        )
    tokenizer.model_max_length = _choose_length(network, tokenizer, whole=is_newer(vetted.config))
    taken = inspect.signature(network.forward).parameters  # a generic tokenizer gives more than some networks take
    tokenizer.model_input_names = [name for name in tokenizer.model_input_names if name in taken]
    return tokenizer


def _choose_tokenizer(name: Any) -> type[PreTrainedTokenizerFast]:
    """The fast tokenizer class of this name, chosen as transformers does."""
    if name in _GENERIC:
        return cast(type[PreTrainedTokenizerFast], PreTrainedTokenizerFast)
    fast: type[PreTrainedTokenizerFast] | None = tokenizer_class_from_name(f"{str(name).removesuffix('Fast')}Fast")
    if fast is None or not issubclass(fast, PreTrainedTokenizerFast):
        raise UnsupportedModelError(
            f"The model's tokenizer, {shorten(str(name))}, has no fast version, and a slow one "
            "does not report which characters its subwords stand for."
        )
    return fast


def _choose_length(network: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, *, whole: bool) -> int:
    """How many tokens the model reads: as many as the tokenizer says, but no more than there are positions.

    With `whole`, the tokenizer's limit is ignored, as a plain call of transformers truncates nothing. Files of
    release 5 are compared with the outputs of such calls.
    """
    longest = int(min(tokenizer.model_max_length, UNLIMITED))
    positions = getattr(network.config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        room = positions - _reserved_positions(network)
        longest = room if whole else min(longest, room)
    if longest <= tokenizer.num_special_tokens_to_add():
        raise CheckpointError(f"The model reads {longest} tokens at a time, and special tokens take them all.")
    return longest


def _reserved_positions(network: PreTrainedModel) -> int:
    """How many positions are never used: RoBERTa and its like count from the one after the padding position."""
    tables = (module for name, module in network.named_modules() if name.endswith("position_embeddings"))
    paddings = [table.padding_idx for table in tables if isinstance(table, nn.Embedding)]
    return max((padding + 1 for padding in paddings if padding is not None), default=0)
