"""A run as one HTML file: the charts and tables that the page shows."""

from __future__ import annotations

from typing import Any

from ...render import Summary, render_summary, say_reader
from ..running.record import Run
from .blame import find_all_blame
from .quality import measure_quality
from .ranking import Ranking, count_explained, rank_all_words, suggest_least
from .stop_words import ALWAYS_SHOWN, find_language, say_common
from .summary import say_failed
from .tables import open_tables

_MOST_LABELS = 20


def make_report(run: Run) -> str:
    """The report of a run as it is now, as one HTML document that opens without a network."""
    with open_tables(run.folder, run.labels, multi_label=run.multi_label) as tables:
        explained, language = count_explained(tables), find_language(tables)
        ranking = Ranking(least=suggest_least(run.done), language=language)
        failed = "; ".join(map(str.strip, say_failed(tables)))
        words, hidden = rank_all_words(tables, tuple(explained)[:_MOST_LABELS], ranking)
        quality: Any = None
        blame = hidden_blame = None
        if run.source["columns"]["label"] is not None:
            quality = measure_quality(tables, run.labels, multi_label=run.multi_label)
            blame, hidden_blame = find_all_blame(
                tables, gold=None, predicted=None, least=1, hide_common=True, language=language
            )
    return render_summary(
        Summary(
            title=f"{run.model_name or 'A model'} on {run.source['name']}",
            facts=_list_facts(run, failed),
            explained=explained,
            words=words,
            hidden=hidden,
            quality=quality,
            blame=blame,
            hidden_blame=hidden_blame,
            ranked=f"Words in at least {ranking.least:,} documents, by the sum of their attributions. Left out are "
            f"{say_common(language)}, except for each label's {ALWAYS_SHOWN} strongest words for and against it; they "
            "are listed at the end. Upper and lower case count as one. Thin lines are 95 % intervals over documents.",
        )
    )


def _list_facts(run: Run, failed: str) -> dict[str, str]:
    source, model = run.source, run.model
    settings = ", ".join(f"{name} {value}" for name, value in run.method["settings"].items() if value)
    return {
        "Documents": f"{run.done:,}, {run.failed:,} of them could not be explained",
        **({"Not explained": failed} if failed else {}),
        "Explained": str(run.explained),
        "Model (SHA-256)": str(model["sha256"]),
        "Kind of model": f"{model['classifier']} over {model['embeddings']}, {model['encoder']}",
        **({"Labels": said} if (said := say_reader(model.get("multi_label_by_reader"))) else {}),
        "Method": f"{run.method['name']}; {settings}",
        "File (SHA-256)": str(source["sha256"]),
        **({"File read as": f"{source['read_as']}: {source['rows']}"} if "read_as" in source else {}),
        **({"Gold labels": source["numbers"]} if source.get("numbers") else {}),
        "Started": run.created,
    }
