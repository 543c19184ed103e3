"""One saved analysis, or two side by side, as they were saved: no model is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from attribution import AnalysisChangedError, AttributionError, Explanation
from attribution.render import say_method, tabulate_facts
from attribution.report import Reported, from_report, list_explained
from attribution.storage.library import Library

from ..choices.settings import View
from ..choices.texts import has_text
from ..computed import keep
from ..handover import restore
from ..page import show_error
from ..shown.columns import Column, name_score, show_columns, show_rest
from ..shown.confirm import confirm_deletion
from ..shown.downloads import about
from ..shown.saving import PAGE, choose_tags, open_analyses
from ..wording import escape, isolate, shorten
from .kinds import AGAIN, NAMES, show
from .list import describe, drop

if TYPE_CHECKING:
    from attribution.storage.analyses import Analyses, Analysis, Entry

_EDITED, _DELETING = "_edited_analysis", "_deleting_analysis"


def show_one(identifier: str, view: View) -> None:
    """An analysis as it was saved, and what can be done with it.

    Raises:
        AttributionError: there is none, or it cannot be read.
    """
    _link_back()
    analyses = open_analyses()
    analysis = _get(analyses, identifier)
    reported = _read(analysis)
    first = list_explained(reported)[0]
    if not has_text() and first.model.sha256 in Library().models:
        restore(reported)  # a reader who followed a link goes on with its text on every page
    _show_head(analysis.entry, first)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="saved_actions"):
        _offer_again(reported, analysis.entry)
        st.button("Edit", key="edit", icon=":material/edit:", on_click=_begin_editing, args=(analysis.entry,))
        st.button("Delete", key="delete", icon=":material/delete:", on_click=_begin_deleting, args=(identifier,))
    _edit(analyses, analysis.entry)
    _confirm(analyses, identifier)
    show(reported, view, analysis.entry)
    _show_facts({analysis.entry.name: first}, [_made(analysis)])


def show_two(identifiers: list[str], view: View) -> None:
    """Two analyses in columns, on one scale.

    Raises:
        AttributionError: one of them is not there, is not an explanation, or cannot be read.
    """
    _link_back()
    analyses = open_analyses()
    both = [_get(analyses, identifier) for identifier in identifiers]
    explanations = [_read_explanation(analysis) for analysis in both]
    names = [isolate(shorten(analysis.entry.name, 40)) for analysis in both]
    st.title("Side by side")
    if explanations[0].method != explanations[1].method or explanations[0].model != explanations[1].model:
        st.caption(
            ":material/info: They were not made by the same model and method, so the sizes of their numbers mean less "
            "than their order."
        )
    columns = [
        Column(f"{number}: {name}", f"{escape(name)}: {name_score(one.prediction, one.label)}", one)
        for number, (name, one) in enumerate(zip(names, explanations, strict=True), 1)
    ]
    show_columns(columns, view)
    for place, analysis, one in zip(st.columns(2), both, explanations, strict=True):
        with place:
            st.markdown(f":small[{describe(analysis.entry)}]  \n:small[{_say_how(one)}]")
            _show_note(analysis.entry)
    said = "speak for the label in one and against it in the other"
    show_rest(f"Side by side: {', '.join(names)}", columns, said, view)
    numbered = [f"{number}: {isolate(analysis.entry.name)}" for number, analysis in enumerate(both, 1)]
    _show_facts(dict(zip(numbered, explanations, strict=True)), [_made(analysis) for analysis in both])


def _made(analysis: Analysis) -> datetime:
    return datetime.fromisoformat(analysis.entry.created)


def _show_facts(explanations: Mapping[str, Explanation], made: Sequence[datetime]) -> None:
    """Method, baseline, precision, model: what a reader of the link needs to compute it again."""
    with st.container(key="saved_facts"):
        st.html(tabulate_facts(explanations, made, about().model_names))


def _link_back() -> None:
    st.page_link(PAGE, label="All saved analyses", icon=":material/arrow_back:")


def _get(analyses: Analyses, identifier: str) -> Analysis:
    analysis = analyses.get(identifier)
    if analysis is None:
        raise AttributionError(
            "There is no saved analysis at this address: it was deleted, or the address is not complete. The "
            "list shows all that there are."
        )
    return analysis


def _read(analysis: Analysis) -> Reported:
    return keep(("saved", analysis.entry.id), lambda: from_report(analysis.report()))


def _read_explanation(analysis: Analysis) -> Explanation:
    reported = _read(analysis)
    if not isinstance(reported, Explanation):
        raise AttributionError(
            f"Only explanations can be set side by side, and “{analysis.entry.name}” was saved on the page "
            f"{NAMES[analysis.entry.kind]}. Choose another one in the list."
        )
    return reported


def _show_head(entry: Entry, explanation: Explanation) -> None:
    with st.container(key="analysis_name"):
        st.title(isolate(escape(entry.name)))
    st.markdown(f":small[{describe(entry)}]  \n:small[{_say_how(explanation)}]")
    _show_note(entry)


def _say_how(explanation: Explanation) -> str:
    """The method with its settings, and which model's file it was, in a line of Markdown."""
    method = shorten(" ".join(say_method(explanation.method).split()), 160)
    return f"{isolate(escape(method))} · model’s SHA-256 {explanation.model.sha256[:12]}…"


def _show_note(entry: Entry) -> None:
    """The note, its lines kept."""
    if entry.note:
        st.markdown("  \n".join(isolate(escape(line)) for line in entry.note.splitlines()))


def _offer_again(reported: Reported, entry: Entry) -> None:
    again, page = AGAIN[entry.kind]
    if entry.model_sha256 not in Library().models:
        name = f"“{isolate(escape(shorten(entry.model_name, 40)))}” " if entry.model_name else ""
        st.caption(
            f":material/info: Its model {name}(sha256 {entry.model_sha256[:12]}…) is not on this server any more. "
            "Upload it to explain the text again.",
            width="stretch",
        )
    elif st.button(again, key="again", type="primary", icon=":material/lightbulb:"):
        restore(reported)
        st.switch_page(page)


def _begin_editing(entry: Entry) -> None:
    st.session_state[_EDITED] = entry
    for key, value in _fields(entry).items():
        st.session_state[key] = value
    st.session_state.pop(_DELETING, None)


def _fields(entry: Entry) -> dict[str, str | list[str]]:
    """What stands in the form at first, by the keys of its widgets."""
    return {"edit_name": entry.name, "edit_note": entry.note, "edit_tags": list(entry.tags)}


def _begin_deleting(identifier: str) -> None:
    st.session_state[_DELETING] = identifier
    st.session_state.pop(_EDITED, None)


def _edit(analyses: Analyses, entry: Entry) -> None:
    """Draw the edit form, while it is open; if somebody else saved first, what was written stays in it."""
    from attribution.storage.analyses import LONGEST_NAME, LONGEST_NOTE

    edited: Entry | None = st.session_state.get(_EDITED)
    if edited is None or edited.id != entry.id:
        return
    for key, value in _fields(edited).items():  # Streamlit forgets widgets that another page does not draw
        st.session_state.setdefault(key, value)
    with st.container(border=True, key="edit_form"):
        name = st.text_input("Name", key="edit_name", max_chars=LONGEST_NAME)
        tags = choose_tags("edit_tags", analyses, edited.tags)
        note = st.text_area("Note", key="edit_note", height=110, max_chars=LONGEST_NOTE)
        with st.container(horizontal=True, gap="small"):
            saved = st.button("Save", key="edit_confirm", type="primary", icon=":material/check:")
            st.button("Cancel", key="edit_cancel", on_click=st.session_state.pop, args=(_EDITED, None))
        if not saved:
            return
        try:
            analyses.edit(entry.id, version=edited.version, name=name, note=note, tags=tags)
        except AnalysisChangedError as error:
            st.session_state[_EDITED] = entry  # the reader sees it above the form, and decides
            show_error(str(error))
        except AttributionError as error:
            show_error(str(error))
        else:
            st.session_state.pop(_EDITED)
            st.rerun()


def _confirm(analyses: Analyses, identifier: str) -> None:
    if st.session_state.get(_DELETING) != identifier:
        return
    with st.container(border=True, key="delete_form"):
        if confirm_deletion("it", asking=_DELETING, keys=("confirm_delete_analysis", "keep_analysis")):
            analyses.delete(identifier)
            drop(identifier)
            st.switch_page(PAGE)
