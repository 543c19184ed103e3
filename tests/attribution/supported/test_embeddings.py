"""Every line of the tables names what is there, for a class that Flair has."""

import flair.embeddings
import pytest
from flair.embeddings.token import HashEmbeddings, NILCEmbeddings

from attribution.encoders.words.kinds import TokenKind
from attribution.lazy import import_by_name
from attribution.supported.embeddings import DOCUMENT_EMBEDDINGS, TOKEN_EMBEDDINGS

UNLISTED = {one.__name__: one for one in (HashEmbeddings, NILCEmbeddings)}
"""Classes that Flair's package of embeddings does not name."""


def find_in_flair(name):
    return UNLISTED.get(name) or getattr(flair.embeddings, name)


@pytest.mark.parametrize("name", [*DOCUMENT_EMBEDDINGS, *TOKEN_EMBEDDINGS])
def test_each_class_is_checked_and_read(name):
    support = {**DOCUMENT_EMBEDDINGS, **TOKEN_EMBEDDINGS}[name]
    reading = import_by_name("attribution.encoders", support.reading)
    assert callable(import_by_name("attribution.opening.vetting.embeddings", support.vetting))
    if name in TOKEN_EMBEDDINGS:
        assert isinstance(reading, TokenKind)
        assert issubclass(find_in_flair(name), flair.embeddings.TokenEmbeddings)
    else:
        assert callable(reading.encode_passage)
        assert issubclass(find_in_flair(name), flair.embeddings.DocumentEmbeddings)
