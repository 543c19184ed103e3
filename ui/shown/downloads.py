"""The downloads of explanations and of tables: each is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from attribution import Explanation
from attribution.ablation.trial import Trial
from attribution.ablation.what_if import Change
from attribution.render import (
    About,
    Comparison,
    render_change,
    render_comparison,
    render_page,
    render_trial,
    tabulate_trial,
    to_csv,
)
from attribution.report import to_json
from attribution.storage.library import Library
from attribution.texts.spreadsheet import write_table

from ..choices.settings import View
from ..wording import escape, shorten

if TYPE_CHECKING:
    from attribution.storage.analyses import Entry

_ABOUT = {
    "csv": "The table above.",
    "units": "The table above, with label, method, model and more repeated in every row.",
    "html": "One HTML file with the coloured text, the charts and all settings; it opens without a network.",
    "what_if_report": "One HTML file with both texts and the effect of the change; it opens without a network.",
    "trust_csv": "The measures, one row for each explanation.",
    "trust_report": "One HTML file with verdict, measures, curves and all settings; it opens without a network.",
    "json": "Everything, for other programs; python -m attribution verify computes it again and compares.",
}
_TYPES = {"csv": "text/csv", "html": "text/html", "json": "application/json"}


def about(entry: Entry | None = None) -> About:
    """The names and note that a report shows; a saved entry names its model even if it is gone from this server."""
    names = {sha256: model.name for sha256, model in Library().models.items()}
    if entry is None:
        return About(names)
    return About(
        {**({entry.model_sha256: entry.model_name} if entry.model_name else {}), **names}, entry.name, entry.note
    )


def _created(entry: Entry | None) -> datetime | None:
    return None if entry is None else datetime.fromisoformat(entry.created)


def offer_downloads(explanation: Explanation, view: View, entry: Entry | None = None) -> None:
    """Offer the table, the report and the JSON of one explanation, made now or saved as `entry`."""
    created = _created(entry)

    def make_table() -> bytes:
        return to_csv(explanation, unit=view.unit, created=created).encode("utf-8-sig", "replace")

    def make_report() -> bytes:
        page = render_page(explanation, top_k=view.top_k, unit=view.unit, created=created, about=about(entry))
        return page.encode("utf-8", "replace")

    _offer("CSV", f"{view.unit}s.csv", make_table, "units")
    _offer("Report", "report.html", make_report, "report")
    _offer("JSON", "report.json", lambda: to_json(explanation, created=created).encode(), "json")


def offer_change(change: Change, view: View, entry: Entry | None = None) -> None:
    """Offer the report and the JSON of a changed copy, made now or saved as `entry`."""
    created = _created(entry)

    def make_report() -> bytes:
        page = render_change(change, unit=view.unit, created=created, about=about(entry))
        return page.encode("utf-8", "replace")

    _offer("Report", "what-if.html", make_report, "what_if_report")
    _offer("JSON", "what-if.json", lambda: to_json(change, created=created).encode(), "what_if_json")


def offer_trial(trial: Trial, entry: Entry | None = None) -> None:
    """Offer the table, the report and the JSON of tested explanations, made now or saved as `entry`."""
    created = _created(entry)

    def make_table() -> bytes:
        return write_table(tabulate_trial(trial).rename(columns={"": "name"})).encode("utf-8-sig", "replace")

    def make_report() -> bytes:
        return render_trial(trial, created=created, about=about(entry)).encode("utf-8", "replace")

    _offer("CSV", "trust.csv", make_table, "trust_csv")
    _offer("Report", "trust.html", make_report, "trust_report")
    _offer("JSON", "trust.json", lambda: to_json(trial, created=created).encode(), "trust_json")


def offer_comparison(comparison: Comparison, view: View) -> None:
    """Offer the table and the report of several explanations, and the JSON of each, as its schema holds one only."""

    def make_table() -> bytes:
        return write_table(comparison.tabulate().rename(columns={"depends": "flips"})).encode("utf-8-sig", "replace")

    def make_report() -> bytes:
        page = render_comparison(comparison, top_k=view.top_k, unit=view.unit, about=about())
        return page.encode("utf-8", "replace")

    with st.container(horizontal=True, vertical_alignment="center", key="downloads"):
        _offer("CSV", "comparison.csv", make_table, "side_by_side")
        _offer("Report", "comparison.html", make_report, "comparison")
        with st.popover("JSON", icon=":material/download:", help=_ABOUT["json"]):
            st.caption("One file for each column.")
            for number, (name, one) in enumerate(comparison.columns.items(), 1):
                make = _make_json(one)
                _offer(escape(shorten(name, 40)), f"report-{number}.json", make, f"json_{number}")


def offer_table(table: pd.DataFrame, *, name: str, key: str) -> None:
    """A button that gives a table's rows as CSV: Streamlit's own is off, as it writes formulas as they stand."""
    _offer("This table (CSV)", f"{name}.csv", lambda: write_table(table).encode("utf-8-sig", "replace"), key)


def _make_json(explanation: Explanation) -> Callable[[], bytes]:
    return lambda: to_json(explanation).encode()


def _offer(name: str, file: str, make: Callable[[], bytes], key: str) -> None:
    ending = file.rpartition(".")[2]
    st.download_button(
        name,
        make,
        file_name=f"whylight-{file}",
        mime=_TYPES[ending],
        key=f"download_{key}",
        on_click="ignore",
        icon=":material/download:",
        help=_ABOUT.get(key, _ABOUT[ending]),
    )
