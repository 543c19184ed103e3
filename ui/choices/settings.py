"""The settings of the sidebar: the method, and the view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast, get_args, get_type_hints

import streamlit as st

from attribution import AttributionError, Model
from attribution.explaining.abilities import offer_baselines
from attribution.explanation import MethodTraits
from attribution.methods import METHODS, POINTS, PRECISIONS, QUADRATURES, SCORES, Method
from attribution.render import Unit
from attribution.report import name_method

from ..computed import keep
from .baselines import begin_with_kept, hold_baselines, offer_forgetting, release_baselines

_BASELINES = {
    "pad": "every word becomes the padding token, or, in a model without one, an unknown word",
    "mask": "every word becomes the mask token",
    "zero": "every word becomes a vector of zeros",
    "mean": "every word becomes the mean of all word embeddings",
    "average": "the mean over the paths from all of them",
    "text": "a text of your own, its words in the places of this one's",
    "delete": "the word is removed from the text, and the rest is read again",
}


@dataclass(frozen=True, slots=True)
class View:
    """How an explanation is shown; changing it recomputes nothing."""

    unit: Unit
    top_k: int


def choose_view() -> View:
    """Words or subwords, and how many bars."""
    with st.sidebar:
        unit = st.segmented_control(
            "Unit",
            ["word", "subword"],
            key="unit",
            default="word",
            required=True,
            format_func=lambda name: f"{name.capitalize()}s",
            bind="query-params",
        )
        top_k = st.slider("Strongest words shown, each way", 3, 25, 8, key="top_k", bind="query-params")
    return View(cast(Unit, unit or "word"), top_k)


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a setting is chosen for: a method on a model, with the method's default."""

    model: Model | None
    name: str
    field: str
    default: Any

    @property
    def key(self) -> str:
        """The widget's key: each method keeps its own settings, the first method under their plain names."""
        return self.field if self.name == next(iter(METHODS)) else f"{self.name}_{self.field}"


def choose_method(model: Model | None) -> Method:
    """The attribution method with its settings; only gradient-free ones are offered if the model has none."""
    with st.sidebar, st.expander("Method", icon=":material/tune:"):
        name = _choose_kind(model)
        kind = METHODS[name]
        settings = {
            field.name: _CONTROLS[field.name](_Choice(model, name, field.name, field.default))
            for field in fields(cast(Any, kind))
        }
    release_baselines()
    return kind(**settings)


def restore_method(method: MethodTraits) -> None:
    """Let the next run, on any page, begin with this method and its settings."""
    name = name_method(method)
    hold_baselines()
    st.session_state["method"] = name
    for field in fields(cast(Any, method)):
        value = getattr(method, field.name)
        if field.name == "tolerance":
            value = round(100 * value, 1)
        st.session_state[_Choice(None, name, field.name, field.default).key] = 0 if value is None else value


def _choose_kind(model: Model | None) -> str:
    offered = [
        name for name, kind in METHODS.items() if model is None or model.differentiable or not kind.differentiates
    ]
    _forget_unless("method", offered)
    return st.selectbox(
        "Method",
        offered,
        key="method",
        format_func=lambda name: METHODS[name].title,
        help="\n\n".join(f"**{METHODS[name].title}**: {_summary(METHODS[name])}" for name in offered),
        bind="query-params",
    )


def _summary(kind: type[Method]) -> str:
    """The first line of a method's docstring."""
    return (kind.__doc__ or "").partition("\n")[0]


def _choose_baseline(choice: _Choice) -> str:
    offered = offered_baselines(choice.model, METHODS[choice.name])
    default = choice.default if choice.default in offered else offered[0]
    kept = begin_with_kept(choice.model, choice.name, choice.key, offered, default)
    chosen = _select(
        "Baseline",
        offered,
        choice,
        "What stands in for the words: " + "; ".join(f"**{name}**, {_BASELINES[name]}" for name in offered) + ".",
        is_in_link=kept is not None,
    )
    if kept is not None and choice.model is not None:
        offer_forgetting(choice.model, choice.name)
    return chosen


def _choose_baseline_text(choice: _Choice) -> str:
    if st.session_state.get("baseline") != "text":
        return str(choice.default)
    return st.text_area(
        "The baseline's own text",
        key="baseline_text",
        height=90,
        persist_state="session",
        placeholder="For example: a report on something else.",
        help="Where the path starts. A token that both texts have in the same place gets no attribution.",
    )


def offered_baselines(model: Model | None, kind: type[Method]) -> list[str]:
    """The baselines that a method knows and the model's tokenizer has."""
    known = get_args(get_type_hints(kind)["baseline"])
    return [name for name in known if model is None or name in _offered_baselines(model)]


def _offered_baselines(model: Model) -> tuple[str, ...]:
    try:
        return keep(("baselines", model.identity, model.labels), lambda: offer_baselines(model))
    except AttributionError:
        return tuple(_BASELINES)


def _choose_precision(choice: _Choice) -> str:
    return _select(
        "Precision",
        PRECISIONS,
        choice,
        "**float32** is the most exact. **auto** begins in bfloat16 where points are learned, this machine is at least "
        "1.3 times faster with it, and the words of a first text differed by at most 2 %; what does not add up so is "
        "computed again in float32. **bfloat16** begins so without that trial, and takes long on many machines.",
    )


def _select(name: str, offered: Sequence[str], choice: _Choice, about: str, *, is_in_link: bool = False) -> str:
    """A select box; a link leaves out the method's default, unless `is_in_link`: then another is kept with it."""
    _forget_unless(choice.key, offered)
    index = list(offered).index(choice.default) if choice.default in offered else 0
    if is_in_link:
        st.session_state.setdefault(choice.key, offered[index])
    chosen = st.selectbox(
        name,
        offered,
        index=None if is_in_link else index,
        key=choice.key,
        required=True,
        help=about,
        bind="query-params",
    )
    return chosen or offered[index]


def _forget_unless(key: str, offered: Sequence[str]) -> None:
    """Drop an earlier choice that is no longer offered, as after a change of model."""
    if key in st.session_state and st.session_state[key] not in offered:
        del st.session_state[key]


def _slide(name: str, least: int, most: int, step: int, choice: _Choice, about: str) -> int:
    chosen = st.session_state.get(choice.key)
    if chosen is not None and not least <= chosen <= most:  # from a report that was not made on this page
        st.session_state[choice.key] = min(max(chosen, least), most)
    return st.slider(name, least, most, choice.default or 0, step, key=choice.key, help=about, bind="query-params")


def _choose_tolerance(choice: _Choice) -> float:
    chosen = st.slider(
        "Tolerance",
        0.1,
        10.0,
        100 * choice.default,
        0.1,
        format="%.1f %%",
        key=choice.key,
        help="How much of the score the attributions may miss before the page says so.",
        bind="query-params",
    )
    return float(chosen) / 100


_CONTROLS: dict[str, Callable[[_Choice], Any]] = {
    "baseline": _choose_baseline,
    "baseline_text": _choose_baseline_text,
    "score": lambda choice: _select(
        "Score",
        SCORES,
        choice,
        "**centred** is the label's logit less the mean of all logits, as softmax ignores what all share; "
        "**logit** is the logit alone. Where labels do not compete, both are the logit.",
    ),
    "tolerance": _choose_tolerance,
    "max_evaluations": lambda choice: _slide(
        "Evaluations at most", 20, 1000, 10, choice, "What needs more is shown as not converged."
    ),
    "precision": _choose_precision,
    "points": lambda choice: _select(
        "Points",
        POINTS,
        choice,
        "Where on the path the model is evaluated. **learned**: where four or more earlier texts of this model needed "
        "it, and more points where that leaves doubts; **adaptive**: found anew for each text, which takes longer.",
    ),
    "steps": lambda choice: _slide("Steps", 10, 500, 10, choice, "Points on the path: more are slower and more exact."),
    "quadrature": lambda choice: _select(
        "Quadrature", QUADRATURES, choice, "The rule that places and weighs the points."
    ),
    "internal_batch_size": lambda choice: (
        _slide(
            "Points in one pass",
            0,
            64,
            1,
            choice,
            "0 fits it to the length of the text. It changes the time, not the result.",
        )
        or None
    ),
    "samples": lambda choice: (
        _slide(
            "Samples",
            0 if choice.default is None else 8,
            5000,
            8,
            choice,
            "More are slower and steadier." + (" 0 fits it to the text." if choice.default is None else ""),
        )
        or None
    ),
    "seed": lambda choice: _slide("Seed", 0, 99, 1, choice, "The same seed draws the same samples."),
}
