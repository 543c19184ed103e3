"""Explanations put to the test: the results of the page Trust, as one object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..explanation import Explanation
from .measures import Faithfulness, How

Question = Literal["faithfulness", "methods", "baselines"]
"""Whether one explanation is faithful, or which of several methods or baselines is."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Explanations of one label on one text, and how faithful each is, against the same random orders.

    Attributes:
        question: what was asked.
        names: what each explanation is called, from top to bottom.
        explanations: what was tested.
        measured: how faithful each is, as `compare_faithfulness` measured it.
        seed: what the random orders were drawn with.
    """

    question: Question
    names: tuple[str, ...]
    explanations: tuple[Explanation, ...]
    measured: tuple[Faithfulness, ...]
    seed: int = 0

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.explanations) == len(self.measured) > 0:
            raise ValueError("not every explanation has a name and a measure.")
        if len(set(self.names)) < len(self.names):
            raise ValueError("two explanations have the same name.")
        if len({(one.texts, one.label, one.model) for one in self.explanations}) > 1:
            raise ValueError("the explanations are not of one text, label and model.")
        if len({(one.how, len(one.comprehensiveness.random)) for one in self.measured}) > 1:
            raise ValueError("the explanations were not measured alike.")

    @property
    def how(self) -> How:
        """How words were taken away."""
        return self.measured[0].how

    @property
    def orders(self) -> int:
        """How many random orders each was set against."""
        return len(self.measured[0].comprehensiveness.random)
