"""Words, or subwords, as CSV: each row also names its text, model and method."""

from __future__ import annotations

import json
from datetime import datetime

from ..explanation import Explanation
from ..report import to_report
from ..texts.spreadsheet import write_table
from .pieces import Unit
from .tables import tabulate_units


def to_csv(explanation: Explanation, *, unit: Unit = "word", created: datetime | None = None) -> str:
    """`tabulate_units` as CSV; each row names its text, model and method, so that several tables can be combined.

    Args:
        explanation: from `explain`.
        unit: whether each word or each subword has a row.
        created: when the explanation was made; now by default.

    Raises:
        AttributionError: it is a contrast.
    """
    report = to_report(explanation, created=created)
    model, method = report["model"], report["method"]
    said = {
        **{key: report[key] for key in ("label", "score", "baseline_score")},
        "method": method["name"],
        "settings": json.dumps(method["settings"]),
        **{key: report[key] for key in ("evaluations", "gap", "relative_gap", "converged", "cancelled")},
        "truncated_at": report["truncated_at"],
        "first_text_read_to": explanation.skipped.start if explanation.skipped else None,
        "text_sha256": report["text_sha256"],
        "model_sha256": model["sha256"],
        **{key: model[key] for key in ("classifier", "embeddings", "encoder", "library", "read_as")},
        "tokenizer_sha256": model["tokenizer"],
        "multi_label_by_reader": model["multi_label_by_reader"],
        "versions": json.dumps(model["versions"]),
        "created": report["created"],
    }
    return write_table(tabulate_units(explanation, unit=unit).assign(**said))
