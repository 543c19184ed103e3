"""A file of documents, whatever wrote it: how it is written, its rows, its texts and its gold labels."""

from .beginning import Preview, look_at
from .columns import Columns, check_columns
from .documents import (
    Document,
    Source,
    Survey,
    choose_gold,
    describe_format,
    guess_columns,
    name_row,
    open_source,
    preview,
    read_documents,
    read_for,
    say_numbers,
    survey,
)
from .files import ENDINGS, find_ending
from .format import ENCODINGS, MOST_SKIPPED, SEPARATORS, Format

__all__ = [
    "ENCODINGS",
    "ENDINGS",
    "MOST_SKIPPED",
    "SEPARATORS",
    "Columns",
    "Document",
    "Format",
    "Preview",
    "Source",
    "Survey",
    "check_columns",
    "choose_gold",
    "describe_format",
    "find_ending",
    "guess_columns",
    "look_at",
    "name_row",
    "open_source",
    "preview",
    "read_documents",
    "read_for",
    "say_numbers",
    "survey",
]
