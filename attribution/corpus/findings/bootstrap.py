"""Bootstrap intervals of sums over documents: whole documents are resampled, never single words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...explanation import Floats

_TOGETHER = 50  # samples at a time: each holds a count for every document in memory


@dataclass(frozen=True, slots=True)
class Cells:
    """The values of each group in each document: one row per group and document in which it occurs.

    Attributes:
        document: int64 [N], any number that names the document.
        group: int64 [N], 0 to G - 1.
        values: float64 [N, V], the values to sum.
    """

    document: NDArray[np.int64]
    group: NDArray[np.int64]
    values: Floats

    def __post_init__(self) -> None:
        if not len(self.document) == len(self.group) == len(self.values):
            raise ValueError("Expected one document, group and row of values for each cell.")


def resample(cells: Cells, *, groups: int, documents: int, replicates: int, seed: int) -> Floats:
    """The sums of every group in samples of documents, drawn with replacement.

    Args:
        cells: the values of each group in each document.
        groups: G, how many groups there are.
        documents: how many documents are drawn from, including those in which no group occurs.
        replicates: R, how many samples are drawn.
        seed: the same one draws the same samples.

    Returns:
        float64 [R, G, V]. The bootstrap of Efron 1979, https://doi.org/10.1214/aos/1176344552, over clusters.
    """
    known, column = np.unique(cells.document, return_inverse=True)
    documents = max(documents, len(known))
    width = cells.values.shape[1]
    matrix = sparse.vstack(
        [
            sparse.csr_array((cells.values[:, index], (cells.group, column)), shape=(groups, len(known)))
            for index in range(width)
        ],
        format="csr",
    )
    generator = np.random.default_rng(seed)
    found = np.empty((replicates, groups, width))
    for first in range(0, replicates, _TOGETHER):
        count = min(_TOGETHER, replicates - first)
        drawn = np.empty((len(known), count))
        for sample in range(count):
            numbers = generator.integers(0, max(documents, 1), size=documents)
            drawn[:, sample] = np.bincount(numbers, minlength=documents)[: len(known)]
        sums = (matrix @ drawn).reshape(width, groups, count)
        found[first : first + count] = sums.transpose(2, 1, 0)
    return found


def interval(values: Floats, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """The percentile interval of each column of [R, …]; NaN where no sample had a value."""
    if not values[0].size:
        return values[0], values[0]
    missing = np.isnan(values).all(axis=0)
    filled = np.where(missing, 0.0, values)
    low, high = np.nanquantile(filled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.where(missing, np.nan, low), np.where(missing, np.nan, high)
