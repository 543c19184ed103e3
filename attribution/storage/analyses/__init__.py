"""Saved analyses: explanations with a name, a note and tags, kept in SQLite or PostgreSQL.

Importing this package imports SQLAlchemy; `import attribution` does not.
"""

from .collection import Analyses
from .database import default_url
from .entries import LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG, MOST_TAGS, Analysis, Entry, Found

__all__ = [
    "LONGEST_NAME",
    "LONGEST_NOTE",
    "LONGEST_TAG",
    "MOST_TAGS",
    "Analyses",
    "Analysis",
    "Entry",
    "Found",
    "default_url",
]
