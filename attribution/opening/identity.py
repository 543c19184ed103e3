"""Identifies the model in a file, and the libraries that compute with it."""

from __future__ import annotations

from importlib.metadata import version

from ..classifiers import Kind
from ..explanation import ModelIdentity
from ..supported.releases import TODAY, Release
from ..version import read_release

_VERSIONS = ("captum", "flair", "torch", "transformers")


def identify(kind: Kind, sha256: str, encoder: str, release: Release = TODAY) -> ModelIdentity:
    """The identity of a model: the hash of its file, its classes, and the versions of the libraries that compute it."""
    return ModelIdentity(
        sha256=sha256,
        classifier=type(kind.classifier).__name__,
        embeddings=type(kind.embeddings).__name__,
        encoder=encoder,
        versions=(read_release(), *((package, version(package)) for package in _VERSIONS)),
        read_as=release.saved_with,
        library=kind.library,
    )


def name_encoder(kind: Kind) -> str:
    """The name of the encoder below a model's embeddings."""
    return str(getattr(kind.embeddings, "base_model_name", kind.embeddings.name))
