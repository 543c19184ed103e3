"""Settings of a model for all users of a server: its name, whether its labels are independent, its baselines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from ..wording import shorten

LONGEST_NAME = 80
"""A menu shows the first 40 characters of it, a list of models 60."""

_JOINERS = "\u200c\u200d"
_FILLERS = " \u115f\u1160\u2800\u3164\uffa0"  # letters that look like blanks


@dataclass(frozen=True, slots=True)
class KeptBaseline:
    """The baseline that a method uses on a model by default, and why it was chosen.

    Attributes:
        baseline: its name.
        instead_of: the baseline that it was more faithful than.
        comprehensiveness: of both baselines, the chosen one first, on one text; in probability.
        words: how many the text had.
        chosen: the day, in ISO 8601.
    """

    baseline: str
    instead_of: str
    comprehensiveness: tuple[float, float]
    words: int
    chosen: str

    def say(self) -> str:
        """Why it is used, in a sentence."""
        own, other = self.comprehensiveness
        return (
            f"{self.baseline} has been kept with this model since {date.fromisoformat(self.chosen):%d %b %Y}: on a "
            f"text of {self.words:,} {'word' if self.words == 1 else 'words'}, removing its strongest words lowered "
            f"the probability by {own:.2f}, and removing those from {self.instead_of} by {other:.2f}."
        )


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The settings of one model.

    Attributes:
        multi_label: whether its labels are independent, if a reader said so because its file does not; else None.
        baselines: method -> the baseline that it uses by default, if a reader chose another than the method's own.
        name: what readers call it; empty for the name of its file.
    """

    multi_label: bool | None = None
    baselines: Mapping[str, KeptBaseline] = field(default_factory=dict)
    name: str = ""

    def to_json(self) -> str:
        """The settings as JSON, for `read_settings`."""
        return json.dumps(asdict(self))


def clean_name(name: str) -> str:
    """A name on one line, without invisible characters and direction marks, and at most `LONGEST_NAME` long.

    Zero-width joiners and non-joiners stay between letters: Persian words and families of emoji need them.
    """
    kept = "".join(letter for letter in " ".join(name.split()) if letter.isprintable() or letter in _JOINERS)
    return shorten(kept, LONGEST_NAME) if kept.strip(_JOINERS + _FILLERS) else ""


def read_settings(content: str) -> ModelSettings:
    """Settings from their JSON; what does not fit is left out."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return ModelSettings()
    if not isinstance(said, dict):
        return ModelSettings()
    multi_label, baselines, name = said.get("multi_label"), said.get("baselines"), said.get("name")
    found = {
        method: kept
        for method, one in (baselines.items() if isinstance(baselines, dict) else ())
        if (kept := _read_baseline(one))
    }
    return ModelSettings(
        multi_label if isinstance(multi_label, bool) else None, found, clean_name(name) if isinstance(name, str) else ""
    )


def _read_baseline(said: Any) -> KeptBaseline | None:
    try:
        own, other = map(float, said["comprehensiveness"])
        date.fromisoformat(said["chosen"])
        baseline, words = str(said["baseline"]), int(said["words"])
        if not (abs(own) <= 1 and abs(other) <= 1 and 1 <= words <= 10**9) or baseline == "text":
            return None  # the baseline "text" is a reader's own text, so it is not kept with a model
        return KeptBaseline(baseline, str(said["instead_of"]), (own, other), words, said["chosen"])
    except (TypeError, ValueError, KeyError, OverflowError):
        return None
