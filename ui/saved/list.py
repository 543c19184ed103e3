"""The list of saved analyses: search, tags, pages, and the choice of two."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from ..shown.saving import PAGE, open_analyses
from ..wording import escape, isolate, name_label, shorten
from .kinds import NAMES

if TYPE_CHECKING:
    from attribution.storage.analyses import Entry, Found

_ON_A_PAGE = 10
_PICKED = "_picked_analyses"


def opened() -> list[str]:
    """The ids of the analyses that the address names, two at most; none for the list."""
    chosen = list(dict.fromkeys(st.query_params.get_all("analysis")))[:2]
    # A link to the page that is already open changes the address on the server, but not in the browser.
    if chosen:
        st.query_params["analysis"] = chosen
    else:
        st.query_params.from_dict({})
    return chosen


def show_list() -> None:
    """All saved analyses, or those that were searched for."""
    analyses = open_analyses()
    tags = analyses.tags()
    with st.container(horizontal=True, vertical_alignment="bottom", key="saved_filter"):
        search = st.text_input(
            "Search",
            key="saved_search",
            persist_state="session",
            on_change=_turn_to_first,
            icon=":material/search:",
            placeholder="words of a name, note, tag, label or text",
        )
        tag = _choose_tag(tags) if tags else None
    found = analyses.find(search, tag=tag, start=_ON_A_PAGE * (_page() - 1), limit=_ON_A_PAGE)
    if found.total and not found.entries:  # others deleted what was on this page
        _turn_to_first()
        found = analyses.find(search, tag=tag, limit=_ON_A_PAGE)
    if not found.total:
        _say_nothing(is_search=bool(search.strip() or tag))
        return
    _show_found(found)


def _choose_tag(tags: tuple[str, ...]) -> str | None:
    if st.session_state.get("saved_tag") not in tags:
        st.session_state.pop("saved_tag", None)
    return st.selectbox(
        "Tag",
        tags,
        index=None,
        key="saved_tag",
        persist_state="session",
        on_change=_turn_to_first,
        placeholder="any tag",
        width=220,
    )


def _say_nothing(*, is_search: bool) -> None:
    if is_search:
        st.info(
            "Nothing that was saved has all of these words. Use fewer, or other ones.", icon=":material/search_off:"
        )
        return
    st.info(
        "Nothing is saved yet. Explain a text and press **Save** below the table, or save what What if or Trust "
        "found: it stays here with its colours and numbers, even when its model is gone.",
        icon=":material/bookmark_add:",
    )
    st.page_link("app.py", label="Explain a text", icon=":material/lightbulb:")


def _show_found(found: Found) -> None:
    count = f"{found.total:,} saved {'analysis' if found.total == 1 else 'analyses'}, the newest first."
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="saved_head"
    ):
        st.caption(count, width="content")
        _offer_comparison()
    for entry in found.entries:
        _show_entry(entry)
    pages = -(-found.total // _ON_A_PAGE)
    if pages > 1:
        st.pagination(pages, key="saved_page", persist_state="session")


def _show_entry(entry: Entry) -> None:
    with st.container(border=True, gap="xsmall", key=f"saved_{entry.id}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.page_link(
                PAGE,
                label=f"**{isolate(escape(shorten(entry.name, 90)))}**",
                icon=":material/bookmark:",
                query_params={"analysis": entry.id},
            )
            _offer_pick(entry)
        st.markdown(f":small[{describe(entry)}]")
        if entry.note:
            st.markdown(f":material/sticky_note_2: {isolate(escape(shorten(entry.note, 160)))}")
        st.caption(isolate(escape(entry.beginning)))


def describe(entry: Entry) -> str:
    """Kind, label, model, day and tags of an analysis in a line of Markdown."""
    day = f"{datetime.fromisoformat(entry.created):%d %b %Y, %H:%M} UTC"
    model = isolate(escape(shorten(entry.model_name, 40))) or f"model {entry.model_sha256[:12]}…"
    tags = " ".join(f":gray-badge[{isolate(escape(tag))}]" for tag in entry.tags)
    return f"{NAMES[entry.kind]} · {name_label(entry.label)} · {model} · {day} {tags}".rstrip()


def _offer_pick(entry: Entry) -> None:
    picked, key = _picked(), f"pick_{entry.id}"
    st.session_state[key] = entry.id in picked
    st.checkbox(
        "Compare",
        key=key,
        disabled=entry.kind != "explanation" or (len(picked) >= 2 and entry.id not in picked),
        help=None if entry.kind == "explanation" else "Only explanations can be set side by side.",
        on_change=_pick,
        args=(entry.id,),
        width="content",
    )


def _offer_comparison() -> None:
    picked = _picked()
    if not picked:
        st.caption("Tick two to see them side by side.", width="content")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        if len(picked) < 2:
            st.caption("Tick one more.", width="content")
        st.button(
            "Open side by side",
            key="open_two",
            type="primary",
            icon=":material/compare_arrows:",
            disabled=len(picked) < 2,
            on_click=_open,
            args=(list(picked),),
        )
        st.button("Clear", key="clear_picked", type="tertiary", on_click=picked.clear)


def _picked() -> list[str]:
    picked: list[str] = st.session_state.setdefault(_PICKED, [])
    return picked


def _pick(identifier: str) -> None:
    picked = _picked()
    if identifier in picked:
        picked.remove(identifier)
    else:
        picked.append(identifier)


def drop(identifier: str) -> None:
    """Take an analysis out of the choice of two."""
    if identifier in _picked():
        _pick(identifier)


def _open(identifiers: list[str]) -> None:
    st.query_params["analysis"] = identifiers


def _page() -> int:
    return int(st.session_state.get("saved_page", 1))


def _turn_to_first() -> None:
    st.session_state["saved_page"] = 1
