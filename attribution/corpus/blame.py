"""The words behind a model's errors: what pushed the wrong label in documents that it misfiled."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd

from .common import IS_COMMON, stop_words


def find_blame(
    tables: duckdb.DuckDBPyConnection,
    *,
    gold: str | None = None,
    predicted: str | None = None,
    least: int = 1,
    most: int = 20,
    hide_common: bool = True,
) -> pd.DataFrame:
    """The words that pushed a wrong label hardest, beside what they do where that label is right.

    A label is wrong for a document where the model filed it under that label and the gold label is another. Only what
    was explained is counted: a run that explains gold labels alone says nothing of wrong ones.

    Args:
        tables: from `open_tables`.
        gold: only documents of this gold label.
        predicted: only this wrong label.
        least: in how many misfiled documents a word must stand.
        most: how many words are kept.
        hide_common: leave out stop words and marks.

    Returns:
        The hardest first: word, label (the wrong one), wrong_documents, wrong_sum, wrong_mean, right_documents,
        right_sum, right_mean. Sums and means are in logits, means over occurrences; a word that stands in no document
        that was filed rightly under the label has 0, NaN and NaN.
    """
    given: dict[str, Any] = {"least": least, "most": most}
    misfiled = ["not list_contains(golds, label)"]
    if predicted is not None:
        given["predicted"] = predicted
        misfiled.append("label = $predicted")
    if gold is not None:
        given["gold"] = gold
        misfiled.append("list_contains(golds, $gold)")
    if hide_common:
        given["stop"] = list(stop_words())
    return tables.execute(_compare(" and ".join(misfiled), hide_common=hide_common), given).df()


def _compare(misfiled: str, *, hide_common: bool) -> str:
    """The strongest words of documents that were misfiled so, joined with what they do in those filed rightly."""
    hidden = f"and not {IS_COMMON}" if hide_common else ""
    return f"""with filed as (select document, label, lower(word) as word, attribution, golds
            from words join judged on document = number where hit is not null and list_contains(assigned, label)),
        wrong as (select word, label, {_measure("wrong")} from filed where {misfiled}
            group by word, label having wrong_documents >= $least and wrong_sum > 0 {hidden}
            order by wrong_sum desc, word limit $most),
        "right" as (select word, label, {_measure("right")} from filed semi join wrong using (word, label)
            where list_contains(golds, label) group by word, label)
        select wrong.*, coalesce(right_documents, 0) as right_documents, right_sum, right_mean
        from wrong left join "right" using (word, label) order by wrong_sum desc, word"""


def _measure(side: str) -> str:
    return (
        f"count(distinct document) as {side}_documents, sum(attribution) as {side}_sum, avg(attribution) as {side}_mean"
    )
