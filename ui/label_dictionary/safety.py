"""The safety report: the names that a model's file refers to, and the outcome of each check."""

from __future__ import annotations

import streamlit as st

from attribution import CheckpointError, Inspection, Model
from attribution.isolation.isolated_model import inspect_isolated
from attribution.storage.library import Library

from ..wording import escape

_PASSED, _FAILED = ":green[:material/check_circle:]", ":red[:material/cancel:]"


@st.cache_data(max_entries=20, show_spinner="Checking the file …")
def _inspect(sha256: str) -> Inspection:
    """The safety report of a model on this server.

    Raises:
        CheckpointError: the model's file was deleted; this is not cached.
    """
    library = Library()
    return inspect_isolated(library.path(sha256), library.store.tokenizer_path(sha256))


def show_safety(model: Model) -> None:
    """Draw the report of the file that a model was opened from."""
    st.header("Its file")
    try:
        inspection = _inspect(model.identity.sha256)
    except CheckpointError:
        st.caption("The model's file was deleted from the store.")
        return
    if inspection.passed:
        st.success(escape(inspection.verdict), icon=":material/verified_user:")
    else:
        st.warning(escape(inspection.verdict), icon=":material/gpp_maybe:")
    st.caption(
        f"{escape(inspection.format)}, {inspection.size / 1e6:,.1f} MB: {inspection.tensors:,} blocks of weights, "
        f"{inspection.tensor_bytes / 1e6:,.1f} MB"
    )
    for check in inspection.checks:
        st.markdown(f"{_PASSED if check.passed else _FAILED} **{check.name}.** {escape(check.outcome)}")
    if inspection.references:
        _show_references(inspection)


def _show_references(inspection: Inspection) -> None:
    references = inspection.references
    with st.expander(f"What the file refers to: {len(references)} names", icon=":material/link:"):
        st.dataframe(
            {"name": [reference.name for reference in references], "given": [each.given for each in references]},
            key="references",
            hide_index=True,
            height=38 + 35 * min(len(references), 12),
            column_config={
                "given": st.column_config.TextColumn("treated here as", width="small"),
            },
        )
