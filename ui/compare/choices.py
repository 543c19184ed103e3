"""The choices on the Compare page, made by a link or by the reader, and written to the address."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence

import streamlit as st

from attribution import Model, Prediction
from attribution.classifiers import Text
from attribution.render import format_share
from attribution.storage.store import StoredModel

from ..address import asked_all, is_step_in_history, show
from ..choices.labels import say_missing
from ..choices.models import name_models
from ..page import show_error
from ..wording import isolate, shorten, tell_apart

_MOST = 4
_SEEN = "_seen_comparison"
_PAIR = ("contrast_for", "contrast_against")


def choose_labels(model: Model, text: Text, prediction: Prediction) -> list[str]:
    """Labels to set side by side; at first the two most probable."""
    ranked = list(prediction.ordered())
    missing = [label for label in asked_all("labels") if label not in ranked]
    say_missing(missing, "The others are below, or the most probable ones.")
    chosen = _settle("labels", st.session_state.get("labels"), ranked, ranked[:2], (model.identity, text))
    if missing and len(chosen) < 2:
        chosen = list(dict.fromkeys([*chosen, *ranked[:2]]))[:2]
    st.session_state["labels"] = chosen[:_MOST]
    shares = dict(prediction.ranked())
    shown = {label: f"{_plain(label)} {format_share(shares[label])}" for label in ranked}
    return st.multiselect(
        "Labels",
        ranked,
        key="labels",
        max_selections=_MOST,
        format_func=tell_apart(shown, model.labels).__getitem__,
        help=f"Two to {_MOST} of them, with their probabilities.",
    )


def settle_contrast(model: Model, text: Text, labels: Sequence[str]) -> list[str]:
    """The two labels to contrast, at first the first two; `choose_contrast` draws the choice."""
    chosen = _get(*_PAIR)
    pair = _settle("contrast", chosen, labels, labels[:2], (model.identity, text), count=2)
    for key, label in zip(_PAIR, pair, strict=True):
        st.session_state[key] = label
    return pair


def choose_contrast(labels: Sequence[str], known: Sequence[str]) -> tuple[str, str]:
    """Let the reader choose the label to explain and the one to contrast it with, starting from `settle_contrast`."""
    shown = tell_apart({label: _plain(label) for label in labels}, known)
    with st.container(horizontal=True, vertical_alignment="bottom", key="contrast_pair"):
        first, second = (
            st.selectbox(name, labels, key=key, format_func=shown.__getitem__)
            for name, key in zip(("Why", "rather than"), _PAIR, strict=True)
        )
        st.button("Swap", key="contrast_swap", icon=":material/swap_horiz:", on_click=_swap)
    return first, second


def choose_one_label(model: Model, text: Text, prediction: Prediction, labels: Sequence[str]) -> str:
    """The label to explain on two texts or by two models, at first the most probable; a value leaves no choice."""
    if prediction.is_value:
        return prediction.label
    missing = [label for label in asked_all("label") if label not in labels]
    say_missing(missing, "Below is the most probable one.")
    chosen = _get("compare_label")
    (st.session_state["compare_label"],) = _settle("label", chosen, labels, labels[:1], (model.identity, text), count=1)
    shown = tell_apart({label: _plain(label) for label in labels}, model.labels)
    return st.selectbox("Label", labels, key="compare_label", format_func=shown.__getitem__)


def choose_other(model: Model, models: Mapping[str, StoredModel]) -> str:
    """The SHA-256 of the model beside the chosen one; readers' own come before the demo model."""
    others = dict(sorted(models.items(), key=lambda item: bool(item[1].origin)))
    others.pop(model.identity.sha256, None)
    missing = [sha256 for sha256 in asked_all("other_model") if sha256 not in models]
    if missing and not is_step_in_history():
        show_error(
            f"The link asks for the model {shorten(missing[0], 64)} beside this one, and it is not on this server. "
            "Upload its file to see what was meant; below is another."
        )
    chosen = _get("other_model")
    (st.session_state["other_model"],) = _settle("other_model", chosen, others, [*others][:1], None, count=1)
    return st.selectbox("The other model", [*others], key="other_model", format_func=name_models(others).__getitem__)


def show_chosen(
    *,
    labels: Sequence[str] = (),
    contrast: Sequence[str] = (),
    label: str | Sequence[str] = (),
    other_model: str | Sequence[str] = (),
    other_multi_label: str | Sequence[str] = (),
) -> None:
    """Write the choices of this view to the address, and remove those of other views."""
    show(labels=labels, contrast=contrast, label=label, other_model=other_model, other_multi_label=other_multi_label)


def _settle(
    name: str,
    chosen: Sequence[str] | None,
    offered: Collection[str],
    default: Sequence[str],
    about: Hashable,
    *,
    count: int | None = None,
) -> list[str]:
    """The first that fits of what a link asks for, what is chosen, what was chosen on the last visit, and the default.

    An earlier visit counts only if it had the same `about`; `count` is how many values there have to be.
    """
    linked = [value for value in dict.fromkeys(asked_all(name)) if value in offered]
    seen: dict[str, tuple[Hashable, list[str]]] = st.session_state.setdefault(_SEEN, {})
    last = seen[name][1] if name in seen and seen[name][0] == about else []
    candidates = [linked or None, chosen, last or None]
    fitting = [
        list(values)
        for values in candidates
        if values is not None and all(value in offered for value in values) and count in (None, len(values))
    ]
    found = fitting[0] if fitting else list(default)
    seen[name] = (about, found)
    return found


def _get(*keys: str) -> list[str]:
    return [st.session_state[key] for key in keys if key in st.session_state]


def _swap() -> None:
    state = st.session_state
    state["contrast_for"], state["contrast_against"] = state["contrast_against"], state["contrast_for"]


def _plain(label: str) -> str:
    return isolate(shorten(label, 60))
