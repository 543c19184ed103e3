"""What hostile files are made with: honest states to change, and a small assembler for pickles.

Whatever is meant to run leaves a mark and does no other harm.
"""

from __future__ import annotations

import copy
import io
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from flair.embeddings import DocumentRNNEmbeddings, DocumentTFIDFEmbeddings

from tests.models.transformers import CORPUS, build_classifier, save
from tests.models.words import (
    build_word_classifier,
    make_byte_pairs,
    make_character_model,
    make_hashes,
    make_one_hot,
    make_spelling,
    make_static,
)

State = dict[str, Any]


@dataclass(frozen=True)
class Trick:
    """A hostile file: `make` writes it, `found` is what the refusal has to name."""

    make: Callable[[Workshop], Path]
    found: str

    @property
    def name(self) -> str:
        return self.make.__name__


TRICKS: list[Trick] = []


def trick(found: str) -> Callable[[Callable[[Workshop], Path]], Callable[[Workshop], Path]]:
    """Puts a function into the corpus; `found` is an expression that the refusal has to match."""

    def enter(make: Callable[[Workshop], Path]) -> Callable[[Workshop], Path]:
        TRICKS.append(Trick(make, found))
        return make

    return enter


@dataclass(frozen=True)
class Honest:
    """The bytes of honest checkpoints: over a transformer, over words of every kind, over TF-IDF."""

    transformer: bytes
    words: bytes
    tfidf: bytes


def build_honest(folder: Path) -> Honest:
    words = [
        make_static(),
        make_character_model(model={"nlayers": 2, "nout": 4, "has_decoder": True}),
        make_byte_pairs(folder),
        make_one_hot(),
        make_hashes(),
        make_spelling(),
    ]
    sentences = [make_sentence(line) for line in CORPUS.splitlines() if line]
    classifiers = (
        build_classifier(folder, "bert"),
        build_word_classifier(DocumentRNNEmbeddings(words, hidden_size=4)),
        build_word_classifier(DocumentTFIDFEmbeddings(sentences)),
    )
    return Honest(*(save(classifier, folder).read_bytes() for classifier in classifiers))


def make_sentence(line: str) -> Any:
    from flair.data import Sentence

    return Sentence(line)


@dataclass(frozen=True)
class Workshop:
    """Where one trick is made: a folder of its own, and the mark that it leaves when it fires."""

    folder: Path
    honest: Honest

    @property
    def mark(self) -> Path:
        return self.folder / "mark"

    @property
    def touch(self) -> str:
        return f"touch {self.mark}"

    @property
    def statement(self) -> str:
        return f"open({str(self.mark)!r}, 'w')"

    def state(self) -> State:
        return torch.load(io.BytesIO(self.honest.transformer), weights_only=False)

    def words(self) -> State:
        return torch.load(io.BytesIO(self.honest.words), weights_only=False)

    def tfidf(self) -> State:
        return torch.load(io.BytesIO(self.honest.tfidf), weights_only=False)

    def write(self, state: object, **options: Any) -> Path:
        """A checkpoint of the state, by torch."""
        path = self.folder / "model.pt"
        torch.save(state, path, **{"pickle_protocol": 4, **options})
        return path

    def write_bytes(self, content: bytes, name: str = "model.pt") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def write_program(self, *parts: bytes) -> Path:
        """A checkpoint in the zip format whose pickle is put together from parts."""
        return self.write_members({"model/data.pkl": program(*parts), "model/version": b"3\n"})

    def write_members(self, members: Mapping[str, bytes], **options: Any) -> Path:
        path = self.folder / "model.pt"
        with zipfile.ZipFile(path, "w", **options) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path

    def write_legacy(self, *pickles: object) -> Path:
        """The format before PyTorch 1.6, each part pickled unless it is a program already."""
        parts = [part if isinstance(part, bytes) else pickle.dumps(part, 2) for part in pickles]
        return self.write_bytes(b"".join(parts))


MAGIC, VERSION, SIZES = 0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}


def program(*parts: bytes) -> bytes:
    """A pickle of protocol 2 that leaves its last part."""
    return b"\x80\x02" + b"0".join(parts) + b"."


def ref(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + b"(" + b"".join(arguments) + b"tR"


def text(value: str) -> bytes:
    encoded = value.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def raw(value: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(value)) + value


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value) if -(2**31) <= value < 2**31 else b"I%d\n" % value


def true() -> bytes:
    return b"\x88"


def many(*values: bytes) -> bytes:
    """A list."""
    return b"](" + b"".join(values) + b"e"


def mapping(**values: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in values.items()) + b"u"


def build(made: bytes, state: bytes) -> bytes:
    return made + state + b"b"


class Runs:
    """Unpickles by calling something."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def retokenize(state: State, files: Mapping[str, bytes | None], **options: Any) -> None:
    """Replace, add or (None) remove files of the tokenizer."""
    with zipfile.ZipFile(state["document_embeddings"]["tokenizer_data"]) as archive:
        content: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    content.update(files)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **options) as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)
    packed.seek(0)
    state["document_embeddings"]["tokenizer_data"] = packed


def tokenizer_file(state: State, name: str) -> bytes:
    with zipfile.ZipFile(copy.copy(state["document_embeddings"]["tokenizer_data"])) as archive:
        return archive.read(name)
