"""Checks that the network that is explained is the one that predicts: its predictions must be the library's own."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .errors import FidelityError
from .explanation import Prediction

FIDELITY = 1e-5
"""How far a probability computed through the encoder may be from the library's own. Rounding to 32 bits alone moved
those of 150 texts by 1.4e-7 at most."""


def find_worst(prediction: Prediction, expected: Mapping[str, float]) -> str | None:
    """The label whose probability is furthest from what was expected, where that is further than `FIDELITY`.

    Args:
        prediction: that of the network that is explained.
        expected: label -> probability by the library itself, for some labels or all; for a regressor, the value.
    """
    found = dict(zip(prediction.labels, prediction.probabilities, strict=True))
    differences = {label: abs(found[label] - value) for label, value in expected.items() if label in found}
    differences = {label: math.inf if math.isnan(value) else value for label, value in differences.items()}
    worst = max(differences, key=lambda label: differences[label], default=None)
    if worst is None or differences[worst] <= FIDELITY * max(1.0, abs(expected[worst])):
        return None
    return worst


def check_fidelity(prediction: Prediction, expected: Mapping[str, float], library: str) -> None:
    """Compare a prediction with that of the library.

    Raises:
        FidelityError: a probability differs by more than `FIDELITY`.
    """
    if (worst := find_worst(prediction, expected)) is not None:
        raise FidelityError(
            f"{library} predicts {worst!r} with {expected[worst]:.6f}, the network explained here with "
            f"{prediction.probability_of(worst):.6f}. It would explain another model, so no explanation is given."
        )
