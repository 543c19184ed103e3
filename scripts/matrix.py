"""Prints a table of kind × version: did it open, how far off are its predictions, how large is an explanation's gap.

    .venv/bin/python scripts/matrix.py [FOLDER ...]

A folder is laid out as tests/data/checkpoints is: checkpoints/, tokenizers/, expected.json. By default those are
../shared/checkpoints, where it exists, and tests/data/checkpoints.
"""

import json
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
_EXPLAINED = "punct_unicode"


@dataclass(frozen=True, slots=True)
class Row:
    """One checkpoint: `difference` is the largest between a predicted probability or value and the saved one."""

    kind: str
    version: str
    opened: str
    difference: float = float("nan")
    gap: float = float("nan")


def main() -> None:
    """Print one line for each checkpoint, ordered by kind and version, and a summary."""
    folders = [Path(name) for name in sys.argv[1:]] or [
        folder
        for folder in (ROOT.parent / "shared" / "checkpoints", ROOT / "tests/data/checkpoints")
        if folder.is_dir()
    ]
    logging.disable(logging.INFO)  # Flair logs the vocabulary of one-hot embeddings whenever it builds them
    rows = {(row.kind, row.version): row for folder in reversed(folders) for row in read_folder(folder)}
    print(f"{'kind':32} {'version':14} {'opened':8} {'difference':>11} {'relative gap':>13}")
    for _, row in sorted(rows.items()):
        figures = f"{row.difference:11.1e} {row.gap:13.1e}" if row.opened == "yes" else ""
        print(f"{row.kind:32} {row.version:14} {row.opened:8} {figures}".rstrip())
    opened = [row for row in rows.values() if row.opened == "yes"]
    print(
        f"{len(opened)} of {len(rows)} opened; largest difference {max(row.difference for row in opened):.1e}, "
        f"largest relative gap {max(row.gap for row in opened):.1e}."
    )


def read_folder(folder: Path) -> Iterator[Row]:
    """Open and compare every checkpoint of a folder that has saved predictions."""
    os.environ["WHYLIGHT_TOKENIZERS"] = str(folder / "tokenizers")
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    for record in expected["records"]:
        if record.get("saved"):
            yield read_record(folder, record, expected["texts"])


def read_record(folder: Path, record: dict, texts: dict[str, str]) -> Row:
    """Open and compare one checkpoint."""
    from attribution import AttributionError, explain, load_model

    version, _, kind = record["file"].removeprefix("flair-").removesuffix(".pt").partition("__")
    given = folder / "tokenizers" / "tiny-xlmr" if "hubname" in kind else None
    try:
        model = load_model(folder / "checkpoints" / record["file"], tokenizer=given)
    except AttributionError:
        return Row(kind, version, "refused")
    difference = max(
        abs(model.predict(_text_of(record, name, texts)).probability_of(label) - probability)
        for name, saved in record["saved"].items()
        for label, probability in saved.get("probs", {"value": saved.get("value")}).items()
        if probability is not None
    )
    explanation = explain(model, _text_of(record, _EXPLAINED, texts))
    return Row(kind, version, "yes", difference, abs(explanation.relative_gap))


def _text_of(record: dict, name: str, texts: dict[str, str]) -> str | tuple[str, str]:
    """The text, or for a model of pairs, the text with the next of the first six."""
    names = list(texts)
    pair = (texts[name], texts[names[(names.index(name) + 1) % 6]])
    return pair if record["kind"] == "pair" else texts[name]


if __name__ == "__main__":
    main()
