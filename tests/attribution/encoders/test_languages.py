"""Encoders that are told the language of a text, and the package that their tokenizers need."""

from __future__ import annotations

import sys
import types

import pytest

from attribution import UnsupportedModelError, load_model
from attribution.texts.passages import read_sentence
from tests.models.transformers import build_classifier, save


class _Moses:
    """What it does to a text does not matter here."""

    def __init__(self, lang):
        pass

    def normalize(self, text):
        return text

    def tokenize(self, text, **_):
        return text.split()


def test_the_same_text_is_always_of_the_same_language():
    mixed = "Otec matka syn."
    assert len({read_sentence(mixed)[0].get_language_code() for _ in range(30)}) == 1


def test_a_package_that_is_missing_is_named(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(
            sys.modules, "sacremoses", types.SimpleNamespace(MosesPunctNormalizer=_Moses, MosesTokenizer=_Moses)
        )
        path = save(build_classifier(tmp_path, "xlm-languages"), tmp_path)
    monkeypatch.setitem(sys.modules, "sacremoses", None)
    with pytest.raises(UnsupportedModelError, match=r"not installed on this server: .*sacremoses"):
        load_model(path)
