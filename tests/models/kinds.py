"""Tiny, seeded models of Flair that are no plain text classifiers: TARS, pairs of texts, regressors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from flair.data import Sentence
from flair.embeddings import DocumentEmbeddings, TransformerDocumentEmbeddings
from flair.models import TARSClassifier, TextPairClassifier, TextPairRegressor, TextRegressor

from tests.models.transformers import CORPUS, LABELS, scatter, write_encoder
from tests.models.words import fill_dictionary


def build_document(folder: Path, family: str = "bert", **options: Any) -> TransformerDocumentEmbeddings:
    """Document embeddings of one family of transformers."""
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return TransformerDocumentEmbeddings(str(write_encoder(folder / family, family)), **options)


def build_tars(
    folder: Path, family: str = "bert", *, labels: Sequence[str] = LABELS, multi_label: bool = True
) -> TARSClassifier:
    """A few-shot classifier with one task, or without any where there are no labels."""
    model = TARSClassifier(embeddings=build_document(folder, family))
    if labels:
        model.add_and_switch_to_new_task("topics", fill_dictionary(labels), "topic", multi_label=multi_label)
    model.num_negative_labels_to_sample = None  # else `eval()` would sample
    model.eval()
    _spread_out(model.tars_model.decoder, _embed_corpus(model.tars_embeddings))
    return model


def build_pair(embeddings: DocumentEmbeddings, *, embed_separately: bool, **options: Any) -> TextPairClassifier:
    """A classifier of two texts."""
    model = TextPairClassifier(
        embeddings,
        label_type="topic",
        label_dictionary=fill_dictionary(LABELS),
        embed_separately=embed_separately,
        **options,
    )
    model.eval()
    documents = _embed_corpus(embeddings)
    both = torch.cat([documents, documents.roll(1, dims=0)], dim=-1) if embed_separately else documents
    _spread_out(model.decoder, both)
    return model


def build_pair_regressor(embeddings: DocumentEmbeddings, *, embed_separately: bool) -> TextPairRegressor:
    """A model of one value for two texts."""
    model = TextPairRegressor(embeddings, label_type="likeness", embed_separately=embed_separately)
    scatter(model.decoder, 0.5, 1)
    return model.eval()


def build_regressor(embeddings: DocumentEmbeddings, *, scale: float = 0.5) -> TextRegressor:
    """A model of one value."""
    model = TextRegressor(embeddings, label_name="stars")
    scatter(model.decoder, scale, 1)
    return model.eval()


def _embed_corpus(embeddings: DocumentEmbeddings) -> torch.Tensor:
    """[lines of the corpus, H]."""
    embeddings.eval()
    sentences = [Sentence(line) for line in CORPUS.splitlines() if line]
    with torch.no_grad():
        for sentence in sentences:
            embeddings.embed([sentence])
    return torch.stack([sentence.get_embedding(embeddings.get_names()) for sentence in sentences])


def _spread_out(decoder: torch.nn.Module, documents: torch.Tensor) -> None:
    """Draw the decoder anew, and give the logits of the documents a mean of zero and a deviation of one and a half."""
    scatter(decoder, 0.5, 1)
    with torch.no_grad():
        logits = decoder(documents)
        scale = 1.5 / logits.std(dim=0)
        decoder.weight *= scale[:, None]
        decoder.bias.copy_((decoder.bias - logits.mean(dim=0)) * scale)
