"""What can be downloaded of a run: a report, and all numbers."""

from __future__ import annotations

from functools import partial
from typing import BinaryIO

import streamlit as st

from attribution.corpus import Run
from attribution.corpus.analysis import Ranking, suggest_least
from attribution.corpus.common import ALWAYS_SHOWN, say_common
from attribution.corpus.export import Format, Table, export
from attribution.render import Summary, render_summary, say_reader

from .data_set_data import Hidden, get_blame, get_explained, get_language, get_quality, get_words, take_results

_MOST_LABELS = 20


def offer_downloads(run: Run) -> None:
    """A menu of a run's report and tables; each is made when it is asked for."""
    with st.popover("Download", icon=":material/download:"):
        st.download_button(
            "Report (HTML)",
            lambda: _write_report(run),
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


def _write_report(run: Run) -> bytes:
    results = take_results(run)
    explained = get_explained(results)
    language = get_language(results)
    ranking = Ranking(least=suggest_least(run.done), language=language)
    words, hidden = get_words(results, tuple(explained)[:_MOST_LABELS], ranking)
    gold = run.source["columns"]["label"] is not None
    blame, hidden_blame = get_blame(results, None, None, 1, Hidden(True, language)) if gold else (None, None)
    summary = Summary(
        title=f"{run.model_name or 'A model'} on {run.source['name']}",
        facts={
            "Documents": f"{run.done:,}, {run.failed:,} of them could not be explained",
            "Explained": str(run.explained),
            "Model (SHA-256)": str(run.model["sha256"]),
            "Classes": f"{run.model['classifier']} over {run.model['embeddings']}, {run.model['encoder']}",
            **({"Labels": said} if (said := say_reader(run.model.get("multi_label_by_reader"))) else {}),
            "Method": f"{run.method['name']}; "
            + ", ".join(f"{name} {value}" for name, value in run.method["settings"].items() if value),
            "File (SHA-256)": str(run.source["sha256"]),
            **({"File read as": f"{run.source['read_as']}: {run.source['rows']}"} if "read_as" in run.source else {}),
            **({"Gold labels": run.source["numbers"]} if run.source.get("numbers") else {}),
            "Begun": run.created,
        },
        explained=explained,
        words=words,
        hidden=hidden,
        quality=get_quality(results) if gold else None,
        blame=blame,
        hidden_blame=hidden_blame,
        ranked=f"Words in at least {ranking.least:,} documents, by the sum of their attributions, without "
        f"{say_common(language)} that are not among the {ALWAYS_SHOWN} strongest for a label or against it; these are "
        "listed at the end. Upper and lower case count as one. Thin lines are 95 % intervals over documents.",
    )
    return render_summary(summary).encode("utf-8", "replace")
