"""Queries on a run's results, computed once for all readers and cached until more results arrive."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
import streamlit as st
from duckdb import DuckDBPyConnection

from attribution import Word
from attribution.corpus import Run
from attribution.corpus.findings.blame import find_all_blame
from attribution.corpus.findings.listing import Order, Selection, count_documents, list_documents, list_words
from attribution.corpus.findings.one_word import (
    Example,
    ExampleOrder,
    find_similar,
    list_examples,
    sample_attributions,
    spread,
)
from attribution.corpus.findings.phrases import Presence, measure_presence, seek
from attribution.corpus.findings.quality import Quality, count_right, measure_quality
from attribution.corpus.findings.ranking import Ranking, count_explained, describe_word, rank_all_words
from attribution.corpus.findings.stop_words import find_language
from attribution.corpus.findings.tables import open_tables, stamp

_SUMMING = "Summing the explanations …"


@dataclass(frozen=True, slots=True)
class Results:
    """A run's results as they were at one time; all of these fields are part of the cache's keys."""

    folder: str
    stamp: str
    labels: tuple[str, ...]
    multi_label: bool


class Hidden(NamedTuple):
    """What a reader wants hidden: whether stop words and marks are, and the language of the stop words."""

    common: bool
    language: str


def take_results(run: Run) -> Results:
    """A run's results as they are now."""
    return Results(str(run.folder), stamp(run.folder), run.labels, run.multi_label)


def _open(results: Results) -> AbstractContextManager[DuckDBPyConnection]:
    return open_tables(results.folder, results.labels, multi_label=results.multi_label)


@st.cache_data(max_entries=50, show_spinner=False)
def get_explained(results: Results) -> dict[str, int]:
    """How many documents were explained for each label."""
    with _open(results) as tables:
        return count_explained(tables)


@st.cache_data(max_entries=50, show_spinner=_SUMMING)
def get_words(results: Results, labels: tuple[str, ...], ranking: Ranking) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The words for and against some labels, and those that are hidden."""
    with _open(results) as tables:
        return rank_all_words(tables, labels, ranking)


@st.cache_data(max_entries=50, show_spinner=False)
def get_language(results: Results) -> str:
    """The language of a run's words."""
    with _open(results) as tables:
        return find_language(tables)


@st.cache_data(max_entries=200, show_spinner=False)
def get_right(results: Results) -> tuple[int, int]:
    """In how many documents the model is right, and how many can be judged."""
    with _open(results) as tables:
        return count_right(tables)


@st.cache_data(max_entries=50, show_spinner=_SUMMING)
def get_quality(results: Results) -> Quality:
    """How often the model is right."""
    with _open(results) as tables:
        return measure_quality(tables, results.labels, multi_label=results.multi_label)


@st.cache_data(max_entries=50, show_spinner=_SUMMING)
def get_blame(
    results: Results, gold: str | None, predicted: str | None, least: int, hidden: Hidden
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The words behind the errors, or behind one kind of them, and those that are hidden."""
    with _open(results) as tables:
        return find_all_blame(
            tables,
            gold=gold,
            predicted=predicted,
            least=least,
            hide_common=hidden.common,
            language=hidden.language,
        )


@st.cache_data(max_entries=100, show_spinner=False)
def get_count(results: Results, selection: Selection) -> int:
    """How many documents are selected."""
    with _open(results) as tables:
        return count_documents(tables, selection)


@st.cache_data(max_entries=100, show_spinner=False)
def get_documents(results: Results, selection: Selection, order: Order, start: int, most: int) -> pd.DataFrame:
    """A page of documents."""
    with _open(results) as tables:
        return list_documents(tables, selection, order=order, start=start, most=most)


@st.cache_data(max_entries=200, show_spinner=False)
def get_document_words(
    results: Results, numbers: tuple[int, ...], label: str | None = None
) -> dict[int, tuple[str, list[Word]]]:
    """The words of the documents on a page: number -> the label explained (the first one by default), and its words."""
    with _open(results) as tables:
        table = list_words(tables, list(numbers), label)
    found: dict[int, tuple[str, list[Word]]] = {}
    for number, one in table.groupby("document"):
        cells = (one[name] for name in ("word", "start", "end", "attribution"))
        words = [Word(str(w), int(s), int(e), float(a)) for w, s, e, a in zip(*cells, strict=True)]
        found[int(str(number))] = str(one["label"].iloc[0]), words
    return found


@st.cache_data(max_entries=100, show_spinner=_SUMMING)
def get_spread(results: Results, word: str) -> tuple[pd.DataFrame, pd.DataFrame, Presence]:
    """The distribution of a word's attributions, a sample of them, and how often the word occurs in the run."""
    with _open(results) as tables:
        presence = measure_presence(tables, word)
        return spread(tables, word), sample_attributions(tables, word), presence


@st.cache_data(max_entries=100, show_spinner=_SUMMING)
def get_word(results: Results, word: str, labels: tuple[str, ...]) -> pd.DataFrame:
    """One word under each label, with its intervals."""
    with _open(results) as tables:
        seek(tables, word)
        return describe_word(tables, word, labels)


@st.cache_data(max_entries=100, show_spinner=False)
def get_examples(
    results: Results, word: str, label: str | None, order: ExampleOrder, start: int, most: int
) -> list[Example]:
    """A page of places where a word occurs."""
    with _open(results) as tables:
        seek(tables, word)
        return list_examples(tables, word, label, order=order, start=start, most=most)


@st.cache_data(max_entries=100, show_spinner=False)
def get_similar(results: Results, beginning: str) -> list[str]:
    """Words with a given beginning."""
    with _open(results) as tables:
        return find_similar(tables, beginning)
