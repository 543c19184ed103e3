"""The documents of a run on the page, ten at a time, each with its words coloured and a way to the page Explain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import pandas as pd
import streamlit as st

from attribution.corpus import Run
from attribution.corpus.findings.listing import KINDS, ORDERS, Kind, Order, Selection
from attribution.render import format_share, render_passage
from attribution.storage.library import Library

from ..handover import open_in_explain
from ..wording import escape, isolate, name_label, shorten
from .address import go, read, read_number
from .findings import Results, get_count, get_document_words, get_documents

_PAGE = 10
_KIND_NAMES: dict[str, str] = {"all": "all", "right": "filed rightly", "wrong": "misfiled", "failed": "not explained"}
_ORDER_NAMES: dict[str, str] = {"number": "as in the file"}


def show_documents(results: Results, run: Run, *, default: Kind = "all") -> None:
    """Draw a page of the list of documents, with a choice of which ones and in what order."""
    selection, order = _choose(default, has_gold=run.source["columns"]["label"] is not None)
    count = get_count(results, selection)
    _show_cell(selection, count, None if selection.text is None else get_count(results, Selection()))
    if not count:
        st.info(_say_none(selection), icon=":material/search_off:")
        return
    start = turn_pages(count, _PAGE, "documents")
    table = get_documents(results, selection, order, start, _PAGE)
    words = get_document_words(results, tuple(int(number) for number in table["number"]))
    scale = max((abs(word.attribution) for _, found in words.values() for word in found), default=1.0)
    for row in table.to_dict("records"):
        _show_document(run, cast(dict[str, Any], row), words.get(int(row["number"]), ("", [])), scale)


def _choose(default: Kind, *, has_gold: bool) -> tuple[Selection, Order]:
    kinds = [kind for kind in KINDS if has_gold or kind not in ("right", "wrong")]
    orders = [order for order in ORDERS if has_gold or "loss" not in order]
    kind, order = read("kind", default), read("order", "number")
    with st.container(horizontal=True, vertical_alignment="bottom", key="document_choice"):
        kind = _select("Documents", kinds, kind if kind in kinds else kinds[0], "kind", _KIND_NAMES)
        order = _select("Order", orders, order if order in orders else orders[0], "order", _ORDER_NAMES)
        text = _search()
    cell = {name: read(name) or None for name in ("gold", "predicted")}
    return Selection(cast(Kind, kind), **cell, text=text or None), cast(Order, order)


def _search() -> str:
    key = "data_set_find"
    st.session_state[key] = read("find")
    return st.text_input(
        "Search in the text",
        key=key,
        placeholder="as it is written",
        icon=":material/search:",
        on_change=lambda: go(find=st.session_state[key].strip(), at=""),
        help="The text is searched literally, but case is ignored.",
        width=260,
    ).strip()


def _say_none(selection: Selection) -> str:
    if selection.text is None:
        return "No document matches."
    return "No matching document contains this text. It is searched as it is written, but case is ignored."


def _select(title: str, options: list[Any], chosen: str, name: str, names: dict[str, str]) -> str:
    key = f"data_set_{name}"
    st.session_state[key] = chosen
    return str(
        st.selectbox(
            title,
            options,
            key=key,
            format_func=lambda option: names.get(option, option),
            on_change=lambda: go(**{name: st.session_state[key], "at": ""}),
            width=220,
        )
    )


def _show_cell(selection: Selection, count: int, total: int | None) -> None:
    """Say how many documents are listed and what they are narrowed to, with a button that lists all again."""
    documents = f"{count:,} document{'' if count == 1 else 's'}"
    if total is not None:
        documents = f"{count:,} of {total:,} document{'' if total == 1 else 's'}"
    said = [f"gold label **{name_label(selection.gold)}**"] if selection.gold else []
    said += [f"filed as **{name_label(selection.predicted)}**"] if selection.predicted else []
    said += [f"with “{isolate(escape(shorten(selection.text, 40)))}” in the text"] if selection.text else []
    if not said:
        st.caption(f"{documents}.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="document_cell"):
        st.markdown(f"{documents}: {', '.join(said)}", width="content")
        st.button(
            "Show all again",
            key="clear_cell",
            type="tertiary",
            icon=":material/close:",
            on_click=lambda: go(gold="", predicted="", kind="", find="", at=""),
        )


def turn_pages(count: int, size: int, key: str) -> int:
    """The index of the page's first item; draws buttons to the pages before and after, where there are several."""
    pages = -(-count // size)
    page = min(read_number("at"), pages - 1)
    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center", key=f"pages_{key}"):
            before = {"on_click": lambda: go(at=page - 1 or ""), "disabled": page == 0}
            after = {"on_click": lambda: go(at=page + 1), "disabled": page >= pages - 1}
            st.button("Back", key=f"{key}_before", icon=":material/chevron_left:", **cast(Any, before))
            st.markdown(f"{page + 1:,} of {pages:,}", width="content")
            st.button("Next", key=f"{key}_after", icon=":material/chevron_right:", **cast(Any, after))
    return page * size


def _show_document(run: Run, row: dict[str, Any], explained: tuple[str, list[Any]], scale: float) -> None:
    label, words = explained
    number = int(row["number"])
    with st.container(key=f"document_{number}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(_describe(run, row), width="stretch")
            if _is_text(row["error"]):
                pass
            elif st.button("Explain", key=f"open_{number}", icon=":material/lightbulb:", type="tertiary"):
                open_document(run, str(row["text"]), label or str(row["predicted"]))
        if _is_text(row["error"]):
            st.markdown(f":orange[:material/error:] Not explained: {escape(row['error'])}")
        st.html(render_passage(str(row["text"]), words, label=label, scale=scale))


def _describe(run: Run, row: dict[str, Any]) -> str:
    """A line about a document: what it is called, what it was filed as, whether that is right."""
    name = f"**{isolate(escape(shorten(str(row['name']), 40)))}**"
    if not _is_text(row["predicted"]):
        return name
    filed = name_filed(row["assigned"])
    if not run.multi_label:
        filed += f" {format_share(row['probability'])}"
    if pd.isna(row["hit"]):
        return f"{name} · {filed}"
    loss = "" if pd.isna(row["loss"]) else f" · loss {row['loss']:.2f}"
    if row["hit"]:
        return f"{name} · :green[:material/check:] {filed}{loss}"
    return f"{name} · :orange[:material/close:] {filed}, {name_golds(row['gold'])}{loss}"


def name_filed(assigned: Iterable[str]) -> str:
    """The labels that a document was filed under, in Markdown: several, or none, if the model allows that."""
    return ", ".join(map(name_label, assigned)) or "no label"


def name_golds(golds: Iterable[str]) -> str:
    """The gold labels of a document, in Markdown."""
    names = list(golds)
    return f"gold label{'' if len(names) < 2 else 's'} {', '.join(map(name_label, names)) or 'none'}"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def open_document(run: Run, text: str, label: str) -> None:
    """Open a text in Explain, with the run's model and the label that was explained."""
    sha256 = str(run.model["sha256"])
    if sha256 not in Library().models:
        st.warning("The model of this run is not on this server any more.", icon=":material/warning:")
        return
    open_in_explain(sha256, text, label, multi_label=bool(run.model.get("multi_label_by_reader")))
