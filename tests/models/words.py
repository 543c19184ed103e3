"""Tiny, seeded Flair text classifiers over the vectors of words, built without a network.

classifier = build_word_classifier(DocumentPoolEmbeddings([make_static()]))
model = load_model(save(classifier, tmp_path))
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from flair.data import Dictionary, Sentence
from flair.embeddings import (
    BytePairEmbeddings,
    CharacterEmbeddings,
    DocumentEmbeddings,
    FlairEmbeddings,
    OneHotEmbeddings,
    TransformerWordEmbeddings,
    WordEmbeddings,
)
from flair.embeddings.token import HashEmbeddings
from flair.models import LanguageModel, TextClassifier

from tests.models.transformers import CORPUS, LABELS, _train_sentencepiece, write_encoder

WORDS = tuple(dict.fromkeys(re.findall(r"\w+|[^\w\s]", CORPUS)))
CHARACTERS = tuple(sorted(set(CORPUS) - {"z"}))
"""What the character models know; the letter z is unknown to them."""


def build_word_classifier(
    embeddings: DocumentEmbeddings,
    *,
    labels: Sequence[str] = LABELS,
    multi_label: bool = False,
    seed: int = 0,
    scale: float = 0.7,
    scaled: bool = True,
) -> TextClassifier:
    """A classifier in evaluation mode; all weights are drawn anew, those of static word vectors too.

    Unless `scaled` is False (as for what Flair cannot read the corpus with), the decoder is scaled to the documents
    that it meets, so that no label is certain and none is out of question.
    """
    classifier = TextClassifier(
        embeddings, label_type="topic", label_dictionary=fill_dictionary(labels), multi_label=multi_label
    ).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in classifier.named_parameters():
            around = 1.0 if name.endswith("layer_norm.weight") else 0.0
            parameter.copy_(around + scale * torch.randn(parameter.shape, generator=generator))
    if scaled:
        _spread_out(classifier)
    return classifier


def _spread_out(classifier: TextClassifier) -> None:
    """Give the logits of the corpus's lines a mean of zero and a deviation of one and a half."""
    sentences = [Sentence(line) for line in CORPUS.splitlines() if line]
    with torch.no_grad():
        for sentence in sentences:
            classifier.embeddings.embed([sentence])
        logits = classifier.decoder(
            torch.stack([classifier._get_embedding_for_data_point(sentence) for sentence in sentences])
        )
        scale = 1.5 / logits.std(dim=0)
        classifier.decoder.weight *= scale[:, None]
        classifier.decoder.bias.copy_((classifier.decoder.bias - logits.mean(dim=0)) * scale)


def fill_dictionary(entries: Sequence[str], *, add_unk: bool = False) -> Dictionary:
    """A dictionary of Flair with these entries, after "<unk>" where it has one."""
    dictionary = Dictionary(add_unk=add_unk)
    for entry in entries:
        dictionary.add_item(entry)
    return dictionary


def make_static(
    length: int = 6, *, words: Sequence[str] = WORDS, name: str = "vectors", **options: Any
) -> WordEmbeddings:
    """Static word vectors, as Flair opens them from a checkpoint."""
    vocabulary = {word: row for row, word in enumerate(words)}
    return WordEmbeddings(None, vocab=vocabulary, embedding_length=length, name=name, **options)


def make_character_model(
    *, forward: bool = True, hidden: int = 7, model: Mapping[str, Any] | None = None, **options: Any
) -> FlairEmbeddings:
    """A language model of characters with random weights."""
    settings = {"nlayers": 1, "embedding_size": 5, "nout": None, "dropout": 0.1, "has_decoder": False, **(model or {})}
    network = LanguageModel(fill_dictionary(CHARACTERS, add_unk=True), forward, hidden, **settings)
    return FlairEmbeddings(network.eval(), **{"name": f"lm-{'forward' if forward else 'backward'}", **options})


def make_byte_pairs(folder: Path, dim: int = 4, **options: Any) -> BytePairEmbeddings:
    """Byte pairs of a sentencepiece model that is trained here."""
    path = folder / "pieces.model"
    path.write_bytes(_train_sentencepiece(model_type="bpe"))
    return BytePairEmbeddings(model_file_path=path, dim=dim, name="pairs", **options)


def make_one_hot(length: int = 5, *, add_unk: bool = True, **options: Any) -> OneHotEmbeddings:
    """A trainable table of words."""
    return OneHotEmbeddings(fill_dictionary(WORDS, add_unk=add_unk), embedding_length=length, **options)


def make_spelling() -> CharacterEmbeddings:
    """A recurrent network over the characters of each word."""
    dictionary = fill_dictionary(CHARACTERS, add_unk=True)
    return CharacterEmbeddings(dictionary, char_embedding_dim=4, hidden_size_char=3)


def make_hashes() -> HashEmbeddings:
    """A table that words share by their hashes."""
    return HashEmbeddings(num_embeddings=50, embedding_length=4)


def make_transformer_words(folder: Path, family: str = "bert", **options: Any) -> TransformerWordEmbeddings:
    """A transformer that gives words their vectors, read back from `folder`."""
    length = options.pop("model_max_length", 128)
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoder = write_encoder(folder / family, family, model_max_length=length)
        return TransformerWordEmbeddings(str(encoder), **options)
