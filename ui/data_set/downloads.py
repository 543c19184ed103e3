"""The downloads of a run: a report, and all numbers."""

from __future__ import annotations

from functools import partial
from typing import BinaryIO

import streamlit as st

from attribution.corpus import Run
from attribution.corpus.findings.export import Format, Table, export
from attribution.corpus.findings.report import make_report


def offer_downloads(run: Run) -> None:
    """A menu of a run's report and tables; each is made when it is asked for."""
    with st.popover("Download", icon=":material/download:"):
        st.download_button(
            "Report (HTML)",
            lambda: make_report(run).encode("utf-8", "replace"),
            file_name="whylight-data-set.html",
            mime="text/html",
            key="download_run_report",
            on_click="ignore",
            help="One file with the charts and tables; it opens without a network.",
        )
        tables: tuple[Table, ...] = ("documents", "words")
        formats: tuple[Format, ...] = ("parquet", "csv")
        for table in tables:
            for kind in formats:
                st.download_button(
                    f"All {table} ({'Parquet' if kind == 'parquet' else 'CSV'})",
                    partial(_open_export, run, table, kind),
                    file_name=f"whylight-{table}.{kind}",
                    mime="text/csv" if kind == "csv" else "application/vnd.apache.parquet",
                    key=f"download_{table}_{kind}",
                    on_click="ignore",
                )


def _open_export(run: Run, table: Table, kind: Format) -> BinaryIO:
    return export(run.folder, table, kind, run.labels, multi_label=run.multi_label).open("rb")
