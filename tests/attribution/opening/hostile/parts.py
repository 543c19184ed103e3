"""Tricks of what Flair builds from a state: names that it follows, programs that it loads, files that it reads."""

from __future__ import annotations

import base64
import json
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer

from tests.attribution.opening.hostile.pickles import bare
from tests.attribution.opening.hostile.programs import write_torchscript
from tests.attribution.opening.hostile.workshop import Workshop, program, retokenize, tokenizer_file, trick


def embeddings(shop: Workshop, **parameters: Any) -> Path:
    """The honest classifier over a transformer, with parameters of its embeddings changed."""
    state = shop.state()
    state["document_embeddings"].update(parameters)
    return shop.write(state)


def word(shop: Workshop, **parameters: Any) -> Path:
    """The honest classifier over words, its stack made of one class with these parameters."""
    state = shop.words()
    state["document_embeddings"]["embeddings"]["embeddings"] = [parameters]
    return shop.write(state)


def document(shop: Workshop, **parameters: Any) -> Path:
    return shop.write({**shop.state(), "document_embeddings": parameters})


@trick(r"have to be downloaded")
def an_encoder_by_its_name(shop: Workshop) -> Path:
    return embeddings(shop, config_state_dict=None, model="someone/encoder")


@trick(r"transformers_model_kwargs")
def arguments_for_transformers(shop: Workshop) -> Path:
    return embeddings(
        shop,
        config_state_dict=None,
        model="someone/encoder",
        transformers_model_kwargs={"trust_remote_code": True, "force_download": True},
    )


@trick(r"have to be downloaded")
def words_of_an_encoder_by_its_name(shop: Workshop) -> Path:
    kept = shop.state()["document_embeddings"]
    kept |= {"__cls__": "TransformerWordEmbeddings", "config_state_dict": None, "model": "someone/encoder"}
    return word(shop, **{**kept, "is_token_embedding": True, "is_document_embedding": False})


@trick(r"SentenceTransformerDocumentEmbeddings|tokenizer for its encoder")
def a_sentence_transformer_by_its_name(shop: Workshop) -> Path:
    return document(shop, __cls__="SentenceTransformerDocumentEmbeddings", model="someone/sentences")


@trick(r"run the pickle that a path leads to")
def characters_by_a_path(shop: Workshop) -> Path:
    inner = shop.write_bytes(program(bare(shop)), "inner.pkl")
    return word(
        shop, __cls__="CharacterEmbeddings", path_to_char_dict=str(inner), char_embedding_dim=1, hidden_size_char=1
    )


@trick(r"TransformerJitDocumentEmbeddings")
def a_torchscript_program_for_an_encoder(shop: Workshop) -> Path:
    script = write_torchscript(shop.folder / "script.pt", shop.mark).read_bytes()
    shop.mark.unlink(missing_ok=True)
    kept = shop.state()["document_embeddings"]
    for key in ("config_state_dict", "layer_mean", "layers", "model", "subtoken_pooling"):
        del kept[key]
    kept |= {"__cls__": "TransformerJitDocumentEmbeddings", "jit_model": script, "param_names": []}
    kept |= {"embedding_length": 32, "stride": 0, "truncate": True, "use_lang_emb": False}
    return document(shop, **kept)


@trick(r"auto_map")
def a_tokenizer_that_brings_code(shop: Workshop) -> Path:
    state = shop.state()
    config = json.loads(tokenizer_file(state, "tokenizer_config.json"))
    config |= {"auto_map": {"AutoTokenizer": ["payload.Own", None]}, "tokenizer_class": "Own"}
    files = {"tokenizer_config.json": json.dumps(config).encode(), "payload.py": shop.statement.encode()}
    retokenize(state, files)
    return shop.write(state)


@trick(r"read that file")
def a_vectorizer_that_reads_files(shop: Workshop) -> Path:
    """It takes the text for the name of a file, and shows what stands there by what it predicts."""
    return vectorizer(shop, input="filename")


def vectorizer(shop: Workshop, **attributes: Any) -> Path:
    state = shop.tfidf()
    made: TfidfVectorizer = state["document_embeddings"]["vectorizer"]
    made.__dict__.update(attributes)
    return shop.write(state)


@trick(r"take forever on a text")
def a_vectorizer_whose_pattern_never_ends(shop: Workshop) -> Path:
    return vectorizer(shop, token_pattern=r"(?:\w+\s?\W?)+!!")


def tokenizer(shop: Workshop, **parts: Any) -> Path:
    """The honest classifier, with parts of its tokenizer.json changed."""
    state = shop.state()
    content = json.loads(tokenizer_file(state, "tokenizer.json")) | parts
    retokenize(state, {"tokenizer.json": json.dumps(content).encode()})
    return shop.write(state)


def tokenizer_settings(shop: Workshop, **settings: Any) -> Path:
    state = shop.state()
    config = json.loads(tokenizer_file(state, "tokenizer_config.json")) | settings
    retokenize(state, {"tokenizer_config.json": json.dumps(config).encode()})
    return shop.write(state)


NEVER_ENDS = {"Regex": r"^(\w+)+\W$"}


@trick(r"can take forever")
def a_tokenizer_whose_pattern_never_ends(shop: Workshop) -> Path:
    return tokenizer(
        shop, pre_tokenizer={"type": "Split", "pattern": NEVER_ENDS, "behavior": "Isolated", "invert": False}
    )


@trick(r"can take forever")
def a_normalizer_whose_pattern_never_ends(shop: Workshop) -> Path:
    return tokenizer(shop, normalizer={"type": "Replace", "pattern": NEVER_ENDS, "content": "x"})


@trick(r"ever longer ones|content of more than 1000 letters")
def a_normalizer_that_makes_a_text_a_thousand_times_longer(shop: Workshop) -> Path:
    longer = {"type": "Replace", "pattern": {"String": "e"}, "content": "e" * 3000}
    return tokenizer(shop, normalizer={"type": "Sequence", "normalizers": [longer, longer, longer]})


@trick(r"claims 1000000000 as its 'extra_ids'")
def a_thousand_million_tokens_without_a_vocabulary(shop: Workshop) -> Path:
    return tokenizer_settings(shop, tokenizer_class="ByT5Tokenizer", extra_ids=10**9, additional_special_tokens=None)


@trick(r"tokenizer fails on this text: index out of bounds")
def a_table_of_characters_that_points_outside_of_itself(shop: Workshop) -> Path:
    table = base64.b64encode(struct.pack("<I", 64) + b"\xff" * 64 + b"x").decode()
    return tokenizer(shop, normalizer={"type": "Precompiled", "precompiled_charsmap": table})


@trick(r"ByteLevel 40 times")
def bytes_that_become_letters_of_two_bytes_forty_times(shop: Workshop) -> Path:
    again = [{"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": False}] * 40
    return tokenizer(shop, pre_tokenizer={"type": "Sequence", "pretokenizers": again})


@trick(r"a piece of more than 512 bytes|more memory than")
def pieces_of_which_each_letter_takes_a_third_of_a_kilobyte(shop: Workshop) -> Path:
    letters = random.Random(0).choices("abcdefghij", k=12_000_000)
    pieces = [["".join(letters[start : start + 500]), -1.0] for start in range(0, len(letters), 500)]
    return tokenizer(shop, model={"type": "Unigram", "unk_id": 0, "vocab": [["[UNK]", 0.0], *pieces]})


@trick(r"larger than \d+ MB")
def a_tokenizer_that_fills_the_disk(shop: Workshop) -> Path:
    state = shop.state()
    retokenize(state, {"vocab.txt": bytes(2**28)}, compression=zipfile.ZIP_DEFLATED)
    return shop.write(state)


@trick(r"larger than \d+ MB")
def a_file_of_no_use_that_fills_the_disk(shop: Workshop) -> Path:
    state = shop.state()
    retokenize(state, {"readme.md": bytes(2**28)}, compression=zipfile.ZIP_DEFLATED)
    return shop.write(state)


@trick(r"pad every text")
def a_text_that_is_padded_without_end(shop: Workshop) -> Path:
    state = shop.state()
    config = json.loads(tokenizer_file(state, "tokenizer_config.json")) | {"model_max_length": 10**9}
    retokenize(state, {"tokenizer_config.json": json.dumps(config).encode()})
    state["document_embeddings"]["force_max_length"] = True
    return shop.write(state)
