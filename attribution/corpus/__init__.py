"""A whole data set: documents in, explanations out as Parquet."""

from typing import TYPE_CHECKING

from .documents import (
    ENDINGS,
    Columns,
    Document,
    Format,
    describe_format,
    guess_columns,
    preview,
    read_documents,
)
from .running.record import ENGINES, EXPLAINED, Engine, Explained, Run, holds_run, list_runs, read_run

if TYPE_CHECKING:
    from .running.explain import explain_corpus
    from .running.progress import Progress
else:
    from ..lazy import import_on_demand

    __getattr__ = import_on_demand(__name__, {"Progress": "running.progress", "explain_corpus": "running.explain"})

__all__ = [
    "ENDINGS",
    "ENGINES",
    "EXPLAINED",
    "Columns",
    "Document",
    "Engine",
    "Explained",
    "Format",
    "Progress",
    "Run",
    "describe_format",
    "explain_corpus",
    "guess_columns",
    "holds_run",
    "list_runs",
    "preview",
    "read_documents",
    "read_run",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
