"""The words that matter most to a model over a whole data set: attributions summed over the explanations of a run.

Upper and lower case of a word count as one. A word that occurs several times in a document counts once for
`documents`, with the sum of its attributions. The intervals are bootstrapped over documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import duckdb
import numpy as np
import pandas as pd

from ...errors import AttributionError
from .bootstrap import Cells, interval, resample
from .stop_words import ALWAYS_SHOWN, IS_COMMON, LANGUAGES, NO_LANGUAGE, choose_stop_words

Measure = Literal["sum", "mean"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
_REPLICATES = 200
_SEED = 0


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which words are ranked, and how.

    Attributes:
        by: the sum of a word's attributions, or their mean.
        least: in how many documents a word must occur.
        most: how many words are kept for each label, and how many against it.
        top_k: how many words count as the strongest of a document, for or against.
        hide_common: leave out stop words and marks, except for a label's three strongest words for and against it.
        language: whose stop words; None for the language of the words themselves.
    """

    by: Measure = "sum"
    least: int = 2
    most: int = 12
    top_k: int = 5
    hide_common: bool = True
    language: str | None = None

    def __post_init__(self) -> None:
        if self.by not in MEASURES:
            raise AttributionError(f"Expected to rank by one of {', '.join(MEASURES)}, got {self.by!r}.")
        if min(self.least, self.most, self.top_k) < 1:
            raise AttributionError("Expected at least 1 document, 1 word and the 1 strongest.")
        if self.language not in (None, NO_LANGUAGE, *LANGUAGES):
            raise AttributionError(f"Expected one of {', '.join(LANGUAGES)} as language, got {self.language!r}.")


def suggest_least(documents: int) -> int:
    """In how many documents a word should occur to be listed: few in a small data set, more in a large one."""
    return min(max(2, documents // 2000), 50)


def count_explained(tables: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many documents were explained for each label, the most frequent label first."""
    rows = tables.execute(
        "select label, count(*) from (select unnest(explained) as label from documents where error is null) "
        "group by label order by count(*) desc, label"
    ).fetchall()
    return {str(label): int(count) for label, count in rows}


def rank_words(
    tables: duckdb.DuckDBPyConnection, labels: Sequence[str], ranking: Ranking | None = None
) -> pd.DataFrame:
    """The words that speak most for each label and most against it, with 95 % intervals over documents.

    Columns: label, word, documents, occurrences, sum, mean (of one occurrence, both in logits), top (the share of its
    documents in which it is among the `top_k` strongest), consistency (the share of its documents in which it has the
    sign of its sum), and the interval of each of these four: sum_low, sum_high and so on.
    """
    return rank_all_words(tables, labels, ranking)[0]


def rank_all_words(
    tables: duckdb.DuckDBPyConnection, labels: Sequence[str], ranking: Ranking | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`rank_words`, and the stop words and marks that it leaves out, each label's strongest first.

    The columns of those left out: label, word, documents, occurrences, sum, mean.
    """
    ranking = ranking or Ranking()
    _create_cells(tables, labels, ranking.top_k)
    _mark_common(tables, ranking)
    found = tables.execute(_PLACED.format(by=ranking.by), {"most": ranking.most}).df()
    return add_intervals(tables, found), tables.execute(_LEFT_OUT.format(by=ranking.by)).df()


def describe_word(
    tables: duckdb.DuckDBPyConnection, word: str, labels: Sequence[str], *, top_k: int = 5
) -> pd.DataFrame:
    """One word under each label: the columns of `rank_words`."""
    _create_cells(tables, labels, top_k, word)
    grouped = f"select * exclude (up, down) from ({_GROUPED}) order by documents desc, label"
    found = tables.execute(grouped, {"least": 1}).df()
    return add_intervals(tables, found)


_GROUPED = """select label, word, count(*) as documents, sum(occurrences)::bigint as occurrences, sum(total) as "sum",
    sum(total) / sum(occurrences) as mean, avg(strong::integer) as top,
    count(*) filter (total > 0) / count(*) as up, count(*) filter (total < 0) / count(*) as down,
    case when sum(total) > 0 then up when sum(total) < 0 then down else 1 - up - down end as consistency
    from cells group by label, word having count(*) >= $least"""


_PLACED = """with placed as (select *, row_number() over (partition by label order by "{by}" desc, word) as best,
        row_number() over (partition by label order by "{by}", word) as worst from marked where not hidden)
    select * exclude (best, worst, up, down, hidden) from placed
    where ("sum" > 0 and best <= $most) or ("sum" < 0 and worst <= $most) order by label, "{by}" desc, word"""

_LEFT_OUT = """select label, word, documents, occurrences, "sum", mean from marked where hidden
    order by label, abs("{by}") desc, word"""


def _mark_common(tables: duckdb.DuckDBPyConnection, ranking: Ranking) -> None:
    """Create the table `marked`: each label's words, and whether they are hidden."""
    hidden, given = "false", dict[str, Any](least=ranking.least)
    if ranking.hide_common:
        given |= {"always": ALWAYS_SHOWN, "stop": choose_stop_words(tables, ranking.language)}
        hidden = f'{IS_COMMON} and not (best <= $always and "sum" > 0 or worst <= $always and "sum" < 0)'
    tables.execute(
        f"""create or replace temp table marked as with grouped as ({_GROUPED}), placed as (select *,
            row_number() over (partition by label order by "{ranking.by}" desc, word) as best,
            row_number() over (partition by label order by "{ranking.by}", word) as worst from grouped)
        select * exclude (best, worst), {hidden} as hidden from placed""",
        given,
    )


def _create_cells(
    tables: duckdb.DuckDBPyConnection, labels: Sequence[str], top_k: int, word: str | None = None
) -> None:
    """Create the table `cells`: the sum of each word's attributions in each document, for each label."""
    only, holding = "", ""
    given: dict[str, Any] = {"labels": list(labels), "top_k": top_k}
    if word is not None:  # documents without the word need no ranks
        given["word"], only = word, "where word = lower($word)"
        holding = "and document in (select document from words where lower(word) = lower($word))"
    # A document's bar is its k-th largest absolute attribution: cheaper than ranking all of its words.
    tables.execute(
        f"""create or replace temp table cells as
        with shown as (select document, label, lower(word) as word, attribution, abs(attribution) as size from words
            where list_contains($labels, label) {holding}),
        bars as (select document, label, max(size, $top_k::bigint)[-1] as bar from shown group by document, label)
        select document, label, word, sum(attribution) as total, count(*) as occurrences, bool_or(size >= bar) as strong
        from shown join bars using (document, label) {only} group by document, label, word""",
        given,
    )


def add_intervals(tables: duckdb.DuckDBPyConnection, found: pd.DataFrame) -> pd.DataFrame:
    """Add the intervals of sums, means and shares to a table of labels and words, by resampling the table `cells`."""
    numbered = found[["label", "word"]].assign(number=np.arange(len(found)), side=np.sign(found["sum"]))
    tables.register("found_words", numbered)
    rows = tables.execute(
        """select document, number, total, occurrences::double as occurrences, strong::integer::double as strong,
            (sign(total) = side)::integer::double as agrees
        from cells join found_words using (label, word) order by document, number"""
    ).df()
    tables.unregister("found_words")
    values = rows[["total", "occurrences", "strong", "agrees"]].assign(present=1.0).to_numpy(np.float64)
    cells = Cells(rows["document"].to_numpy(np.int64), rows["number"].to_numpy(np.int64), values)
    drawn = resample(cells, groups=len(found), documents=_count_documents(tables), replicates=_REPLICATES, seed=_SEED)
    total, occurrences, strong, agrees, present = np.moveaxis(drawn, -1, 0)
    with np.errstate(invalid="ignore"):
        shares = {"top": strong / present, "consistency": agrees / present}
        measured = {"sum": total, "mean": total / occurrences, **shares}
    for name, values in measured.items():
        found[f"{name}_low"], found[f"{name}_high"] = interval(values)
    return found


def _count_documents(tables: duckdb.DuckDBPyConnection) -> int:
    """How many documents were explained."""
    row = tables.execute("select count(*) from documents where error is null").fetchone()
    return int(row[0]) if row else 0
