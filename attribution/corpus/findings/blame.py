"""The words behind a model's errors: those that pushed the wrong label in misclassified documents."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd

from .stop_words import ALWAYS_SHOWN, IS_COMMON, choose_stop_words


def find_blame(
    tables: duckdb.DuckDBPyConnection,
    *,
    gold: str | None = None,
    predicted: str | None = None,
    least: int = 1,
    most: int = 20,
    hide_common: bool = True,
    language: str | None = None,
) -> pd.DataFrame:
    """The words that pushed a wrong label most, beside what they do where that label is right.

    A label is wrong for a document if the model predicted it and it is not among the gold labels. Only explained
    labels count: a run that explains gold labels alone says nothing about wrong ones.

    Args:
        tables: from `open_tables`.
        gold: only documents of this gold label.
        predicted: only this wrong label.
        least: in how many misclassified documents a word must occur.
        most: how many words are kept.
        hide_common: leave out stop words and marks, except for those among the three strongest words.
        language: whose stop words; None for the language of the words themselves.

    Returns:
        The strongest first: word, label (the wrong one), wrong_documents, wrong_sum, wrong_mean, right_documents,
        right_sum, right_mean. Sums and means are in logits, means over occurrences; a word that occurs in no document
        for which the label was predicted rightly has 0, NaN and NaN.
    """
    return find_all_blame(
        tables,
        gold=gold,
        predicted=predicted,
        least=least,
        most=most,
        hide_common=hide_common,
        language=language,
    )[0]


def find_all_blame(
    tables: duckdb.DuckDBPyConnection,
    *,
    gold: str | None = None,
    predicted: str | None = None,
    least: int = 1,
    most: int = 20,
    hide_common: bool = True,
    language: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`find_blame`, and the stop words and marks that it leaves out: word, label and the columns of wrong documents."""
    given: dict[str, Any] = {"least": least}
    misfiled = ["not list_contains(golds, label)"]
    if predicted is not None:
        given["predicted"] = predicted
        misfiled.append("label = $predicted")
    if gold is not None:
        given["gold"] = gold
        misfiled.append("list_contains(golds, $gold)")
    hidden = "false"
    if hide_common:
        given |= {"always": ALWAYS_SHOWN, "stop": choose_stop_words(tables, language)}
        hidden = f"place > $always and {IS_COMMON}"
    tables.execute(
        f"""create or replace temp table pushed as with grouped as (select word, label, {_measure("wrong")}
            from ({_FILED}) where {" and ".join(misfiled)} group by word, label
            having wrong_documents >= $least and wrong_sum > 0),
        placed as (select *, row_number() over (order by wrong_sum desc, word) as place from grouped)
        select * exclude (place), {hidden} as hidden from placed""",
        given,
    )
    return tables.execute(_COMPARED, {"most": most}).df(), tables.execute(_LEFT_OUT).df()


def _measure(side: str) -> str:
    return (
        f"count(distinct document) as {side}_documents, sum(attribution) as {side}_sum, avg(attribution) as {side}_mean"
    )


_FILED = """select document, label, lower(word) as word, attribution, golds
    from words join judged on document = number where hit is not null and list_contains(assigned, label)"""

_COMPARED = f"""with wrong as (select * exclude (hidden) from pushed where not hidden
        order by wrong_sum desc, word limit $most),
    "right" as (select word, label, {_measure("right")} from ({_FILED}) semi join wrong using (word, label)
        where list_contains(golds, label) group by word, label)
    select wrong.*, coalesce(right_documents, 0) as right_documents, right_sum, right_mean
    from wrong left join "right" using (word, label) order by wrong_sum desc, word"""
"""The strongest words of misclassified documents, joined with what they do where the label was predicted rightly."""

_LEFT_OUT = "select * exclude (hidden) from pushed where hidden order by wrong_sum desc, word"
