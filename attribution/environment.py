"""What the operator of a server may set: every WHYLIGHT_ variable of the environment, with its meaning."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .errors import AttributionError

_DEFAULT_LIMIT = 20 * 10**9
"""Bytes: some two hundred models of the demo's size, 92 MB."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the environment.

    Attributes:
        name: in capitals.
        default: what holds where it is not set, as the README says it.
        meaning: what it is for, in a sentence.
    """

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable(
        "WHYLIGHT_STORE",
        "`~/.local/share/whylight/models`",
        "The folder of uploaded models and of the demo model; texts, saved analyses and runs are beside them.",
    ),
    Variable(
        "WHYLIGHT_STORE_LIMIT",
        "20",
        "GB that all uploaded models and tokenizers may take together; as many again are for the saved analyses.",
    ),
    Variable("WHYLIGHT_MODELS", "none", "A folder whose models are offered without an upload, and opened in place."),
    Variable("WHYLIGHT_DATABASE", "SQLite in the store", "The database of saved analyses, such as `postgresql://…`."),
    Variable("WHYLIGHT_RUNS", "`runs` in the store", "The folder of runs over data sets, and of uploaded data sets."),
    Variable("WHYLIGHT_RUNS_LIMIT", "20", "GB that all runs and uploaded data sets may take together."),
    Variable("WHYLIGHT_DATA", "none", "A folder whose data sets are offered on the page Data set."),
    Variable(
        "WHYLIGHT_TOKENIZERS",
        "none",
        "A folder of tokenizers, each in a folder with its encoder's name, for models that hold none.",
    ),
    Variable(
        "WHYLIGHT_PRECISION",
        "auto",
        "`float32` keeps the precision `auto` from choosing bfloat16, so that numbers do not depend on what the "
        "machine multiplies fastest.",
    ),
    Variable("WHYLIGHT_HUB", "0", "1 lets tokenizers that are nowhere on this machine be fetched from Hugging Face."),
    Variable(
        "WHYLIGHT_TRUST",
        "none",
        "The SHA-256 of files, separated by commas, that Flair itself may open, which runs the code in them.",
    ),
)


def read(name: str) -> str:
    """What a variable of the table is set to; empty where it is not."""
    if name not in {variable.name for variable in VARIABLES}:
        raise KeyError(name)
    return os.environ.get(name, "")


def read_folder(name: str) -> Path | None:
    """The folder that a variable names; None where it names none."""
    chosen = read(name)
    return Path(chosen).expanduser() if chosen else None


def read_limit(name: str) -> int:
    """The bytes that a variable allows, in GB, or else 20 GB.

    Raises:
        AttributionError: it is not a number.
    """
    if not (chosen := read(name)):
        return _DEFAULT_LIMIT
    try:
        return int(float(chosen) * 10**9)
    except (OverflowError, ValueError) as error:
        raise AttributionError(f"Expected a number of GB in {name}, got {chosen!r}.") from error


def tabulate() -> str:
    """The table of the README, in Markdown."""
    rows = (f"| `{one.name}` | {one.default} | {one.meaning} |" for one in VARIABLES)
    return "\n".join(("| variable | default | meaning |", "| --- | --- | --- |", *rows))
