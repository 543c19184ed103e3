"""Runs without a model: folders as the engine writes them, of documents and attributions that are drawn."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LABELS = ("business", "sport", "tech")
VOCABULARY = (
    *("the", "The", "a", "of", "and", "it's", ",", ".", "2024", "<b>bold</b>"),
    *("Bank", "bank", "shares", "Match", "referee", "goal", "software", "phone", "price", "chips"),
)
DOCUMENT = pa.schema(
    [
        ("number", pa.int64()),
        *((name, pa.string()) for name in ("id", "sha256", "text", "gold", "predicted")),
        ("probability", pa.float64()),
        ("probabilities", pa.list_(pa.float64())),
        ("assigned", pa.list_(pa.string())),
        ("explained", pa.list_(pa.string())),
        ("gap", pa.float64()),
        ("relative_gap", pa.float64()),
        ("evaluations", pa.int32()),
        ("converged", pa.bool_()),
        ("truncated_at", pa.int32()),
        ("error", pa.string()),
        ("score", pa.float64()),
        ("baseline_score", pa.float64()),
        ("scores", pa.list_(pa.float64())),
        ("baseline_scores", pa.list_(pa.float64())),
        ("line", pa.int64()),
        ("precision", pa.string()),
        ("file", pa.string()),
        ("columns", pa.map_(pa.string(), pa.string())),
    ]
)
ADDED = ("score", "baseline_score", "scores", "baseline_scores", "line", "precision", "file", "columns")
WORD = pa.schema(
    [
        ("document", pa.int64()),
        ("label", pa.string()),
        ("position", pa.int32()),
        ("word", pa.string()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("attribution", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Drawn:
    """What stands in a run's folder, as rows."""

    folder: Path
    documents: list[dict]
    words: list[dict]


def draw_run(
    folder: Path,
    *,
    count: int = 60,
    labels: tuple[str, ...] = LABELS,
    seed: int = 0,
    length: int = 12,
    part: int = 25,
    gold: bool = True,
    multi_label: bool = False,
    failed: int = 2,
    explained: str = "predicted",
    vocabulary: tuple[str, ...] = VOCABULARY,
    done: int | None = None,
    golds_as_text: bool = False,
    old_parts: int = 0,
    **facts: object,
) -> Drawn:
    """Write a run of drawn documents; `done` below `count` is one that was cancelled.

    Gold labels are lists in it or, as runs of before December 2026 had them, one text: `a | b`, as in `Drawn`.
    The first `old_parts` lack the columns that came later.
    """
    generator = np.random.default_rng(seed)
    (folder / "documents").mkdir(parents=True)
    (folder / "words").mkdir()
    documents, words = [], []
    written = count if done is None else done
    for first in range(0, written, part):
        rows = [
            _draw_document(generator, number, labels, length, gold, multi_label, number < failed, explained, vocabulary)
            for number in range(first, min(first + part, written))
        ]
        name = f"part-{first:08d}.parquet"
        these, those = [row for row, _ in rows], [word for _, found in rows for word in found]
        pq.write_table(pa.Table.from_pylist(those, WORD), folder / "words" / name)
        table = pa.Table.from_pylist(these, DOCUMENT)
        if not golds_as_text:
            golds = [row["gold"] and row["gold"].split(" | ") for row in these]
            table = table.set_column(4, "gold", pa.array(golds, pa.list_(pa.string())))
        if first < old_parts * part:
            table = table.drop_columns(list(ADDED))
        pq.write_table(table, folder / "documents" / name)
        documents += these
        words += those
    write_record(
        folder, labels, count, written, failed=min(failed, written), multi_label=multi_label, gold=gold, **facts
    )
    return Drawn(folder, documents, words)


def write_record(
    folder: Path,
    labels: tuple[str, ...],
    count: int,
    done: int,
    *,
    failed: int = 0,
    multi_label: bool = False,
    gold: bool = True,
    **facts: object,
) -> None:
    """The run's run.json."""
    record = {
        "format": "whylight-run",
        "version": 1,
        "created": "2026-11-25T20:00:00+00:00",
        "finished": "2026-11-25T20:01:00+00:00" if done == count else None,
        "cancelled": done < count,
        "engine": "local",
        "model": {
            "sha256": "0" * 64,
            "classifier": "TextClassifier",
            "embeddings": "TransformerDocumentEmbeddings",
            "encoder": "tiny",
            "versions": {"flair": "0.15.1"},
            "read_as": "",
            "library": "Flair",
            "tokenizer": "",
        },
        "model_path": "model.pt",
        "model_name": "Drawn <b>model</b>",
        "labels": list(labels),
        "multi_label": multi_label,
        "thresholds": [0.5] * len(labels) if multi_label else None,
        "method": {"name": "integrated_gradients", "settings": {"baseline": "pad", "tolerance": 0.01}},
        "explained": "predicted",
        "source": {
            "name": "drawn.csv",
            "path": str(folder / "drawn.csv"),
            "sha256": sha256(b"drawn").hexdigest(),
            "columns": {"text": "text", "label": "label" if gold else None, "id": None},
        },
        "documents": count,
        "done": done,
        "failed": failed,
        "seconds": 12.5,
        **facts,
    }
    (folder / "run.json").write_text(json.dumps(record), "utf-8")


def _draw_document(generator, number, labels, length, gold, multi_label, fails, explained, vocabulary):
    chosen = [vocabulary[index] for index in generator.integers(0, len(vocabulary), length)]
    text = " ".join(chosen)
    probabilities = generator.dirichlet(np.ones(len(labels)))
    if multi_label:
        probabilities = generator.random(len(labels))
    predicted = labels[int(probabilities.argmax())]
    golds = [predicted] if generator.random() < 0.5 else [labels[generator.integers(len(labels))]]
    assigned = [predicted]
    if multi_label:
        assigned = [name for name, share in zip(labels, probabilities, strict=True) if share > 0.5]
        golds = sorted({*golds, labels[generator.integers(len(labels))]})
    row = {
        "number": number,
        "id": f"id-{number}",
        "sha256": sha256(text.encode()).hexdigest(),
        "text": text,
        "gold": " | ".join(golds) if gold else None,
        "predicted": predicted,
        "probability": float(probabilities.max()),
        "probabilities": probabilities.tolist(),
        "assigned": assigned,
        "explained": [predicted] if explained == "predicted" else list(labels),
        "gap": 0.001,
        "relative_gap": 0.002,
        "evaluations": 19,
        "converged": True,
        "truncated_at": None,
        "error": None,
        "line": number + 2,
    }
    if fails:
        empty = dict.fromkeys(("predicted", "probability", "probabilities", "assigned", "gap", "relative_gap"))
        return {**row, **empty, "explained": [], "evaluations": 0, "converged": None, "error": "The text is empty."}, []
    words, start = [], 0
    for label in row["explained"]:
        start = 0
        for position, word in enumerate(chosen):
            shift = (vocabulary.index(word) % 5 - 2) * 0.3 + (0.4 if label == labels[0] else 0.0)
            words.append(
                {
                    "document": number,
                    "label": label,
                    "position": position,
                    "word": word,
                    "start": start,
                    "end": start + len(word),
                    "attribution": float(generator.normal(shift, 0.5)),
                }
            )
            start += len(word) + 1
    added = [sum(one["attribution"] for one in words if one["label"] == label) for label in row["explained"]]
    row |= {"scores": added, "baseline_scores": [0.0] * len(added)}
    row |= {"score": added[row["explained"].index(predicted)], "baseline_score": 0.0}
    return row, words
