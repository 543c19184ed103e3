"""Runs of the same documents, held against each other."""

import re

import pyarrow.parquet as pq
import pytest

from tests.models.transformers import CORPUS, LABELS

SENTENCES = [sentence for sentence in re.split(r"(?<=[.:])\s", " ".join(CORPUS.split())) if len(sentence) > 8]


def write_news(path, count):
    """A file of documents with gold labels, one of which the model lacks, and one document without words."""
    lines = [
        f"__label__{LABELS[place % len(LABELS)]} {SENTENCES[place % len(SENTENCES)]} {place}" for place in range(count)
    ]
    lines[50:52] = ["__label__weather It rains.", "__label__sport \u200b"]
    path.write_text("\n".join(lines), "utf-8")
    return path


def read(folder, kind="documents"):
    keys = ("number",) if kind == "documents" else ("document", "label", "position")
    return sorted(pq.read_table(folder / kind).to_pylist(), key=lambda row: [row[key] for key in keys])


def assert_alike(folder, other):
    for mine, others in zip(read(folder), read(other), strict=True):
        assert mine["probabilities"] == (others["probabilities"] and pytest.approx(others["probabilities"], abs=1e-5))
        assert {name: mine[name] for name in ("number", "text", "gold", "predicted", "evaluations", "error")} == {
            name: others[name] for name in ("number", "text", "gold", "predicted", "evaluations", "error")
        }
    for mine, others in zip(read(folder, "words"), read(other, "words"), strict=True):
        assert mine == others | {"attribution": pytest.approx(others["attribution"], abs=1e-4)}
