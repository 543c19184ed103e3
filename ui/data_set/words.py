"""What each label listens to: the words for and against every label, side by side."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from attribution.corpus import Run
from attribution.corpus.findings.ranking import MEASURES, Ranking, suggest_least
from attribution.corpus.findings.stop_words import ALWAYS_SHOWN, LANGUAGES, NO_LANGUAGE
from attribution.render import WordBar, draw_label_words

from ..shown.charts import show_chart
from ..shown.downloads import offer_table
from ..wording import isolate, name_label, shorten, tell_apart
from .address import go
from .columns import MEANS, fit_height, logits
from .findings import Hidden, Results, get_explained, get_language, get_words

_FIRST = 6
_MOST = 12
_ABREAST = 3
_MEASURE_NAMES = {"sum": "their sum", "mean": "their mean"}


def show_words(results: Results, run: Run) -> None:
    """Draw the words of the labels chosen, then all numbers."""
    explained = get_explained(results)
    if not explained:
        st.info("No document has been explained yet.", icon=":material/hourglass_empty:")
        return
    labels = _choose_labels(explained, run)
    ranking = choose_ranking(results, max(explained.values()))
    if not labels:
        st.info("Choose at least one label.", icon=":material/arrow_upward:")
        return
    table, hidden = get_words(results, tuple(labels), ranking)
    st.caption(
        f"Words in at least {ranking.least:,} documents, ranked by the {ranking.by} of their attributions. "
        "Upper and lower case count as one. Thin lines are 95 % intervals over documents. Click a bar to look into its "
        f"word.{_say_hidden(hidden)}"
    )
    for first in range(0, len(labels), _ABREAST):
        for place, label in zip(st.columns(_ABREAST, gap="medium"), labels[first : first + _ABREAST], strict=False):
            with place:
                _show_label(label, table[table["label"] == label], ranking, explained[label], run.labels)
    _show_table(table)
    show_hidden(hidden, key="hidden_words")


def _say_hidden(hidden: pd.DataFrame) -> str:
    count = hidden["word"].nunique()
    if not count:
        return ""
    return f" {count:,} stop words and marks are hidden, listed below; those among the strongest are not."


def _choose_labels(explained: dict[str, int], run: Run) -> list[str]:
    names = list(explained)
    if len(names) <= _FIRST:
        return sorted(names, key=lambda name: run.labels.index(name) if name in run.labels else len(run.labels))
    shown = tell_apart({name: f"{isolate(shorten(name, 40))} ({count:,})" for name, count in explained.items()}, names)
    return st.multiselect(
        "Labels",
        names,
        names[:_FIRST],
        key="data_set_labels",
        max_selections=_MOST,
        format_func=shown.__getitem__,
        persist_state="session",
    )


def choose_ranking(results: Results, documents: int) -> Ranking:
    """How words are ranked, and which are left out."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="ranking"):
        by = st.segmented_control(
            "Rank words by",
            MEASURES,
            key="data_set_by",
            default="sum",
            required=True,
            format_func=_MEASURE_NAMES.__getitem__,
            persist_state="session",
            help="The sum tells what carries a label over the whole data set; the mean, what is strongest where it "
            "occurs.",
        )
        least = st.number_input(
            "In at least … documents",
            1,
            1_000_000,
            suggest_least(documents),
            key="data_set_least",
            persist_state="session",
            width=190,
        )
        hidden = choose_hidden(results)
    return Ranking(by=by or "sum", least=int(least), hide_common=hidden.common, language=hidden.language)


def choose_hidden(results: Results) -> Hidden:
    """Whether stop words and marks are left out, and of which language; one choice for all views."""
    hide = st.toggle(
        "Hide stop words and marks",
        value=True,
        key="data_set_hide",
        persist_state="session",
        help="Grammatical words, and marks without a letter or digit, except those among the "
        f"{ALWAYS_SHOWN} strongest words for or against a label. What is hidden is listed below.",
    )
    found = get_language(results)
    language = st.selectbox(
        "Stop words of",
        (NO_LANGUAGE, *LANGUAGES),
        index=(NO_LANGUAGE, *LANGUAGES).index(found),
        key=f"data_set_language_{found}",  # a run in another language begins with its own
        persist_state="session",
        disabled=not hide,
        width=170,
        format_func=lambda name: name.title() or "no language",
        help=f"{found.title() or 'None of these languages'} was found in the texts.",
    )
    return Hidden(hide, language)


def show_hidden(hidden: pd.DataFrame, *, key: str) -> None:
    """Say how many words are hidden, and list them one click away, with their sums or means."""
    if hidden.empty:
        return
    count, measures = hidden["word"].nunique(), [name for name in hidden.columns if name.endswith(("sum", "mean"))]
    with st.expander(f"{count:,} stop words and marks hidden", icon=":material/visibility_off:"):
        st.dataframe(
            hidden,
            key=key,
            hide_index=True,
            height=fit_height(hidden, 320),
            column_order=["label", "word", *measures],
            column_config={name: logits(name.removeprefix("wrong_")) for name in measures},
        )


def _show_label(label: str, table: pd.DataFrame, ranking: Ranking, count: int, labels: tuple[str, ...]) -> None:
    st.markdown(f"### {name_label(label)}")
    st.caption(f"{count:,} document{'' if count == 1 else 's'} explained for it")
    if table.empty:
        st.caption(f"No word occurs in {ranking.least:,} of them.")
        return
    key = f"label_words_{labels.index(label) if label in labels else label}"
    show_chart(
        draw_label_words(table, by=ranking.by),
        key=key,
        on_point=lambda: _look_into(key),
        alt=f"Strongest words for and against {label}",
    )


def _look_into(key: str) -> None:
    """Open the view of the word whose bar was clicked."""
    chosen: Any = st.session_state[key]
    for point in chosen.selection.points:
        look_into(WordBar(*point["customdata"]).word)


def look_into(word: str) -> None:
    """Open the view of one word."""
    go(view="word", word=word, at="")


def _show_table(table: pd.DataFrame) -> None:
    st.markdown("### Every number")
    columns = {
        "sum": logits(meaning="In logits. The 95 % interval follows."),
        "sum_low": logits("from"),
        "sum_high": logits("to"),
        **MEANS,
    }
    st.dataframe(
        table,
        key="label_words",
        hide_index=True,
        height=fit_height(table, 320),
        column_order=["label", "word", "documents", "occurrences", *columns],
        column_config=columns,
    )
    offer_table(table, name="label-words", key="label_words")
