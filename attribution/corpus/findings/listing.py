"""The documents of a run, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import duckdb
import pandas as pd

from ...errors import AttributionError

Kind = Literal["all", "right", "wrong", "failed"]
Order = Literal["number", "most confident", "least confident", "highest loss", "lowest loss"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ORDERS: tuple[Order, ...] = get_args(Order)

_ORDERED: dict[Order, str] = {
    "number": "number",
    "most confident": "probability desc nulls last, number",
    "least confident": "probability nulls last, number",
    "highest loss": "loss desc nulls last, number",
    "lowest loss": "loss nulls last, number",
}
_KINDS: dict[Kind, str] = {"all": "true", "right": "hit", "wrong": "not hit", "failed": "error is not null"}


@dataclass(frozen=True, slots=True)
class Selection:
    """Some documents of a run.

    Attributes:
        kind: all, those that the model predicted right or wrong, or those that could not be explained.
        gold, predicted: only those with this gold label, and this prediction; None for any.
        word: only those with this word, ignoring case.
        text: only those that contain this text, ignoring case; no character is a wildcard.
    """

    kind: Kind = "all"
    gold: str | None = None
    predicted: str | None = None
    word: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise AttributionError(f"Expected one of {', '.join(KINDS)}, got {self.kind!r}.")


def count_documents(tables: duckdb.DuckDBPyConnection, selection: Selection | None = None) -> int:
    """How many documents are selected."""
    where, given = _filter(selection or Selection())
    row = tables.execute(f"select count(*) from judged where {where}", given).fetchone()
    return int(row[0]) if row else 0


def list_documents(
    tables: duckdb.DuckDBPyConnection,
    selection: Selection | None = None,
    *,
    order: Order = "number",
    start: int = 0,
    most: int = 10,
) -> pd.DataFrame:
    """`most` documents from the `start`-th on.

    Columns: number, id, name (its id, and the line if the id is only the row), text, gold (a list), unknown (the gold
    labels that the model lacks), predicted, probability, assigned, explained, hit, loss, truncated_at, error.

    Raises:
        AttributionError: no such order.
    """
    if order not in _ORDERED:
        raise AttributionError(f"Expected an order, one of {', '.join(ORDERS)}, got {order!r}.")
    where, given = _filter(selection or Selection())
    return tables.execute(  # texts are read only for the documents on this page
        f"""with page as (select number from judged where {where} order by {_ORDERED[order]} limit $most offset $start)
        select number, id, name, text, gold, unknown, predicted, probability, assigned, explained, hit, loss,
            truncated_at, error
        from judged join named using (number) where number in (from page) order by {_ORDERED[order]}""",
        {**given, "most": most, "start": start},
    ).df()


def list_words(tables: duckdb.DuckDBPyConnection, numbers: list[int], label: str | None = None) -> pd.DataFrame:
    """Rows of the table `words` for some documents: of one label, or of each document's predicted (or first) one."""
    return tables.execute(
        """select words.* from words join documents on document = number
        where list_contains($numbers, document) and list_contains($numbers, number)
        and label = coalesce($label, case when list_contains(explained, predicted) then predicted else explained[1] end)
        order by document, "position" """,
        {"numbers": numbers, "label": label},
    ).df()


def _filter(selection: Selection) -> tuple[str, dict[str, Any]]:
    parts, given = [_KINDS[selection.kind]], {}
    if selection.gold is not None:
        parts.append("coalesce(gold_label = $gold, list_contains(golds, $gold))")
        given["gold"] = selection.gold
    if selection.predicted is not None:
        parts.append("predicted = $predicted")
        given["predicted"] = selection.predicted
    if selection.word is not None:
        parts.append("number in (select document from words where lower(word) = lower($word))")
        given["word"] = selection.word
    if selection.text is not None:
        parts.append("contains(nfc_normalize(lower(text)), nfc_normalize(lower($text)))")
        given["text"] = selection.text
    return " and ".join(parts), given
