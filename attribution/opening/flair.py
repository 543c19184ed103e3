"""Opens a checkpoint of Flair: reads it, vets it, and lets Flair build what was vetted."""

from __future__ import annotations

import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import flair.models
from torch import nn
from transformers import PreTrainedTokenizerBase

from ..classifiers import Kind, make_kind
from ..encoders.panics import panics_reported
from ..errors import AttributionError, CheckpointError, UnsupportedModelError
from ..supported.releases import Release
from ..wording import say_error, shorten
from .dictionaries import put_dictionaries
from .initialization import Uninitialized
from .last_layer import check_last_layer
from .pickles.checkpoint import Checkpoint, read_checkpoint
from .vetting import Vetted, vet

_SPARE_ROWS = 256
_ORDINARY = "Ordinary text, of 1987: naïve 東京 😀"


def open_flair(path: str | Path, tokenizer: str | Path | None) -> tuple[Kind, Release, Checkpoint]:
    """The model in a checkpoint, the release that it is read as, and the checkpoint; errors as of `load_model`."""
    checkpoint = read_checkpoint(path)
    vetted = _vet(checkpoint, tokenizer)
    with panics_reported():
        network = _build(vetted.state)
        _check_inputs(network)
        _try_tokenizers(network)
        check_last_layer(network)
    kind = make_kind(network, vetted.release)
    if vetted.found_tokenizer:
        _check_tokenizer(kind.embeddings)
    return kind, vetted.release, checkpoint


def _vet(checkpoint: Checkpoint, tokenizer: str | Path | None) -> Vetted:
    try:
        return vet(checkpoint, tokenizer)
    except AttributionError:
        raise
    except Exception as error:  # a malformed state can raise anything
        raise CheckpointError("The file's parts are not what Flair's save() writes.") from error


def _build(state: dict[str, Any]) -> nn.Module:
    try:
        with warnings.catch_warnings(), Uninitialized():
            warnings.simplefilter("ignore")
            put_dictionaries(state)
            classifier: nn.Module = getattr(flair.models, state["__cls__"]).load(state)
    except AttributionError:
        raise
    except ImportError as error:  # the tokenizers of XLM and FlauBERT need sacremoses
        raise UnsupportedModelError(
            f"The model needs a package that is not installed on this server: {say_error(error)}."
        ) from error
    except Exception as error:  # transformers and torch fail in their own ways on what does not fit together
        raise CheckpointError(
            "The parts of the file do not fit together, and Flair cannot build a classifier from them."
        ) from error
    classifier.eval()
    classifier.requires_grad_(False)
    return classifier


def _check_inputs(network: nn.Module) -> None:
    """Refuse encoders that read more than words: where each stands on the image of a page."""
    for module in network.modules():
        if getattr(module, "needs_manual_ocr", False) or getattr(module, "tokenizer_needs_ocr_boxes", False):
            raise UnsupportedModelError(
                "The model reads where each word stands on the image of a page, and a pasted text has no such places."
            )


def _try_tokenizers(network: nn.Module) -> None:
    """Let each tokenizer read a text: one that panics does so here, and not on a reader's text."""
    for module in network.modules():
        tokenizer = getattr(module, "tokenizer", None)
        if isinstance(tokenizer, PreTrainedTokenizerBase):
            with suppress(Exception):  # some need more than a text, or a package: the encoder reports it
                tokenizer(_ORDINARY)


def _check_tokenizer(embeddings: Any) -> None:
    """A tokenizer found elsewhere must know as many tokens as the encoder has rows, but for a few spare ones."""
    rows, known = embeddings.model.get_input_embeddings().num_embeddings, len(embeddings.tokenizer)
    if not 0 <= rows - known < _SPARE_ROWS:
        raise CheckpointError(
            f"The tokenizer does not fit: it knows {known} tokens, and the encoder "
            f"{shorten(embeddings.base_model_name)} expects {rows}. Give the tokenizer that this encoder was trained "
            "with."
        )
