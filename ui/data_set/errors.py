"""Where a model errs: how often, what it confuses, and which words stand behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from attribution.corpus import Run
from attribution.corpus.findings.quality import Quality
from attribution.corpus.findings.summary import name_counts, say_alike
from attribution.render import draw_calibration, draw_confusion, format_count

from ..shown.charts import show_chart
from ..shown.downloads import offer_table
from ..wording import escape, name_label
from .address import go, read
from .columns import fit_height, logits
from .documents import show_documents
from .findings import Hidden, Results, get_blame, get_quality
from .words import choose_hidden, look_into, show_hidden

_MOST_LABELS = 20
_CONFUSIONS = 8


def show_errors(results: Results, run: Run) -> None:
    """Measures, confusions, the words behind the errors, and the documents."""
    if run.source["columns"]["label"] is None:
        st.info(
            "This data set has no gold labels, so nothing tells right from wrong. Choose the column that holds them to "
            "see where the model errs.",
            icon=":material/info:",
        )
        return
    quality = get_quality(results)
    if not quality.judged:
        st.info("No document with a gold label has been explained yet.", icon=":material/hourglass_empty:")
        return
    _show_measures(quality, run)
    _show_confusions(quality, run)
    _show_blame(results, run)
    st.markdown("## The documents")
    show_documents(results, run, default="wrong")


def _show_measures(quality: Quality, run: Run) -> None:
    right = "under all of their gold labels and no other" if run.multi_label else "under their gold label"
    st.markdown(
        f"## The model files :primary[{quality.right:,}] of {quality.judged:,} documents {right}: "
        f":primary[{100 * quality.accuracy:.1f} %]"
    )
    _show_left_out(quality, run.labels)
    table = quality.labels
    with st.container(horizontal=True, key="quality"):
        st.metric("Macro F1", f"{table['f1'].mean():.3f}", help="The mean of F1 over the labels that occur.")
        some = "" if quality.measured == quality.judged else f" (of {quality.measured:,} documents)"
        st.metric(
            f"Mean loss{some}",
            f"{quality.loss:.3f}",
            help="How far the model was from the gold label: minus the natural logarithm of the gold label's "
            "probability, 0 where the model was certain and right, 0.69 at 50 %"
            + (", the mean over the labels." if run.multi_label else ".")
            + f" Of {quality.measured:,} documents.",
        )
        if not quality.calibration.empty:
            st.metric(
                "Calibration error",
                f"{100 * quality.calibration_error:.1f} %",
                help="How far probabilities are from the accuracy, on average over tenths of the probability "
                "(expected calibration error).",
            )
    share = st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1)
    st.dataframe(
        table,
        key="label_quality",
        hide_index=True,
        height=fit_height(table, 400),
        column_config={
            **dict.fromkeys(("precision", "recall", "f1"), share),
            "gold": st.column_config.NumberColumn("gold documents", format="localized"),
            "predicted": st.column_config.NumberColumn("filed as it", format="localized"),
        },
    )
    offer_table(table, name="label-quality", key="label_quality")


def _show_left_out(quality: Quality, labels: Sequence[str]) -> None:
    """Say how many documents were not judged, and which gold labels the model does not have."""
    said = [f"{format_count(quality.unlabelled, 'document')} without a gold label"] if quality.unlabelled else []
    said += [f"{quality.failed:,} that could not be explained"] if quality.failed else []
    if said:
        st.caption(f"Not judged: {', '.join(said)}.")
    if quality.unknown:
        st.warning(
            f"Gold labels that the model does not have: {escape(name_counts(quality.unknown))}. The model cannot be "
            f"right there, and each counts as a label in Macro F1. {escape(say_alike(quality.unknown, labels))}",
            icon=":material/label_off:",
        )


def _show_confusions(quality: Quality, run: Run) -> None:
    if quality.confusion.empty:
        st.caption("Labels do not exclude each other in this model, so there is no confusion matrix.")
        return
    labels = _most_confused(quality, run.labels)
    matrix, calibration = st.columns([3, 2], gap="large")
    with matrix:
        st.markdown("### What it confuses")
        show_chart(
            draw_confusion(quality.matrix(labels), labels, selected=(read("gold"), read("predicted"))),
            key="confusion",
            on_point=_choose_cell,
            alt="Documents by gold label and prediction",
        )
        more = len(quality.labels) - len(labels)
        st.caption(
            "Click a cell to list its documents below, and to see its words."
            + (f" The {len(labels)} labels with most errors; {more} more are not drawn." if more else "")
        )
    with calibration:
        st.markdown("### Is it as sure as it is right?")
        show_chart(draw_calibration(quality.calibration), key="calibration", alt="Accuracy by probability")
    _show_frequent(quality)


def _most_confused(quality: Quality, labels: Sequence[str]) -> list[str]:
    """All labels that occur, or those with most errors where there are many."""
    table = quality.confusion
    wrong = table[table["gold"] != table["predicted"]]
    errors = wrong.groupby("gold")["documents"].sum().add(wrong.groupby("predicted")["documents"].sum(), fill_value=0)
    names = list(quality.labels["label"])
    kept = set(sorted(names, key=lambda name: -errors.get(name, 0))[:_MOST_LABELS])
    return [name for name in names if name in kept]


def _choose_cell() -> None:
    chosen: Any = st.session_state["confusion"]
    for point in chosen.selection.points:
        if point.get("customdata"):
            _go_to_cell(str(point["customdata"][0]), str(point["customdata"][1]))


def _go_to_cell(gold: str, predicted: str) -> None:
    go(gold=gold, predicted=predicted, kind="all", at="")


def _show_frequent(quality: Quality) -> None:
    """The most frequent confusions as buttons, for those who do not click charts."""
    table = quality.confusion
    wrong = table[table["gold"] != table["predicted"]].head(_CONFUSIONS)
    if wrong.empty:
        st.success("It confuses no labels.", icon=":material/check:")
        return
    with st.container(horizontal=True, key="confusions"):
        for place, (gold, predicted, count) in enumerate(wrong.itertuples(index=False)):
            st.button(
                f"{name_label(str(gold))} filed as {name_label(str(predicted))}: {count:,}",
                key=f"confusion_{place}",
                on_click=_go_to_cell,
                args=(str(gold), str(predicted)),
            )


def _show_blame(results: Results, run: Run) -> None:
    gold, predicted = read("gold"), read("predicted")
    narrow = bool(gold and predicted and gold != predicted)
    where = f": {name_label(gold)} filed as {name_label(predicted)}" if narrow else ""
    st.markdown(f"## Words behind the errors{where}")
    if run.explained == "gold":
        st.info(
            "This run explained gold labels alone. Explain predicted ones, or both, to see what pushed the wrong ones.",
            icon=":material/info:",
        )
        return
    least, hidden = _choose_blame(results)
    table, left_out = get_blame(results, gold if narrow else None, predicted if narrow else None, least, hidden)
    if table.empty:
        st.caption("No word pushed a wrong label in that many documents.")
        return
    st.caption(
        "The words that pushed a wrong label hardest in documents that were misfiled under it, and what they do in "
        "documents that were rightly filed under it: cells are empty where they occur in none of these. Choose a row "
        "to look into its word."
    )
    _tabulate_blame(table)
    offer_table(table, name="words-behind-errors", key="blame")
    show_hidden(left_out, key="hidden_blame")


def _choose_blame(results: Results) -> tuple[int, Hidden]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="blame_choice"):
        least = st.number_input(
            "In at least … misfiled documents",
            1,
            1_000_000,
            1,
            key="data_set_blame_least",
            persist_state="session",
            width=240,
        )
        return int(least), choose_hidden(results)


def _tabulate_blame(table: pd.DataFrame) -> None:
    count = st.column_config.NumberColumn
    st.dataframe(
        table,
        key="blame",
        hide_index=True,
        height=fit_height(table, 420),
        placeholder="",
        on_select=lambda: _look_into(table["word"].tolist()),
        selection_mode="single-row",
        column_config={
            "label": "wrong label",
            "wrong_documents": count("misfiled", help="Documents misfiled under the label that have the word."),
            "wrong_sum": logits("sum in misfiled", "Of its attributions in these documents, in logits."),
            "wrong_mean": logits("mean in misfiled", "Of one occurrence in these documents, in logits."),
            "right_documents": count("rightly filed", help="Documents filed under the label rightly that have it."),
            "right_sum": logits("sum in rightly filed", "Of its attributions in those documents, in logits."),
            "right_mean": logits("mean in rightly filed", "Of one occurrence in those documents, in logits."),
        },
    )


def _look_into(words: list[str]) -> None:
    chosen: Any = st.session_state["blame"]
    for row in chosen.selection.rows:
        look_into(words[row])
