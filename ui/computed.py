"""Predictions and explanations, computed once, shown with their progress, the last good one kept."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attribution import AttributionError, Explanation, Model, Prediction, explain, explain_labels
from attribution.classifiers import Text
from attribution.explaining.lessons import tell_lessons
from attribution.methods import FEWEST_EVALUATIONS, IntegratedGradients, Method
from attribution.render import format_count
from attribution.storage.library import Library

from .page import show_error

_LAST, _PREVIEW = "_last_explanation", "_preview"
_T = TypeVar("_T")

Timed = tuple[Explanation, float]
"""An explanation, and the seconds that it took when it was computed."""


class _Recent:
    """The most recent results, shared by all sessions; they are frozen, so sharing them is safe."""

    def __init__(self, most: int = 200) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Any:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, result: Any) -> None:
        with self._lock:
            self._kept[key] = result
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


@st.cache_resource
def _recent() -> _Recent:
    return _Recent()


def keep(key: Hashable, compute: Callable[[], _T]) -> _T:
    """The result kept under a key, computed now if there is none."""
    result: _T | None = _recent().get(key)
    if result is None:
        result = compute()
        _recent().put(key, result)
    return result


def predict(model: Model, text: Text) -> Prediction | None:
    """The prediction for a text; None, with the reason on the page, where the model cannot give one."""
    try:
        return keep(("predict", model.identity, model.labels, text), lambda: model.predict(text))
    except AttributionError as error:
        show_error(str(error))
        return None


def explain_live(
    model: Model, text: Text, label: str, method: Method, place: DeltaGenerator, draw: Callable[[Explanation], None]
) -> Explanation | None:
    """The explanation, from memory or drawn as it grows, with a button in `place` that stops it.

    When stopped, the last preview remains. None, with the reason in `place`, if it failed.
    """
    key = key_of(model, text, label, method)
    known: Timed | None = _recent().get(key)
    explanation = known[0] if known else _stopped(key)
    if explanation is None:
        start = time.perf_counter()
        try:
            explanation = _compute(model, text, label, method, place, draw)
        except AttributionError as error:
            with place:
                show_error(str(error))
            return None
        _recent().put(key, (explanation, time.perf_counter() - start))
    st.session_state[_LAST] = explanation
    return explanation


def explain_together(model: Model, text: Text, labels: Sequence[str], method: Method) -> tuple[Explanation, ...]:
    """The explanations of several labels on one text; those not yet kept are computed in one pass.

    Raises:
        AttributionError: as `explain` does.
    """
    new = [label for label in labels if _recent().get(key_of(model, text, label, method)) is None]
    if new:
        place, start = st.empty(), time.perf_counter()

        def show(found: tuple[Explanation, ...]) -> None:
            counted = format_count(max(one.evaluations for one in found), "evaluation")
            place.caption(f":material/progress_activity: {counted} …")

        place.caption(":material/progress_activity: Checking the prediction …")
        found = explain_labels(model, text, new, method, on_preview=show)
        for explanation in found:
            _recent().put(key_of(model, text, explanation.label, method), (explanation, time.perf_counter() - start))
        _keep_lessons(model, max(found, key=lambda one: one.evaluations))
        place.empty()
    return tuple(_recent().get(key_of(model, text, label, method))[0] for label in labels)


def key_of(model: Model, text: Text, label: str, method: Method) -> Hashable:
    """The key under which an explanation is kept, with the seconds it took."""
    return ("explain", model.identity, model.labels, text, label, method)


def _compute(
    model: Model, text: Text, label: str, method: Method, place: DeltaGenerator, draw: Callable[[Explanation], None]
) -> Explanation:
    key = key_of(model, text, label, method)
    with place.container(horizontal=True, vertical_alignment="center", key="progress"):
        said = st.empty()
        st.button("Stop", key="stop", icon=":material/stop_circle:", type="tertiary")

    def show(found: tuple[Explanation, ...]) -> None:
        (preview,) = found
        st.session_state[_PREVIEW] = (key, preview)
        is_known = math.isfinite(preview.relative_gap) and not preview.explains_value
        gap = f", {100 * abs(preview.relative_gap):.1f} % missing" if is_known else ""
        counted = format_count(preview.evaluations, "evaluation")
        said.markdown(f":material/progress_activity: {counted}{gap} …", width="content")
        draw(preview)

    said.markdown(":material/progress_activity: Checking the prediction …", width="content")
    explanation = explain(model, text, label, method, on_preview=show)
    st.session_state.pop(_PREVIEW, None)
    _keep_lessons(model, explanation)
    return explanation


def _keep_lessons(model: Model, explanation: Explanation) -> None:
    """Keep with the model what this explanation has taught of where to evaluate it, if it may have taught anything."""
    if not isinstance(explanation.method, IntegratedGradients):
        return
    key = ("kept", model.identity.sha256)
    taught = not explanation.learned_from or explanation.evaluations > FEWEST_EVALUATIONS
    if taught or _recent().get(key) is None:  # the first by a rule is when this machine is tried
        with suppress(AttributionError):  # the explanation is there all the same, and the next may be kept
            Library().keep_lessons(model.identity.sha256, tell_lessons(model))
        if explanation.learned_from:
            _recent().put(key, True)


def _stopped(key: Hashable) -> Explanation | None:
    """The last preview before the reader pressed Stop; pressing Explain starts over."""
    kept = st.session_state.get(_PREVIEW)
    if kept is None or kept[0] != key or st.session_state.get("explain"):
        return None
    if not (st.session_state.get("stop") or kept[1].cancelled):
        return None
    preview: Explanation = replace(kept[1], cancelled=True, converged=False)
    st.session_state[_PREVIEW] = (key, preview)
    return preview


def last_explanation() -> Explanation | None:
    """The last explanation that this session saw."""
    return st.session_state.get(_LAST)
