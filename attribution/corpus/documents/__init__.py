"""Reads a file of documents from any program: its format, its rows, its texts and its gold labels."""

from .beginning import Beginning, Preview, look_at
from .column_guess import Columns, check_columns
from .file_set import FileSet, Where, find_files
from .files import ENDINGS, find_ending
from .format import ENCODINGS, MOST_SKIPPED, SEPARATORS, Format
from .rows import name_row
from .source import (
    Document,
    Source,
    choose_gold,
    describe_format,
    guess_columns,
    open_source,
    preview,
    read_documents,
)
from .survey import Survey, read_for, say_numbers, survey

__all__ = [
    "ENCODINGS",
    "ENDINGS",
    "MOST_SKIPPED",
    "SEPARATORS",
    "Beginning",
    "Columns",
    "Document",
    "FileSet",
    "Format",
    "Preview",
    "Source",
    "Survey",
    "Where",
    "check_columns",
    "choose_gold",
    "describe_format",
    "find_ending",
    "find_files",
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
