"""What a network's explained texts have taught of how it is best explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .arithmetic import FLOAT32, Arithmetic
from .line import PassMemory
from .precision import Tried
from .rules import Lesson, PathRules

_MOST_LOST, _MOST_SAVED = 2.0, 4.0
"""Explanations: some texts are allowed for at first, and later ones are soon heard where they differ from earlier."""


@dataclass(slots=True, eq=False)
class Experience:
    """What is known of one network; threads may share it.

    Attributes:
        rules: where on their paths its scores turn.
        memory: what its passes keep.
        tried: which arithmetic was faster on this machine; None until a text was explained by a rule.
        learns: whether texts that are explained add to the rules.
        saved: what reduced precision has saved so far, in explanations in float32; what had to be explained again in
            float32 has cost.
    """

    rules: PathRules = field(default_factory=PathRules)
    memory: PassMemory = field(default_factory=PassMemory)
    tried: Tried | None = None
    learns: bool = True
    saved: float = 0.0

    def keep_to(self, lessons: Sequence[Lesson]) -> None:
        """Go by the rules of these lessons from now on, and learn nothing more."""
        self.rules, self.learns = PathRules(), False
        self.rules.recall(lessons)

    def find_reduced(self) -> Arithmetic | None:
        """The arithmetic that is faster than float32; None where none is, or it cost more than it saved."""
        if self.tried is None or self.tried.arithmetic == FLOAT32 or self.saved < -_MOST_LOST:
            return None
        return self.tried.arithmetic

    def account(self, *, was_enough: bool) -> None:
        """Note whether a text that was begun in reduced precision was done with that."""
        if self.tried:
            self.saved = min(_MOST_SAVED, self.saved + was_enough - 1 / self.tried.speedup)
