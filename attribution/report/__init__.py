"""Explanations, changes and trials as documents of plain data, for programs and for later verification."""

from .document import (
    SCHEMA,
    SCHEMAS,
    Kind,
    Reported,
    from_report,
    list_explained,
    name_kind,
    parse_report,
    read_report,
    to_json,
    to_report,
)
from .parts import name_method
from .verification import Difference, verify

__all__ = [
    "SCHEMA",
    "SCHEMAS",
    "Difference",
    "Kind",
    "Reported",
    "from_report",
    "list_explained",
    "name_kind",
    "name_method",
    "parse_report",
    "read_report",
    "to_json",
    "to_report",
    "verify",
]
