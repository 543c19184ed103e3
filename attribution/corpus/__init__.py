"""A whole data set: documents in, explanations out as Parquet."""

from .documents import Columns, Document, guess_columns, preview, read_documents
from .explain import Progress, explain_corpus
from .run import ENGINES, EXPLAINED, Engine, Explained, Run, holds_run, list_runs, read_run
from .tables import ENDINGS

__all__ = [
    "ENDINGS",
    "ENGINES",
    "EXPLAINED",
    "Columns",
    "Document",
    "Engine",
    "Explained",
    "Progress",
    "Run",
    "explain_corpus",
    "guess_columns",
    "holds_run",
    "list_runs",
    "preview",
    "read_documents",
    "read_run",
]
