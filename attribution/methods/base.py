"""What every attribution method takes and returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor

from ..encoders import EncodedText, Encoder
from ..explanation import Computed, Floats, MethodTraits, relative_gap
from ..scores import Score


@dataclass(frozen=True, slots=True, eq=False)
class Attributions:
    """What a method found for one target.

    Attributes:
        values: float64 [T], in logits.
        score: the target's score on the text.
        baseline_score: its score on the baseline; NaN where the values are not shares of a difference of scores.
        evaluations: how many gradients were computed, or forward passes if the method takes no gradients.
        converged: whether the values are as exact as the method's settings ask for.
        baseline_logits: float64 [C], the logits of the baseline; None if there is no baseline.
        cancelled: whether it was stopped before its end.
        learned_from: of how many earlier texts it was learned where to evaluate; 0 where no rule was learned.
        precision: what the gradients were computed in.
    """

    values: Floats
    score: float
    baseline_score: float
    evaluations: int
    converged: bool
    baseline_logits: Floats | None = None
    cancelled: bool = False
    learned_from: int = 0
    precision: Computed = "float32"

    @property
    def relative_gap(self) -> float:
        """What the values miss of the difference of the scores, over that difference; NaN if they are not shares."""
        difference = self.score - self.baseline_score
        return relative_gap(float(self.values.sum()) - difference, difference)


Watch = Callable[[Sequence[Attributions]], bool | None]
"""Called with what is found so far, one per target; if it returns False, the method stops."""


class StoppedError(Exception):
    """The watcher wants to stop; raised to leave a loop that runs in a library."""


class Method(MethodTraits, Protocol):
    """An attribution method; its fields are its settings.

    Attributes:
        differentiates: whether it needs gradients.
        score: what is explained of a label.
    """

    differentiates: ClassVar[bool]

    @property
    def score(self) -> Score: ...  # noqa: D102

    def attribute(
        self, encoder: Encoder, encoded: EncodedText, directions: Tensor, *, watch: Watch | None = None
    ) -> tuple[Attributions, ...]:
        """Explain K scores, each the logits' product with one row of `directions` [K, C].

        Raises:
            AttributionError: the encoder does not offer what the method needs.
        """
        ...


def check_known(**settings: tuple[object, Sequence[object]]) -> None:
    """Check that each setting is one of those known.

    Raises:
        ValueError: one is not.
    """
    for name, (value, known) in settings.items():
        if value not in known:
            raise ValueError(f"Expected one of {', '.join(map(str, known))} as {name}, got {value!r}.")
