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
        that was filed rightly under the label has 0, 0 and NaN.
    """
    given: dict[str, Any] = {"least": least, "most": most}
    filters = ["wrong_documents >= $least", "wrong_sum > 0"]
    if hide_common:
        given["stop"] = list(stop_words())
        filters.append(f"not {IS_COMMON}")
    of_label = of_gold = ""
    if predicted is not None:
        given["predicted"], of_label = predicted, "and label = $predicted"
    if gold is not None:
        given["gold"], of_gold = gold, "where not wrong or list_contains(golds, $gold)"
    return tables.execute(
        f"""with pushed as (
            select document, label, lower(word) as word, attribution, golds, not list_contains(golds, label) as wrong
            from words join judged on document = number
            where hit is not null and list_contains(assigned, label) {of_label}),
        grouped as (select word, label,
            count(distinct document) filter (wrong) as wrong_documents,
            coalesce(sum(attribution) filter (wrong), 0) as wrong_sum, avg(attribution) filter (wrong) as wrong_mean,
            count(distinct document) filter (not wrong) as right_documents,
            coalesce(sum(attribution) filter (not wrong), 0) as right_sum,
            avg(attribution) filter (not wrong) as right_mean
            from pushed {of_gold} group by word, label)
        select * from grouped where {" and ".join(filters)} order by wrong_sum desc, word limit $most""",
        given,
    ).df()
