"""How often a model is right on a data set: accuracy, precision and recall, confusion matrix, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

_BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """How well the model predicts the documents that have a gold label.

    Attributes:
        judged: how many of them could be explained.
        unlabelled: how many were explained but have no gold label, so that they cannot be judged.
        failed: how many could not be explained, and are not judged either.
        unknown: gold labels that the model lacks, so that it cannot be right, and how many documents have each.
        right: for how many judged documents the model predicted the gold label; in multi-label models, exactly all of
            the gold labels.
        loss: the mean cross-entropy, in nats, of the documents that have a gold label which the model has; in
            multi-label models, the mean over the labels.
        measured: over how many documents the loss is averaged.
        labels: one row per label: label, precision, recall, f1, gold and predicted (documents of each). NaN where
            there is nothing to divide by.
        confusion: one row per pair that occurs: gold, predicted, documents. Empty in multi-label models.
        calibration: one row per tenth of the probabilities: confidence (the mean probability of the predicted label),
            accuracy (the share that is right), documents. Empty in multi-label models.
    """

    judged: int
    unlabelled: int
    failed: int
    unknown: dict[str, int]
    right: int
    loss: float
    measured: int
    labels: pd.DataFrame
    confusion: pd.DataFrame
    calibration: pd.DataFrame

    @property
    def accuracy(self) -> float:
        """The share of judged documents for which the model is right."""
        return self.right / self.judged if self.judged else float("nan")

    @property
    def calibration_error(self) -> float:
        """How far confidence is from accuracy: their distance in each tenth, weighted by its documents.

        Expected calibration error, Naeini, Cooper and Hauskrecht 2015, https://doi.org/10.1609/aaai.v29i1.9602.
        """
        table = self.calibration
        if table.empty:
            return float("nan")
        return float(np.average((table["confidence"] - table["accuracy"]).abs(), weights=table["documents"]))

    def matrix(self, labels: Sequence[str]) -> NDArray[np.int64]:
        """The confusion matrix of some labels: [gold, predicted], in documents."""
        places = {label: place for place, label in enumerate(labels)}
        found = np.zeros((len(labels), len(labels)), dtype=np.int64)
        for gold, predicted, count in self.confusion.itertuples(index=False):
            if gold in places and predicted in places:
                found[places[gold], places[predicted]] = count
        return found


def measure_quality(tables: duckdb.DuckDBPyConnection, labels: Sequence[str], *, multi_label: bool = False) -> Quality:
    """Measure the model on a run's documents; those without a gold label, and those that failed, are not judged."""
    row = tables.execute(
        "select count(hit), coalesce(sum(hit::integer), 0), avg(loss), count(loss), "
        "count(*) filter (error is null and hit is null), count(error) from judged"
    ).fetchone()
    judged, right, loss, measured, unlabelled, failed = row or (0, 0, None, 0, 0, 0)
    counts = _count_multi(tables) if multi_label else _count_single(tables)
    return Quality(
        judged=int(judged),
        unlabelled=int(unlabelled),
        failed=int(failed),
        unknown=count_unknown(tables),
        right=int(right),
        loss=float("nan") if loss is None else float(loss),
        measured=int(measured),
        labels=_score(counts, labels, multi_label),
        confusion=pd.DataFrame(columns=counts.columns) if multi_label else counts,
        calibration=_calibrate(tables, multi_label),
    )


def count_right(tables: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """In how many documents the model is right, and how many can be judged."""
    right, judged = tables.execute("select coalesce(sum(hit::integer), 0), count(hit) from judged").fetchone() or (0, 0)
    return int(right), int(judged)


def count_unknown(tables: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many judged documents have each gold label that the model does not have, the most frequent first."""
    rows = tables.execute(
        "select label, count(*) as documents from (select unnest(unknown) as label from judged) group by label "
        "order by documents desc, label"
    ).fetchall()
    return {str(label): int(count) for label, count in rows}


def _count_single(tables: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return tables.execute(
        "select gold_label as gold, predicted, count(*) as documents from judged where hit is not null group by all "
        "order by documents desc, gold, predicted"
    ).df()


def _count_multi(tables: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """How often each label is gold, assigned, or both: '' in `gold` or `predicted` means that it is not."""
    return tables.execute(
        """with pairs as (select name, list_contains(golds, name) as wanted, list_contains(assigned, name) as given
            from judged, label_names where hit is not null)
        select case when wanted then name else '' end as gold, case when given then name else '' end as predicted,
            count(*) as documents from pairs where wanted or given group by all"""
    ).df()


def _score(counts: pd.DataFrame, labels: Sequence[str], multi_label: bool) -> pd.DataFrame:
    """Precision, recall and F1 by scikit-learn, with each pair weighted by its number of documents."""
    from sklearn.metrics import precision_recall_fscore_support

    columns = ["label", "precision", "recall", "f1", "gold", "predicted"]
    if counts.empty:
        return pd.DataFrame(columns=columns)
    # Gold labels that the model lacks get a row too; '' stands for no label and gets none.
    strangers = sorted({*counts["gold"], *counts["predicted"]} - {*labels, ""}) if not multi_label else []
    names = [*labels, *strangers]
    precision, recall, f1, gold = precision_recall_fscore_support(
        counts["gold"].astype(object),
        counts["predicted"].astype(object),
        labels=names,
        sample_weight=counts["documents"],
        zero_division=np.nan,
    )
    predicted = counts.groupby("predicted")["documents"].sum().reindex(names, fill_value=0)
    values = [names, precision, recall, f1, gold.astype(np.int64), predicted.to_numpy()]
    return pd.DataFrame(dict(zip(columns, values, strict=True)))


def _calibrate(tables: duckdb.DuckDBPyConnection, multi_label: bool) -> pd.DataFrame:
    """Mean probability and accuracy by tenths of the probability, as `sklearn.calibration.calibration_curve`."""
    return tables.execute(
        f"""select avg(probability) as confidence, avg(hit::integer) as accuracy, count(*) as documents
        from judged where hit is not null and not {multi_label}
        group by least(floor(probability * {_BINS}), {_BINS - 1}) order by confidence"""
    ).df()
