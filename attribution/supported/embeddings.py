"""The classes of Flair's embeddings that Whylight opens and explains: one line each, and what the line names.

The names are looked up where they are needed: an inspection checks a file without importing Flair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Support:
    """Who deals with a class of embeddings.

    Attributes:
        vetting: in `attribution.opening.vetting.embeddings`, the function that checks the parameters in a file.
        reading: in `attribution.encoders`, the encoder of document embeddings, or the `TokenKind` of token embeddings.
        by_release: whether the encoder is told the release of Flair that saved the model, since these read a text in
            different ways: it holds a transformer, or may hold one.
        built_as: our own class that is built in place of Flair's, if there is one.
    """

    vetting: str
    reading: str
    by_release: bool = False
    built_as: str | None = None


DOCUMENT_EMBEDDINGS: Mapping[str, Support] = {
    "DocumentCNNEmbeddings": Support("documents.vet_cnn", "words.cnn.CNNDocumentEncoder", by_release=True),
    "DocumentLMEmbeddings": Support("documents.vet_character_models", "lm.LMDocumentEncoder"),
    "DocumentPoolEmbeddings": Support("documents.vet_pool", "words.pool.PoolDocumentEncoder", by_release=True),
    "DocumentRNNEmbeddings": Support("documents.vet_rnn", "words.rnn.RNNDocumentEncoder", by_release=True),
    "DocumentTFIDFEmbeddings": Support("tfidf.vet_tfidf", "tfidf.TFIDFDocumentEncoder"),
    "SentenceTransformerDocumentEmbeddings": Support(
        "sentence_transformer.vet_sentence_transformer",
        "transformers.sentence_transformer.SentenceTransformerDocumentEncoder",
        built_as="SentenceTransformerDocument",
    ),
    "TransformerDocumentEmbeddings": Support(
        "transformer.vet_transformer", "transformers.document.TransformerDocumentEncoder", by_release=True
    ),
}

TOKEN_EMBEDDINGS: Mapping[str, Support] = {
    "BytePairEmbeddings": Support("words.vet_byte_pairs", "words.kinds.BYTE_PAIRS"),
    "CharacterEmbeddings": Support("words.vet_characters", "words.kinds.CHARACTERS"),
    "FlairEmbeddings": Support("words.vet_character_model", "words.kinds.CONTEXTUAL"),
    "HashEmbeddings": Support("words.vet_hashes", "words.kinds.HASHES"),
    "NILCEmbeddings": Support("words.vet_static", "words.kinds.STATIC"),
    "OneHotEmbeddings": Support("words.vet_one_hot", "words.kinds.ONE_HOT"),
    "TransformerWordEmbeddings": Support("words.vet_transformer_words", "words.kinds.TRANSFORMER"),
    "WordEmbeddings": Support("words.vet_static", "words.kinds.STATIC"),
}
