"""The baseline that is kept with a model, where Trust found it more faithful than the method's default."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from attribution import Model
from attribution.ablation.trial import Trial
from attribution.methods import Method
from attribution.report import name_method
from attribution.storage.library import Library
from attribution.storage.model_settings import KeptBaseline
from attribution.storage.store import Store

from ..address import is_step_in_history
from ..page import reported_next
from ..wording import escape

_BEGAN, _HELD = "_baselines_begun", "_baselines_held"


def begin_with_kept(
    model: Model | None, method: str, key: str, offered: Sequence[str], default: str
) -> KeptBaseline | None:
    """Let the picker of a method's baseline begin with the one that is kept with the model, and return that one.

    What a link, a saved analysis or the reader chose for this model stays, even if others keep another one meanwhile.
    `default` is for a model with which none is kept.
    """
    if model is None:
        return None
    kept = find_kept(model, method)
    if kept is not None and kept.baseline not in offered:
        kept = None
    began: dict[str, tuple[str, str | None]] = st.session_state.setdefault(_BEGAN, {})
    before, sha256 = began.get(key), model.identity.sha256
    if before is not None and before[0] == sha256 and key in st.session_state:
        return kept
    began[key] = (sha256, kept.baseline if kept else None)
    is_asked = key in st.query_params and (before is None or key not in st.session_state)
    if is_asked or is_step_in_history() or st.session_state.get(_HELD):
        return kept
    if kept is not None:
        st.session_state[key] = kept.baseline
    elif before and before[1] is not None and st.session_state.get(key) == before[1]:
        st.session_state[key] = default  # that was the other model's
    return kept


def hold_baselines() -> None:
    """Let the next run leave the baselines as they are set."""
    st.session_state[_HELD] = True


def release_baselines() -> None:
    """Let the baselines be set again, after the run that was to leave them as they are."""
    st.session_state.pop(_HELD, None)


def find_kept(model: Model | None, method: str) -> KeptBaseline | None:
    """The baseline that is kept for a method on a model."""
    return None if model is None else Store().settings(model.identity.sha256).baselines.get(method)


def show_reason(model: Model, method: Method) -> None:
    """Say why a method uses its baseline, where it is the one that is kept with the model."""
    kept = find_kept(model, name_method(method))
    if kept is not None and kept.baseline == getattr(method, "baseline", None):
        st.caption(f":material/push_pin: {escape(kept.say())}")


def _keep(sha256: str, method: str, kept: KeptBaseline | None) -> None:
    """Keep a baseline, or none, and let the next run begin with it."""
    with reported_next():
        Library().keep_baseline(sha256, method, kept)
        began: dict[str, tuple[str, str | None]] = st.session_state.setdefault(_BEGAN, {})
        began.update({key: ("", baseline) for key, (_, baseline) in began.items()})


def offer_forgetting(model: Model, method: str) -> None:
    """A button that removes the baseline kept with the model."""
    st.button(
        "Keep no baseline with the model",
        key="forget_baseline",
        type="tertiary",
        icon=":material/keep_off:",
        on_click=_keep,
        args=(model.identity.sha256, method, None),
        help="Every page begins with the method's own baseline again, for everybody who uses this server.",
    )


def offer_keeping(model: Model, method: str, trial: Trial, best: int) -> None:
    """A button that keeps the more faithful of several baselines with the model."""
    values = [one.comprehensiveness.value for one in trial.measured]
    found = KeptBaseline(
        trial.names[best],
        trial.names[0],
        (values[best], values[0]),
        len(trial.explanations[0].spans),
        datetime.now(UTC).date().isoformat(),
    )
    st.button(
        f"Use {found.baseline} for this model",
        key="keep_baseline",
        type="primary",
        icon=":material/push_pin:",
        on_click=_keep,
        args=(model.identity.sha256, method, found),
        help="Every page and run begins with it from now on, for everybody who uses this server. It can be removed "
        "again under Method.",
    )
