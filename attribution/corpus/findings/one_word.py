"""One word over a whole run: how its attributions are distributed, and where it occurs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import duckdb
import pandas as pd

from ...errors import AttributionError

ExampleOrder = Literal["most for", "most against", "number"]
EXAMPLE_ORDERS: tuple[ExampleOrder, ...] = get_args(ExampleOrder)
_ORDERED: dict[ExampleOrder, str] = {
    "most for": 'attribution desc, document, "position"',
    "most against": 'attribution, document, "position"',
    "number": 'document, "position"',
}
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Example:
    """One occurrence of a word; offsets are in characters of the document's text."""

    document: int
    name: str
    text: str
    label: str
    gold: list[str] | None
    assigned: list[str]
    start: int
    end: int
    attribution: float


def spread(tables: duckdb.DuckDBPyConnection, word: str) -> pd.DataFrame:
    """The distribution of a word's attributions under each label, the most frequent first.

    Columns: label, documents, occurrences, mean, lowest, q05, q25, q50, q75, q95, highest; in logits.
    """
    quantiles = ", ".join(f"quantile_cont(attribution, {q}) as q{round(100 * q):02d}" for q in _QUANTILES)
    return tables.execute(
        f"""select label, count(distinct document) as documents, count(*) as occurrences, avg(attribution) as mean,
        min(attribution) as lowest, {quantiles}, max(attribution) as highest
        from words where lower(word) = lower($word) group by label order by occurrences desc, label""",
        {"word": word},
    ).df()


def sample_attributions(tables: duckdb.DuckDBPyConnection, word: str, *, most: int = 150) -> pd.DataFrame:
    """Some of a word's attributions, the same ones each time. Columns: label, document, attribution."""
    return tables.execute(
        """select label, document, attribution from words where lower(word) = lower($word)
        qualify row_number() over (partition by label order by hash(document, "position")) <= $most""",
        {"word": word, "most": most},
    ).df()


def list_examples(
    tables: duckdb.DuckDBPyConnection,
    word: str,
    label: str | None = None,
    *,
    order: ExampleOrder = "most for",
    start: int = 0,
    most: int = 10,
) -> list[Example]:
    """`most` occurrences of a word, from the `start`-th on.

    Raises:
        AttributionError: no such order.
    """
    if order not in _ORDERED:
        raise AttributionError(f"Expected an order, one of {', '.join(EXAMPLE_ORDERS)}, got {order!r}.")
    rows = tables.execute(
        f"""with page as (select * from words where lower(word) = lower($word) and label = coalesce($label, label)
            order by {_ORDERED[order]} limit $most offset $start)
        select document, name, text, label, gold, assigned, "start", "end", attribution
        from page join documents on document = number join named using (number)
        order by {_ORDERED[order].replace("position", "start")}""",
        {"word": word, "label": label, "most": most, "start": start},
    ).fetchall()
    return [Example(*row) for row in rows]


def find_similar(tables: duckdb.DuckDBPyConnection, beginning: str, *, most: int = 8) -> list[str]:
    """The most frequent words of a run that start with `beginning`, in lower case."""
    rows = tables.execute(
        "select lower(word) as word from words where starts_with(lower(word), lower($beginning)) group by 1 "
        "order by count(*) desc, 1 limit $most",
        {"beginning": beginning, "most": most},
    ).fetchall()
    return [str(word) for (word,) in rows]
